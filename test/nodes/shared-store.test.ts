import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithRedis } from '../adapter/store/find-redis.js';
import { RedisServer, SAFE } from '../adapter/store/redis-server.js';
import { postOnce, type UpsDevice } from '../devices/ups/index.js';
import { linkCheckout, makeTempDir, type RunningNodeRed, removeDir, startNodeRed } from './harness/index.js';
import { answerOf, CATCH, nextEvent, TAB } from './kit.js';
import { commandOut, HURRIED, httpIn, makePost, nextState, send, standIn, upsDevice } from './ups-kit.js';

const PASSWORD = 'pass-word-of-the-store';
const FLOW = [
	TAB,
	CATCH,
	upsDevice('U1', HURRIED),
	httpIn('in'),
	commandOut('out', { device: 'ups-U1', command: 'ui.beep' }),
];

describeWithRedis('Node-RED with a shared store', () => {
	let server: RedisServer;
	let ups: UpsDevice;
	let userDir: string;
	const running: RunningNodeRed[] = [];

	beforeEach(async () => {
		server = await RedisServer.start({ ...SAFE, requirepass: PASSWORD });
		ups = standIn('U1');
		userDir = makeTempDir();
		linkCheckout(userDir);
	});

	afterEach(async () => {
		for (const nr of running.splice(0)) await nr.stop();
		await server.end();
		removeDir(userDir);
	});

	const urlWith = (password: string): string => `redis://:${password}@127.0.0.1:${server.port}`;
	const start = async (options: Parameters<typeof startNodeRed>[0]): Promise<RunningNodeRed> => {
		const nr = await startNodeRed({ userDir, flows: FLOW, ...options });
		running.push(nr);
		return nr;
	};
	const post = async (nr: RunningNodeRed): Promise<string> => answerOf((await postOnce(ups, nr.url)).outcome);
	const isObeyed = async (nr: RunningNodeRed): Promise<void> => {
		await nr.inject('out');
		for (const state of ['queued', 'sent', 'acked']) {
			assert.equal((await nextState(nr)).state, state);
			await post(nr);
		}
	};

	it('keeps everything there, and nothing in its user directory', async () => {
		const nr = await start({ settings: { wattpost: { store: urlWith(PASSWORD) } } });
		await isObeyed(nr);
		assert.ok(!readdirSync(userDir).includes('wattpost'));
		const keys = (await server.ask('KEYS', '*')) as string[];
		assert.ok(keys.includes('wattpost:{ups/U1}'), keys.join());
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('answers a UPS while the server is away, says so, and takes orders again once it is back', async () => {
		const nr = await start({ env: { WATTPOST_STORE: urlWith(PASSWORD) } });
		await isObeyed(nr);
		await server.kill();
		await nr.error('store-unreachable');
		assert.equal(await post(nr), '200 {"commands":[]}');
		assert.equal((await nr.message({ from: 'in', port: 0 })).topic, 'U1');
		assert.equal((await nr.status('in', ({ fill }) => fill === 'red')).shape, 'dot');
		await nr.inject('out');
		await nr.error(({ code, from }) => code === 'store-unreachable' && from === 'out');
		await server.begin();
		await nr.status('in', ({ fill }) => fill === 'green');
		nr.forget();
		await isObeyed(nr);
	});

	it('accepts a report once, also where the server has gone away since', async () => {
		const nr = await start({ env: { WATTPOST_STORE: urlWith(PASSWORD) } });
		await isObeyed(nr);
		const report = makePost(nr.url, 'U1');
		assert.match(answerOf(await send(report)), /^200 /);
		await server.kill();
		assert.equal(answerOf(await send(report)), '401 {"error":"unauthorized"}');
		assert.equal((await nextEvent(nr, 'refused')).reason, 'replayed-nonce');
	});

	it('says that the server has come back empty', async () => {
		const nr = await start({ env: { WATTPOST_STORE: urlWith(PASSWORD) } });
		await nr.inject('out');
		assert.equal((await nextState(nr)).state, 'queued');
		await server.ask('FLUSHALL');
		await server.kill();
		await server.begin();
		await nr.error('store-lost');
		await nr.error('store-unreachable');
		await isObeyed(nr);
		await nr.sync();
		assert.deepEqual(nr.untakenErrors(), []);
	});

	it('answers a UPS in time while the server is paused', async () => {
		const nr = await start({ env: { WATTPOST_STORE: urlWith(PASSWORD) } });
		await isObeyed(nr);
		server.pause();
		const startedAt = performance.now();
		assert.equal(await post(nr), '200 {"commands":[]}');
		assert.ok(performance.now() - startedAt < 5_000);
		server.resume();
	});

	it('tells the password to nobody', async () => {
		const nr = await start({ env: { WATTPOST_STORE: urlWith(`not-the-${PASSWORD}`) } });
		const { inspected } = await nr.error('store-login-refused');
		await nr.stop();
		const files = readdirSync(userDir, { withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map(({ name }) => readFileSync(join(userDir, name), 'utf8'));
		const log = nr.log.map(({ text }) => text);
		assert.ok(files.length > 0 && log.some((text) => text.includes('WRONGPASS')));
		for (const text of [inspected, ...log, ...files]) assert.ok(!text.includes(PASSWORD), text);
	});

	it('takes the store of a new password for the same one', async () => {
		const first = await start({ env: { WATTPOST_STORE: urlWith(PASSWORD) } });
		await isObeyed(first);
		await first.stop();
		await server.ask('CONFIG', 'SET', 'requirepass', 'another');
		const next = await start({ env: { WATTPOST_STORE: urlWith('another') } });
		await isObeyed(next);
		await next.sync();
		assert.deepEqual(next.untakenErrors(), []);
	});
});
