import assert from 'node:assert/strict';
import { describeWithRedis } from '../adapter/store/find-redis.js';
import { RedisServer } from '../adapter/store/redis-server.js';
import { linkCheckout, makeTempDir, type RunningNodeRed, removeDir, startNodeRed } from './harness/index.js';
import { CATCH, TAB } from './kit.js';
import { commandOut, HURRIED, httpIn, nextState, upsDevice } from './ups-kit.js';

const FLOW = [
	TAB,
	CATCH,
	upsDevice('U1', HURRIED),
	httpIn('in'),
	commandOut('out', { device: 'ups-U1', command: 'ui.beep' }),
];

describeWithRedis('a Node-RED that is given another store', () => {
	let userDir: string;
	let server: RedisServer;
	let nr: RunningNodeRed | undefined;
	beforeEach(async () => {
		userDir = makeTempDir();
		linkCheckout(userDir);
		server = await RedisServer.start();
	});
	afterEach(async () => {
		await nr?.stop();
		await server.end();
		removeDir(userDir);
	});

	/** Ends the Node-RED before, and starts one with this store. */
	async function start(store?: string): Promise<RunningNodeRed> {
		await nr?.stop();
		nr = await startNodeRed({ userDir, settings: store === undefined ? {} : { wattpost: { store } } });
		return nr;
	}

	/** Two commands wait. */
	async function queue(running: RunningNodeRed): Promise<void> {
		for (let command = 0; command < 2; command++) {
			await running.inject('out');
			assert.equal((await nextState(running)).state, 'queued');
		}
	}

	it('says once how many commands stay in its files', async () => {
		const first = await start();
		await first.deploy(FLOW);
		await queue(first);
		const second = await start(server.url);
		assert.match((await second.error('store-changed')).message, /stay there: 2\./);
		const third = await start(server.url);
		await queue(third);
		assert.deepEqual(third.untakenErrors(), []);
	});

	it('counts nothing in files that were not its last store', async () => {
		const first = await start();
		await first.deploy(FLOW);
		await start(server.url);
		const third = await start(`${server.url}?prefix=other:`);
		assert.match((await third.error('store-changed-uncounted')).message, /how many is not known/);
	});
});
