import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { postOnce, type UpsDevice } from '../devices/ups/index.js';
import {
	CHECKOUT,
	linkCheckout,
	makeTempDir,
	type RunningNodeRed,
	removeDir,
	startNodeRed,
} from './harness/index.js';
import { answerOf, CATCH, TAB } from './kit.js';
import { commandOut, HURRIED, httpIn, makePost, nextState, send, standIn, upsDevice } from './ups-kit.js';

const OK = '200 {"commands":[]}';
const FLOW = [
	TAB,
	CATCH,
	upsDevice('U1', HURRIED),
	httpIn('in'),
	commandOut('out', { device: 'ups-U1', command: 'ui.beep' }),
];

describe('a user directory that cannot be used as it should', () => {
	let userDir: string;
	let ups: UpsDevice;
	const running: RunningNodeRed[] = [];
	beforeEach(() => {
		userDir = makeTempDir();
		linkCheckout(userDir);
		ups = standIn('U1');
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

	/** A UPS is answered, and what it says becomes a message. */
	async function isServed(nr: RunningNodeRed): Promise<void> {
		assert.equal(answerOf((await postOnce(ups, nr.url)).outcome), OK);
		assert.equal((await nr.message({ from: 'in', port: 0 })).topic, 'U1');
	}

	async function isObeyed(nr: RunningNodeRed): Promise<void> {
		await nr.inject('out');
		assert.equal((await nextState(nr)).state, 'queued');
		await postOnce(ups, nr.url);
		assert.equal((await nextState(nr)).state, 'sent');
		await postOnce(ups, nr.url);
		assert.equal((await nextState(nr)).state, 'acked');
	}

	it('that is none: everything works, and it is said that nothing outlives the process', async () => {
		const nr = await start();
		await nr.run(
			(_RED, path) => {
				// What embeds Node-RED may give it none. All nodes see their settings through this object.
				const { createRequire } = process.getBuiltinModule('node:module');
				createRequire(path)(path).userDir = undefined;
			},
			join(userDir, 'settings.js'),
		);
		await nr.deploy(FLOW);
		assert.equal((await nr.error('store-memory-only')).from, 'in');
		await isServed(nr);
		await isObeyed(nr);
		const post = makePost(nr.url, 'U1');
		await send(post);
		assert.equal((await send(post)).answer?.status, 401);
	});

	it('that cannot be written: POSTs are answered, it is said to a Catch node, no command is taken', async () => {
		writeFileSync(join(userDir, 'wattpost'), 'a file where the folder should be');
		const nr = await start();
		await nr.deploy(FLOW);
		await isServed(nr);
		assert.equal((await nr.error('store-unavailable')).from, 'in');
		const { error } = await nr.message({ from: 'errors' });
		assert.equal((error as { code: string }).code, 'store-unavailable');
		assert.equal((await nr.status('in', ({ fill }) => fill === 'red')).shape, 'dot');
		await nr.inject('out');
		assert.equal((await nr.error('store-unavailable')).from, 'out');
		await isServed(nr);
		await isServed(nr);
		const post = makePost(nr.url, 'U1', { ts: String(Math.floor(ups.now / 1000)) });
		assert.equal(answerOf(await send(post)), OK);
		assert.equal((await send(post)).answer?.status, 401);
		assert.deepEqual(ups.executed, []);
		nr.forget();
		rmSync(join(userDir, 'wattpost'));
		// Without a report, which of a parked car may be days away.
		assert.equal((await nr.status('in', ({ fill }) => fill !== 'red')).text, 'on mains 100 %');
		await nr.deploy(FLOW);
		await nr.sync();
		assert.deepEqual(nr.untakenErrors(), [], 'what is over is not told again');
		await isServed(nr);
		await isObeyed(nr);
	});

	it('with damaged files: they are put aside, that is said, and everything works', async () => {
		const nr = await start();
		await nr.deploy(FLOW);
		await isServed(nr);
		await nr.kill('SIGTERM');
		const folder = join(userDir, 'wattpost');
		const file = join(folder, 'store.db');
		const damaged = Buffer.alloc(readFileSync(file).length, 'damaged ');
		writeFileSync(file, damaged);
		nr.forget();
		await nr.start();
		assert.equal((await nr.error('store-damaged')).from, 'in');
		await isServed(nr);
		await isObeyed(nr);
		const kept = readdirSync(folder).filter((name) => readFileSync(join(folder, name)).equals(damaged));
		assert.equal(kept.length, 1);
		await nr.restart();
		nr.forget();
		await isServed(nr);
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('whose store is deleted or emptied while Node-RED is down: that is said once', async () => {
		const folder = join(userDir, 'wattpost');
		const remove = () => rmSync(folder, { recursive: true });
		const empty = () => {
			for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '');
		};
		const nr = await start();
		await nr.deploy(FLOW);
		await isServed(nr);
		assert.deepEqual(nr.untakenErrors(), [], 'a first start is no loss');
		for (const lose of [remove, empty]) {
			await nr.kill('SIGTERM');
			lose();
			nr.forget();
			await nr.start();
			assert.equal((await nr.error('store-lost')).from, 'in');
			await isServed(nr);
			await nr.restart();
			nr.forget();
			await isServed(nr);
			await isObeyed(nr);
			assert.deepEqual(nr.untakenErrors(), []);
		}
	});

	it('whose store holds a command that only another version knows: that is said, and everything works', async () => {
		const nr = await start();
		await nr.deploy(FLOW);
		await isServed(nr);
		await nr.run(
			async (RED, path) => {
				const { createRequire } = process.getBuiltinModule('node:module');
				const { storeOf } = createRequire(path)(path) as typeof import('../../nodes/adapter/runtime.js');
				const store = storeOf(RED as never);
				const command = { id: 'x', seq: 1, nodeId: 'out', command: 'host.sing', history: [] };
				const set = [['command/x', command]] as const;
				await store.update('ups/U1', () => ({ result: undefined, set, durable: true }));
			},
			join(CHECKOUT, 'dist/nodes/adapter/runtime.js'),
		);
		await nr.restart();
		const { from, message } = await nr.error('store-unreadable');
		assert.equal(from, 'in');
		assert.match(message, /U1 \(1\)/);
		nr.forget();
		await isServed(nr);
		await isObeyed(nr);
		const post = makePost(nr.url, 'U1');
		await send(post);
		assert.equal((await send(post)).answer?.status, 401);
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('with settings that are read-only: everything works', async () => {
		const nr = await startNodeRed({ userDir, settings: { readOnly: true } });
		running.push(nr);
		await nr.deploy(FLOW);
		await isServed(nr);
		await isObeyed(nr);
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('whose files vanish while Node-RED runs: it goes on', async () => {
		const nr = await start();
		await nr.deploy(FLOW);
		await isServed(nr);
		rmSync(join(userDir, 'wattpost'), { recursive: true });
		await isServed(nr);
		mkdirSync(join(userDir, 'wattpost'), { recursive: true });
		await isServed(nr);
		assert.equal(
			nr.log.some(({ text }) => text.includes('Uncaught Exception')),
			false,
		);
	});
});
