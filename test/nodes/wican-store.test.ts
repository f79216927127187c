import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
	CHECKOUT,
	linkCheckout,
	makeTempDir,
	type RunningNodeRed,
	removeDir,
	startNodeRed,
} from './harness/index.js';
import { answerOf, CATCH, headerNames, TAB } from './kit.js';
import { ACCEPTED, eventsOf, nextSnapshot, send, wicanIn } from './wican-kit.js';

const FIRST = {
	config: { SOC: { class: 'battery', unit: '%' } },
	status: { device_id: '3c84279a51e0', fw_version: '4.51', uptime: '00:00:41', ecu_status: 'online' },
	autopid_data: { SOC: 62.35 },
};
const LATER = { autopid_data: { SOC: 62.4 } };
const NOT_STORED = '503 {"error":"not-stored"}';
const FLOW = [TAB, CATCH, wicanIn('in')];

describe('a user directory in which nothing can be kept', () => {
	let userDir: string;
	const running: RunningNodeRed[] = [];
	beforeEach(() => {
		userDir = makeTempDir();
		linkCheckout(userDir);
	});
	afterEach(async () => {
		for (const nr of running.splice(0)) await nr.stop();
		removeDir(userDir);
	});

	async function start(): Promise<RunningNodeRed> {
		const nr = await startNodeRed({ userDir });
		running.push(nr);
		return nr;
	}

	async function post(nr: RunningNodeRed, body: object): Promise<string> {
		return answerOf(await send(nr.url, { path: '/in', body }));
	}

	it('a first POST gets 503 so that it comes again, later ones 200; all become messages; it recovers', async () => {
		writeFileSync(join(userDir, 'wattpost'), 'a file where the folder should be');
		const nr = await start();
		await nr.deploy(FLOW);
		const outcome = await send(nr.url, { path: '/in', body: FIRST });
		assert.equal(answerOf(outcome), NOT_STORED);
		assert.deepEqual(headerNames(outcome), ['Content-Length', 'Content-Type']);
		const { topic, payload, units } = await nextSnapshot(nr);
		assert.deepEqual([topic, payload, units], ['3c84279a51e0', { SOC: 62.35 }, { SOC: '%' }]);
		assert.equal((await nr.error('store-unavailable')).from, 'in');
		const { error } = await nr.message({ from: 'errors' });
		assert.equal((error as { code: string }).code, 'store-unavailable');
		assert.deepEqual(await nr.status('in', ({ fill }) => fill === 'red'), {
			...{ fill: 'red', shape: 'dot', text: 'cannot save' },
		});
		assert.equal(await post(nr, LATER), ACCEPTED);
		const later = await nextSnapshot(nr);
		assert.deepEqual([later.units, later.wican.firmware], [{ SOC: '%' }, '4.51']);
		// What is known by now is news to the disk all the same.
		assert.equal(await post(nr, FIRST), NOT_STORED);
		assert.equal(await post(nr, { config: FIRST.config }), NOT_STORED);
		assert.deepEqual(await eventsOf(nr), [], 'nothing is told that cannot be remembered');
		rmSync(join(userDir, 'wattpost'));
		nr.forget();
		await nr.deploy(FLOW);
		assert.equal(await post(nr, FIRST), ACCEPTED);
		for (const event of ['online', 'started', 'ecu-online'])
			assert.equal(((await nr.message({ from: 'in', port: 1 })).payload as { event: string }).event, event);
		await nr.status('in', ({ fill }) => fill === 'green');
		await nr.restart();
		nr.forget();
		assert.equal(await post(nr, LATER), ACCEPTED);
		assert.deepEqual((await nextSnapshot(nr)).units, { SOC: '%' });
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('that another Node-RED uses: the second one says so, and takes no first POST for kept', async () => {
		const first = await start();
		await first.deploy(FLOW);
		assert.equal(await post(first, FIRST), ACCEPTED);
		const second = await start();
		assert.equal((await second.error('store-in-use')).from, 'in');
		assert.equal(await post(second, FIRST), NOT_STORED);
		assert.equal(await post(second, LATER), ACCEPTED);
		assert.deepEqual((await nextSnapshot(second)).payload, { SOC: 62.35 });
		assert.deepEqual((await nextSnapshot(second)).payload, { SOC: 62.4 });
		assert.equal(await post(first, LATER), ACCEPTED);
	});

	it('whose store holds a car that only another version knows: that is said, and its reports are taken', async () => {
		const nr = await start();
		await nr.deploy(FLOW);
		assert.equal(await post(nr, FIRST), ACCEPTED);
		await nr.run(
			async (RED, path) => {
				const { createRequire } = process.getBuiltinModule('node:module');
				const { storeOf } = createRequire(path)(path) as typeof import('../../nodes/adapter/runtime.js');
				const store = storeOf(RED as never);
				const set = [['vehicle', { v: 2, isOnline: true }]] as const;
				await store.update('wican/in', () => ({ result: undefined, set, durable: true }));
			},
			join(CHECKOUT, 'dist/nodes/adapter/runtime.js'),
		);
		await nr.restart();
		const { from, message } = await nr.error('store-unreadable');
		assert.deepEqual([from, message.includes('/in (1)')], ['in', true]);
		nr.forget();
		assert.equal(await post(nr, LATER), ACCEPTED);
		assert.deepEqual((await nextSnapshot(nr)).units, { SOC: '%' });
		assert.equal(await post(nr, FIRST), ACCEPTED);
		await nr.restart();
		assert.equal(await post(nr, LATER), ACCEPTED);
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('whose files vanish while Node-RED runs: it goes on', async () => {
		const nr = await start();
		await nr.deploy(FLOW);
		assert.equal(await post(nr, FIRST), ACCEPTED);
		rmSync(join(userDir, 'wattpost'), { recursive: true });
		for (const body of [LATER, LATER]) assert.equal(await post(nr, body), ACCEPTED);
		for (let count = 0; count < 3; count++) assert.deepEqual((await nextSnapshot(nr)).units, { SOC: '%' });
		assert.equal(
			nr.log.some(({ text }) => text.includes('Uncaught Exception')),
			false,
		);
	});
});
