import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeKey, postOnce, UpsDevice } from '../devices/ups/index.js';
import { type Changes, EXAMPLES, Example, edited, FILES } from './example.js';
import { ALL_NODES, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { type CommandReport, HURRIED, KEY, nextState, standIn } from './ups-kit.js';

describe('the examples', () => {
	let nr: RunningNodeRed;
	let last = 0;
	let deviceId: string;
	before(async () => {
		nr = await startNodeRed({ settings: ALL_NODES });
	});
	after(() => nr.stop());
	beforeEach(() => {
		deviceId = `my-ups-${++last}`;
	});
	// What a flow remembers goes with the flow.
	afterEach(async () => {
		await nr.deploy([]);
		nr.forget();
	});

	function start(file: string, changes: Changes = {}): Promise<Example> {
		const filled = { ...HURRIED, deviceId, credentials: { httpKey: KEY }, ...changes['My UPS'] };
		return Example.start(file, nr, { ...changes, 'My UPS': filled });
	}

	async function report(ups: UpsDevice): Promise<void> {
		assert.equal((await postOnce(ups, nr.url)).result, 'ok');
	}

	it('are all known to the tests', () => {
		const files = readdirSync(EXAMPLES).filter((name) => name.endsWith('.json'));
		assert.deepEqual(files.sort(), Object.values(FILES));
	});

	it('01 shows what a UPS reports, and has a button for each command', async () => {
		const example = await start(FILES.watch);
		const ups = standIn(deviceId);
		await report(ups);
		await example.next('Keep its id');
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
			['host.reset', 'host.shutdown', 'power.cycle', 'ui.beep', 'ui.display_msg'],
		);
		assert.deepEqual(
			ups.panel.beeps.map(({ freqHz, durMs }) => [freqHz, durMs]),
			[[2000, 300]],
		);
		assert.deepEqual(ups.panel.notice, ['Hello from', ' Node-RED']);
		assert.deepEqual(nr.untakenErrors(), []);
	});

	/** Changes the settings in the first lines of a function node, as a user does. */
	const AT_ONCE = edited(FILES.outage, 'Time to shut down?', 'MINUTES = 5', 'MINUTES = 0');
	const WITH_PI = { 'Shut the Pi down': { d: false } };
	const DECIDES = 'Time to shut down?';
	const [SHUT_DOWN, BACK] = [0, 1];

	it('02 tells once that mains has been away for long, and again in the next outage', async () => {
		const example = await start(FILES.outage, AT_ONCE);
		const ups = standIn(deviceId);
		await report(ups);
		for (let outage = 1; outage <= 2; outage++) {
			ups.setMains(false);
			await report(ups);
			assert.equal(await example.next(DECIDES, SHUT_DOWN), 'on battery for 0 minutes');
			await report(ups);
			await report(ups);
			assert.deepEqual(await example.sent(DECIDES), []);
			ups.setMains(true);
			await report(ups);
			assert.equal(await example.next(DECIDES, BACK), 'mains is back');
		}
	});

	it('02 does nothing when mains returns in time', async () => {
		const example = await start(FILES.outage);
		const ups = standIn(deviceId);
		await report(ups);
		for (let flap = 0; flap < 3; flap++) {
			ups.setMains(false);
			await report(ups);
			await nr.status(example.id(DECIDES), ({ fill }) => fill === 'yellow');
			ups.setMains(true);
			await report(ups);
			await nr.status(example.id(DECIDES), ({ fill }) => fill === 'green');
		}
		assert.deepEqual(await example.sent(DECIDES), []);
	});

	it('02 goes on counting while the UPS is silent on its battery', async () => {
		const example = await start(
			FILES.outage,
			edited(FILES.outage, DECIDES, 'MINUTES = 5', 'MINUTES = 0.001'),
		);
		const ups = standIn(deviceId);
		await report(ups);
		ups.setMains(false);
		await report(ups);
		await nr.status(example.id(DECIDES), ({ fill }) => fill === 'yellow');
		// The clock that ticks in the flow every 15 seconds; the outage has lasted 60 ms by then.
		const tick = async (): Promise<unknown[]> => {
			await nr.inject(example.id('Every 15 seconds'), {});
			return example.sent(DECIDES);
		};
		let told: unknown[] = [];
		while (told.length === 0) told = await tick();
		assert.deepEqual(told, ['on battery for 0.001 minutes']);
	});

	it('02 does not wait when the battery is low, and tells that once', async () => {
		const example = await start(FILES.outage);
		const ups = standIn(deviceId, { batteryLevel: 12, hostService: false });
		await report(ups);
		assert.deepEqual(await example.sent(DECIDES), []);
		ups.setMains(false);
		await report(ups);
		assert.match(String(await example.next(DECIDES, SHUT_DOWN)), /^battery at 1\d %$/);
		await report(ups);
		assert.deepEqual(await example.sent(DECIDES), []);
	});

	it('02 does not wait when the UPS itself finds its battery low', async () => {
		const example = await start(FILES.outage, { 'My UPS': { lowBattery: '60' } });
		const ups = standIn(deviceId, { batteryLevel: 50, hostService: false });
		await report(ups);
		ups.setMains(false);
		await report(ups);
		assert.equal(await example.next(DECIDES, SHUT_DOWN), 'the battery is low');
		await report(ups);
		assert.deepEqual(await example.sent(DECIDES), []);
	});

	it('02 takes a battery of unknown level for neither low nor full', async () => {
		const example = await start(FILES.outage);
		const ups = { onBatterySince: Date.now() };
		const outage = { power: { mainsPresent: false, batteryLevel: null } };
		for (const payload of [outage, { power: { version: 1, distrusted: true } }, {}]) {
			await nr.inject(example.id(DECIDES), { topic: deviceId, payload, ups });
		}
		assert.deepEqual(await example.sent(DECIDES), []);
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('02 shuts the Pi down too, where that is wanted', async () => {
		const example = await start(FILES.outage, { ...AT_ONCE, ...WITH_PI });
		const ups = standIn(deviceId);
		await report(ups);
		ups.setMains(false);
		await report(ups);
		assert.equal((await nextState(nr, example.id('Shut the Pi down'))).state, 'queued');
		for (let post = 0; post < 2; post++) await report(ups);
		assert.deepEqual(
			ups.executed.map(({ cmd }) => cmd),
			['host.shutdown'],
		);
	});

	it('02 can be called off in an outage, until mains has been back', async () => {
		const example = await start(FILES.outage);
		const ups = standIn(deviceId, { batteryLevel: 50, batteryMah: 600 });
		await report(ups);
		ups.setMains(false);
		await report(ups);
		await nr.status(example.id(DECIDES), ({ fill }) => fill === 'yellow');
		await nr.inject(example.id('Call it off'));
		await nr.status(example.id(DECIDES), ({ text }) => text === 'called off');
		while (ups.power.displayedLevel > 15) await report(ups);
		assert.deepEqual(await example.sent(DECIDES), []);
		ups.setMains(true);
		await report(ups);
		ups.setMains(false);
		await report(ups);
		await example.next(DECIDES, SHUT_DOWN);
	});

	it('02 goes on where it was when Node-RED restarts in an outage', async () => {
		const example = await start(FILES.outage);
		const ups = standIn(deviceId);
		await report(ups);
		ups.setMains(false);
		await report(ups);
		await nr.status(example.id(DECIDES), ({ fill }) => fill === 'yellow');
		await nr.restart();
		nr.forget();
		await report(ups);
		await nr.status(example.id(DECIDES), ({ fill }) => fill === 'yellow');
		ups.setMains(true);
		await report(ups);
		await nr.status(example.id(DECIDES), ({ fill }) => fill === 'green');
		assert.deepEqual(await example.sent(DECIDES), []);
	});

	const CYCLE = ['power.cycle'];
	const executed = (ups: UpsDevice): string[] => ups.executed.map(({ cmd }) => cmd);

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
		assert.deepEqual(executed(ups), CYCLE);
		for (let post = 0; post < 6; post++) await report(ups);
		const states = [];
		for (let step = 0; step < 4; step++) states.push((await nextState(nr, example.id('Start the Pi'))).state);
		assert.deepEqual(states, ['queued', 'sent', 'acked', 'confirmed']);
		assert.equal(ups.host.state, 'running');
		for (let post = 0; post < 20; post++) await report(ups);
		assert.deepEqual(executed(ups), CYCLE, 'once after an outage');
	});

	it('03 leaves a Pi alone that was up all the time, and forgets the outage', async () => {
		const example = await start(FILES.start);
		const ups = standIn(deviceId);
		await report(ups);
		ups.setMains(false);
		await report(ups);
		ups.setMains(true);
		for (let post = 0; post < 14; post++) await report(ups);
		ups.host.stopService();
		for (let post = 0; post < 14; post++) await report(ups);
		assert.deepEqual(await example.sent('Start the Pi'), []);
		assert.deepEqual(ups.executed, []);
	});

	it('03 leaves a Pi off that was off before the outage', async () => {
		const example = await start(FILES.start);
		const ups = standIn(deviceId);
		await report(ups);
		ups.host.shutdown();
		for (let post = 0; post < 14; post++) await report(ups);
		ups.setMains(false);
		await report(ups);
		ups.setMains(true);
		for (let post = 0; post < 14; post++) await report(ups);
		assert.deepEqual(await example.sent('Start the Pi'), []);
	});

	/** A UPS on mains whose Pi has gone down in an outage that Node-RED has seen begin. */
	async function outageWithPiDown(): Promise<UpsDevice> {
		const ups = standIn(deviceId);
		await report(ups);
		ups.setMains(false);
		await report(ups);
		ups.host.shutdown();
		await report(ups);
		ups.setMains(true);
		return ups;
	}

	it('03 learns of an outage that ended while Node-RED was off, and does nothing when it merely restarts', async () => {
		await start(FILES.start);
		const ups = await outageWithPiDown();
		await nr.restart();
		while (ups.executed.length === 0) await report(ups);
		assert.deepEqual(executed(ups), CYCLE);
		await nr.restart();
		ups.host.stopService();
		for (let post = 0; post < 14; post++) await report(ups);
		assert.equal(ups.executed.length, 1);
	});

	it('03 tries again when the UPS did not fetch the command', async () => {
		const soon = edited(FILES.start, 'Start the Pi?', 'AGAIN = 600', 'AGAIN = 0');
		const example = await start(FILES.start, { ...soon, 'Start the Pi': { maxAge: '0.2' } });
		const ups = await outageWithPiDown();
		while ((await example.sent('Start the Pi?')).length === 0) await report(ups);
		let state = '';
		while (state !== 'expired') state = (await nextState(nr, example.id('Start the Pi'))).state;
		while (ups.executed.length === 0) await report(ups);
		assert.deepEqual(executed(ups).slice(0, 1), CYCLE);
	});

	it('04 tells once that a UPS is silent, and once that it is back', async () => {
		const example = await start(FILES.silent, { 'My UPS': { offlineAfter: '1' } });
		const ups = standIn(deviceId);
		await report(ups);
		assert.equal(await example.next('Back'), `UPS ${deviceId} reports.`);
		assert.match(String(await example.next('Silent')), /is silent\. Check its power/);
		ups.setMains(false);
		await report(ups);
		assert.equal(await example.next('Back'), `UPS ${deviceId} reports.`);
		assert.match(String(await example.next('Silent')), /is silent\. Its last report came on battery/);
		await report(ups);
		assert.equal(await example.next('Back'), `UPS ${deviceId} reports.`);
		assert.deepEqual(await example.sent('Silent'), []);
	});

	describe('18', () => {
		let second: string;

		function startSilent(more: object = {}): Promise<Example> {
			second = `${deviceId}-b`;
			const other = { ...HURRIED, deviceId: second, credentials: { httpKey: KEY }, ...more };
			return start(FILES.several, { 'Second UPS': other });
		}

		async function startBoth(
			more: object = {},
		): Promise<{ example: Example; one: UpsDevice; two: UpsDevice }> {
			const example = await startSilent(more);
			const [one, two] = [standIn(deviceId), standIn(second)];
			for (const ups of [one, two]) await report(ups);
			return { example, one, two };
		}

		it('gives one alarm for all of them, and tells each trouble once and when it is over', async () => {
			const { example, one, two } = await startBoth();
			const watch = example.id('Watch them all');
			await nr.status(watch, ({ text }) => text === 'all 2 are well');
			one.setMains(false);
			for (let post = 0; post < 2; post++) await report(one);
			assert.equal(await example.next('Watch them all'), 'My UPS: ALARM: it runs on battery');
			two.setFaults(0b1000);
			await report(two);
			const fault = 'Second UPS: ALARM: it has a fault (battery-overvoltage)';
			assert.equal(await example.next('Watch them all'), fault);
			await nr.status(watch, ({ text }) => text === '2 of 2 in trouble');
			one.setMains(true);
			two.setFaults(0);
			for (const ups of [one, two]) await report(ups);
			assert.equal(await example.next('Watch them all'), 'My UPS: over: it runs on battery');
			assert.equal(await example.next('Watch them all'), 'Second UPS: over: it has a fault');
			assert.deepEqual(await example.sent('Watch them all'), []);
			await nr.status(watch, ({ text }) => text === 'all 2 are well');
		});

		it('tells that one is silent, and that it is back', async () => {
			const { example, two } = await startBoth({ offlineAfter: '1' });
			assert.equal(await example.next('Watch them all'), 'Second UPS: ALARM: it is silent');
			await report(two);
			assert.equal(await example.next('Watch them all'), 'Second UPS: over: it is silent');
		});

		it('tells of a low battery and of one that was taken out, and lets unknown values pass', async () => {
			const { example } = await startBoth();
			const watch = example.id('Keep what it says');
			const ups = { name: 'Cellar', receivedAt: Date.now() };
			const readings = [
				{ batteryLow: true, batteryPresent: true },
				{ batteryLevel: null, faults: null },
				{ version: 1, distrusted: true },
				{ batteryLow: false, batteryPresent: false },
			];
			for (const power of readings) await nr.inject(watch, { topic: 'x', ups, payload: { power } });
			await nr.inject(watch, { topic: 'x', ups, payload: {} });
			assert.equal(await example.next('Watch them all'), 'Cellar: ALARM: its battery is low');
			assert.equal(await example.next('Watch them all'), 'Cellar: ALARM: it has no battery');
			assert.equal(await example.next('Watch them all'), 'Cellar: over: its battery is low');
			assert.deepEqual(await example.sent('Watch them all'), []);
			assert.deepEqual(nr.untakenErrors(), []);
		});

		it('shows all of them on a page, and none before any has reported', async () => {
			const rows = (html: string): string[][] =>
				[...html.matchAll(/<tr><td>(.*)<\/td><td>(.*)<\/td><td.*>(.*)<\/td><td>(.*)<\/td><td>.*<\/td>/g)].map(
					([, ...cells]) => cells,
				);
			const page = async (): Promise<string> => (await fetch(`${nr.url}/upses`)).text();
			const example = await startSilent();
			assert.match(await page(), /No UPS has reported yet/);
			const [one, two] = [standIn(deviceId), standIn(second)];
			for (const ups of [one, two]) await report(ups);
			two.setMains(false);
			two.setFaults(0b1000);
			await report(two);
			await example.next('Watch them all');
			const html = await page();
			assert.doesNotMatch(html, /No UPS has reported yet/);
			assert.equal(html.match(/<td>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d<\/td>/g)?.length, 2);
			assert.deepEqual(rows(html), [
				['My UPS', 'there', '100 %', 'well'],
				['Second UPS', 'gone', '100 %', 'battery-overvoltage'],
			]);
		});

		it('parts the reports by name, and lets the one beep that is looked for', async () => {
			const { example, one, two } = await startBoth();
			const [FIRST, SECOND, OTHERS] = [0, 1, 2];
			const topicAt = async (port: number): Promise<unknown> =>
				(await nr.message({ from: example.id('Which UPS?'), port })).topic;
			assert.equal(await topicAt(FIRST), deviceId);
			assert.equal(await topicAt(SECOND), second);
			await nr.inject(example.id('Which UPS?'), { topic: 'third', ups: { name: 'Third UPS' } });
			assert.equal(await topicAt(OTHERS), 'third');
			await nr.inject(example.id('Where is the second?'));
			assert.equal((await nextState(nr, example.id('Beep at the second'))).state, 'queued');
			for (const ups of [one, two]) await report(ups);
			assert.deepEqual([one.executed.length, two.executed.map(({ cmd }) => cmd)], [0, ['ui.beep']]);
		});
	});

	describe('19', () => {
		const TOKEN = 'a token of the tests';
		const CAR = { path: '/wican/19', vehicle: 'my car', credentials: { token: TOKEN } };

		const post = (token: string): Promise<Response> =>
			fetch(`${nr.url}/wican/19`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });

		async function written(example: Example): Promise<Record<string, unknown>> {
			const { filename, payload } = await nr.message({ from: example.id('Add to the file') });
			assert.equal(filename, `refused/${new Date().toISOString().slice(0, 7)}.log`);
			return JSON.parse(String(payload));
		}

		const file = (): string =>
			readFileSync(join(nr.userDir, 'refused', `${new Date().toISOString().slice(0, 7)}.log`), 'utf8');

		it('writes a line for each refused request of UPSes and cars, and no secret', async () => {
			const example = await start(FILES.refusals, { 'My car': CAR });
			const wrongKey = makeKey();
			await postOnce(new UpsDevice({ deviceId, key: wrongKey }), nr.url);
			const { at, ...first } = await written(example);
			assert.equal(typeof at, 'string');
			assert.deepEqual(first, { remoteAddress: '127.0.0.1', reason: 'bad-signature', status: 401, deviceId });
			await postOnce(standIn('nobody-knows-me'), nr.url);
			assert.equal((await written(example)).reason, 'unknown-device');
			await post('a wrong token');
			const { at: _, ...third } = await written(example);
			const refused = { remoteAddress: '127.0.0.1', reason: 'unauthorized', status: 401, vehicle: 'my car' };
			assert.deepEqual(third, refused);
			await report(standIn(deviceId));
			assert.deepEqual(await example.sent('Add to the file'), []);
			const text = file();
			assert.equal(text.trimEnd().split('\n').length, 3);
			for (const secret of [KEY, wrongKey, TOKEN, 'a wrong token']) assert.ok(!text.includes(secret));
		});

		it('writes no more than so many lines a day', async () => {
			const fewer = edited(FILES.refusals, 'One line', 'MOST_A_DAY = 5000', 'MOST_A_DAY = 2');
			const example = await start(FILES.refusals, { ...fewer, 'My car': CAR });
			for (let n = 0; n < 3; n++) await post('a wrong token');
			assert.equal((await written(example)).note, undefined);
			assert.equal((await written(example)).note, 'no more lines today');
			await nr.status(example.id('One line'), ({ text }) => text === '3 today, unauthorized');
			assert.deepEqual(await example.sent('Add to the file'), []);
		});
	});
});
