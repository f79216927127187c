import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { postOnce, type UpsDevice } from '../devices/ups/index.js';
import { type Changes, EXAMPLES, Example, FILES } from './example.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { type CommandReport, HURRIED, KEY, nextState, standIn } from './ups-kit.js';

describe('the examples', () => {
	let nr: RunningNodeRed;
	let last = 0;
	let deviceId: string;
	before(async () => {
		nr = await startNodeRed();
	});
	after(() => nr.stop());
	beforeEach(() => {
		deviceId = `my-ups-${++last}`;
	});
	afterEach(() => nr.forget());

	function start(file: string, changes: Changes = {}): Promise<Example> {
		const filled = { ...HURRIED, deviceId, credentials: { httpKey: KEY }, ...changes['My UPS'] };
		return Example.start(file, nr, { ...changes, 'My UPS': filled });
	}

	async function report(ups: UpsDevice): Promise<void> {
		assert.equal((await postOnce(ups, nr.url)).result, 'ok');
	}

	it('are all known to the tests', () => {
		assert.deepEqual(readdirSync(EXAMPLES).sort(), Object.values(FILES));
	});

	it('01 shows what a UPS reports, and has a button for each command', async () => {
		const example = await start(FILES.watch);
		const ups = standIn(deviceId);
		await report(ups);
		await nr.message({ where: ({ topic }) => topic === deviceId });
		for (const button of [
			'Beep',
			'Show a text',
			'Restart the Pi',
			'Shut the Pi down',
			'Power-cycle the Pi',
		]) {
			await nr.inject(example.id(button));
			await nr.message({ where: ({ payload }) => (payload as CommandReport).state === 'queued' });
		}
		await report(ups);
		assert.deepEqual(
			ups.executed.map(({ cmd }) => cmd),
			['ui.beep', 'ui.display_msg', 'host.reset', 'host.shutdown', 'power.cycle'],
		);
		assert.deepEqual(
			ups.panel.beeps.map(({ freqHz, durMs }) => [freqHz, durMs]),
			[[2000, 300]],
		);
		assert.deepEqual(ups.panel.notice, ['Hello from', ' Node-RED']);
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('02 tells once that mains has been away for long, and again in the next outage', async () => {
		const example = await start(FILES.outage, { 'Wait 5 minutes': { duration: '1', units: 'ms' } });
		const ups = standIn(deviceId);
		await report(ups);
		for (let outage = 1; outage <= 2; outage++) {
			ups.setMains(false);
			await report(ups);
			assert.equal(await example.next('Once in an outage'), 'on battery for 5 minutes');
			await report(ups);
			await report(ups);
			assert.deepEqual(await example.sent('Once in an outage'), []);
			ups.setMains(true);
			await report(ups);
			assert.equal(((await example.next('Mains is back?')) as { event: string }).event, 'mains-restored');
		}
	});

	it('02 calls off when mains returns in time', async () => {
		const example = await start(FILES.outage);
		const ups = standIn(deviceId);
		await report(ups);
		ups.setMains(false);
		await report(ups);
		const wait = example.id('Wait 5 minutes');
		await nr.status(wait, ({ fill }) => fill === 'blue');
		ups.setMains(true);
		await report(ups);
		await nr.status(wait, ({ fill }) => fill === undefined);
		assert.deepEqual(await example.sent('Once in an outage'), []);
	});

	it('02 does not wait when the battery is low, and tells that once', async () => {
		const example = await start(FILES.outage);
		const ups = standIn(deviceId, { batteryLevel: 12, hostService: false });
		await report(ups);
		assert.deepEqual(await example.sent('Once in an outage'), []);
		ups.setMains(false);
		await report(ups);
		assert.equal(await example.next('Once in an outage'), 'battery at 20 % or less');
		await report(ups);
		assert.deepEqual(await example.sent('Once in an outage'), []);
	});

	it('03 starts a Pi that shut itself down, once mains is back and the battery holds enough', async () => {
		const example = await start(FILES.start);
		const ups = standIn(deviceId, { batteryMah: 600, batteryLevel: 40 });
		await report(ups);
		ups.setMains(false);
		while (ups.host.state !== 'halted') await report(ups);
		for (let post = 0; post < 4; post++) await report(ups);
		assert.deepEqual(await example.sent('Start the Pi'), []);
		ups.setMains(true);
		await report(ups);
		assert.deepEqual(await example.sent('Start the Pi'), [], 'the battery is still low');
		while (ups.executed.length === 0) await report(ups);
		assert.deepEqual(
			ups.executed.map(({ cmd }) => cmd),
			['power.cycle'],
		);
		for (let post = 0; post < 6; post++) await report(ups);
		const states = [];
		for (let step = 0; step < 4; step++) states.push((await nextState(nr, example.id('Start the Pi'))).state);
		assert.deepEqual(states, ['queued', 'sent', 'acked', 'confirmed']);
		assert.deepEqual([ups.host.state, ups.executed.length], ['running', 1]);
	});

	it('03 leaves a Pi alone that was up all the time, and forgets the outage', async () => {
		const example = await start(FILES.start, { 'Up for 5 minutes?': { duration: '1', units: 'ms' } });
		const ups = standIn(deviceId);
		await report(ups);
		ups.setMains(false);
		await report(ups);
		ups.setMains(true);
		await report(ups);
		await example.next('Up for 5 minutes?');
		ups.host.stopService();
		for (let post = 0; post < 6; post++) await report(ups);
		assert.deepEqual(await example.sent('Start the Pi'), []);
		assert.deepEqual(ups.executed, []);
	});

	it('04 tells once that a UPS is silent, and once that it is back', async () => {
		const example = await start(FILES.silent, { 'My UPS': { offlineAfter: '1' } });
		const ups = standIn(deviceId);
		await report(ups);
		assert.equal(await example.next('Back'), `UPS ${deviceId} reports.`);
		assert.equal(
			await example.next('Silent'),
			`UPS ${deviceId} is silent. Check its power and its mobile connection.`,
		);
		await report(ups);
		assert.equal(await example.next('Back'), `UPS ${deviceId} reports.`);
		assert.deepEqual(await example.sent('Silent'), []);
	});
});
