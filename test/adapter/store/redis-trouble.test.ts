import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { RedisStore } from '../../../nodes/adapter/store/redis.js';
import { parseAddress } from '../../../nodes/adapter/store/redis-client.js';
import { describeWithRedis } from './find-redis.js';
import { claim, increment, set, Watched } from './redis-kit.js';
import { RedisServer, SAFE } from './redis-server.js';

/** How long an update may take, with some room for a busy machine. Milliseconds. */
const SETTLED = 4_500;

describeWithRedis('a shared store in trouble', () => {
	const servers: RedisServer[] = [];
	const opened: Watched[] = [];

	const start = async (settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> => {
		const server = await RedisServer.start({ ...SAFE, ...settings });
		servers.push(server);
		return server;
	};
	const at = async (url: string): Promise<Watched> => {
		const watched = Watched.at(url);
		opened.push(watched);
		await watched.store.ready;
		return watched;
	};

	afterEach(async () => {
		for (const server of servers) server.resume();
		for (const { store } of opened.splice(0)) await store.close();
		for (const server of servers.splice(0)) await server.end();
	});

	it('is unavailable while its server is away, and has everything when that is back', async () => {
		const server = await start();
		const watched = await at(server.url);
		await watched.store.update('ups/1', claim('n', { set: [['count', 1]], durable: true }));
		await server.kill();
		await watched.until('unavailable store-unreachable');
		await assert.rejects(watched.store.update('ups/1', increment), { code: 'store-unreachable' });
		await assert.rejects(watched.store.read('ups/1'), { code: 'store-unreachable' });
		await server.begin();
		await watched.until('ready');
		assert.equal(await watched.store.update('ups/1', increment), 2);
		assert.equal(await watched.store.update('ups/1', claim('n')), 'replayed');
		assert.deepEqual(watched.states, ['ready', 'unavailable store-unreachable', 'ready']);
	});

	it('opens later where its server was away at first', async () => {
		const server = await start();
		await server.kill();
		const watched = await at(server.url);
		assert.equal(watched.store.state.error?.code, 'store-unreachable');
		assert.match(watched.reason, /ECONNREFUSED/);
		await server.begin();
		await watched.until('ready');
		assert.equal(await watched.store.update('ups/1', increment), 1);
	});

	it('settles each update in time while its server is paused, and none is made later', async () => {
		const server = await start();
		const watched = await at(server.url);
		await watched.store.update('ups/1', increment);
		server.pause();
		const startedAt = performance.now();
		const codes = await Promise.all(
			['ups/1', 'ups/1', 'ups/1', 'ups/2'].map((scope) =>
				watched.store.update(scope, increment).then(String, ({ code }) => code),
			),
		);
		assert.deepEqual(codes, [
			'store-outcome-unknown',
			'store-unreachable',
			'store-unreachable',
			'store-outcome-unknown',
		]);
		assert.ok(performance.now() - startedAt < SETTLED);
		assert.equal(watched.store.state.name, 'unavailable');
		server.resume();
		await watched.until('ready');
		assert.deepEqual(await watched.store.read('ups/1'), new Map([['count', 1]]));
		assert.deepEqual(await watched.store.read('ups/2'), new Map());
	});

	it('notices a paused server also where nobody asks for anything', async () => {
		const server = await start();
		const watched = await at(server.url);
		server.pause();
		await watched.until('unavailable store-unreachable');
		server.resume();
		await watched.until('ready');
	});

	it('does not know what became of updates whose connection was cut, and connects anew', async () => {
		const server = await start();
		const watched = await at(server.url);
		const working = Array.from({ length: 50 }, (_, index) =>
			watched.store.update(`ups/${index}`, increment).then(String, ({ code }) => code),
		);
		await Promise.all([server.cutConnections(), ...working]);
		for (const settled of working) assert.match(await settled, /^(1|store-outcome-unknown)$/);
		await watched.untilStates(3);
		assert.deepEqual(watched.states, ['ready', 'unavailable store-unreachable', 'ready']);
	});

	it('says that the server refuses the login, and goes on once it takes it', async () => {
		const server = await start({ requirepass: 'other' });
		const url = `redis://default:pa%2Fss%20word@127.0.0.1:${server.port}`;
		const watched = await at(url);
		assert.deepEqual(watched.store.state.error?.params, {
			address: `127.0.0.1:${server.port}`,
			reason: 'WRONGPASS invalid username-password pair or user is disabled.',
		});
		assert.equal(watched.store.state.error?.code, 'store-login-refused');
		await assert.rejects(watched.store.update('ups/1', increment), { code: 'store-login-refused' });
		await server.ask('CONFIG', 'SET', 'requirepass', 'pa/ss word');
		await watched.until('ready');
		assert.equal(await watched.store.update('ups/1', increment), 1);
	});

	it('says that the server wants a login', async () => {
		const server = await start({ requirepass: 'other' });
		const watched = await at(server.url);
		assert.equal(watched.store.state.error?.code, 'store-login-refused');
	});

	it('never tells the password', async () => {
		const server = await start({ requirepass: 's3cret-word' });
		const login = `redis://:s3cret-word@127.0.0.1:${server.port}`;
		const watched = await at(login);
		await watched.until('ready');
		await server.kill();
		await watched.until('unavailable store-unreachable');
		const refused = [
			await at('redis://user:s3cret-word@127.0.0.1:1'),
			await at('rediss://user:s3cret-word@127.0.0.1:1/2'),
			await at('redis://user:s3cret-word@no-such-host.invalid'),
			await at('redis://user:s3cret-word@127.0.0.1:99999'),
			await at('http://user:s3cret-word@127.0.0.1'),
		];
		const all = [watched, ...refused].flatMap(({ said, store }) => [...said, JSON.stringify(store.state)]);
		for (const { store } of refused)
			await store.update('ups/1', increment).catch((error) => all.push(String(error), JSON.stringify(error)));
		assert.ok(all.length > 10);
		for (const text of all) assert.doesNotMatch(text, /s3cret/);
	});

	it('is unavailable while its server is a replica that takes no changes', async () => {
		const server = await start();
		const watched = await at(server.url);
		await server.ask('REPLICAOF', '127.0.0.1', '1');
		await assert.rejects(watched.store.update('ups/1', increment), { code: 'store-unreachable' });
		await watched.until('unavailable store-unreachable');
		assert.match(watched.reason, /^READONLY/);
		await server.ask('REPLICAOF', 'NO', 'ONE');
		await watched.until('ready');
		assert.equal(await watched.store.update('ups/1', increment), 1);
	});

	it('is unavailable while the memory of its server is full, and changes nothing by half', async () => {
		const server = await start();
		const watched = await at(server.url);
		await watched.store.update('ups/1', set('a', 1));
		await server.ask('CONFIG', 'SET', 'maxmemory', '1');
		const both = () => ({ result: 0, set: [['b', 1]] as const, remove: ['a'], due: 1 });
		await assert.rejects(watched.store.update('ups/1', both), { code: 'store-unreachable' });
		await watched.until('unavailable store-unreachable');
		assert.match(watched.reason, /^OOM/);
		await server.ask('CONFIG', 'SET', 'maxmemory', '0');
		await watched.until('ready');
		assert.deepEqual(await watched.store.read('ups/1'), new Map([['a', 1]]));
	});

	it('warns once of a server that drops data or does not sync it', async () => {
		const server = await start({ appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' });
		const watched = await at(server.url);
		await server.cutConnections();
		await watched.untilStates(3);
		const codes = watched.reports.map(({ code }) => code);
		assert.deepEqual(codes, ['store-evicts', 'store-not-durable']);
	});

	it('needs no more rights than the documentation gives it', async () => {
		const rules = /^user wattpost on >(\S+) (.*)$/m.exec(readFileSync('docs/running.md', 'utf8'));
		assert.ok(rules);
		const [, password = '', rights = ''] = rules;
		const server = await start();
		// Known from version 7.2 on.
		const known = (await server.ask('COMMAND', 'INFO', 'WAITAOF')) as unknown[];
		const given = rights.split(' ').filter((right) => right !== '+waitaof' || known[0] !== null);
		await server.ask('ACL', 'SETUSER', 'wattpost', 'on', `>${password}`, ...given);
		const watched = await at(`redis://wattpost:${password}@127.0.0.1:${server.port}/1`);
		assert.equal(
			await watched.store.update('ups/1', claim('n', { set: [['a', 1]], durable: true, due: 1 })),
			'accepted',
		);
		await watched.store.update('ups/1', () => ({ result: 0, remove: ['a'], due: null }));
		const due = new Promise((resolve) => watched.store.onDue('', resolve));
		await watched.store.update('ups/1', set('a', 1, { due: 1 }));
		assert.equal(await due, 'ups/1');
		assert.deepEqual([watched.states, watched.reports], [['ready'], []]);
	});

	it('refuses a cluster', async () => {
		const server = await start({ 'cluster-enabled': 'yes' });
		const watched = await at(server.url);
		assert.equal(watched.store.state.error?.code, 'store-unreachable');
		assert.match(watched.reason, /cluster|CLUSTERDOWN/);
	});

	it('closes in time while its server is paused', async () => {
		const server = await start();
		const watched = await at(server.url);
		server.pause();
		const update = watched.store.update('ups/1', increment).catch(({ code }) => code);
		const startedAt = performance.now();
		await watched.store.close();
		assert.ok(performance.now() - startedAt < SETTLED);
		assert.equal(await update, 'store-outcome-unknown');
	});
});

describe('a shared store that cannot be used', () => {
	it('says that its client is not installed, with each update', async () => {
		const { store } = new Watched(
			(options) => new RedisStore(options, parseAddress('redis://host'), undefined),
		);
		await store.ready;
		assert.equal(store.state.error?.code, 'store-client-missing');
		await assert.rejects(store.update('ups/1', increment), { code: 'store-client-missing' });
		await store.close();
	});

	it('says that its address is none of a server', async () => {
		const addresses = [
			...['', 'host', 'http://host', 'redis://', 'redis:///0', 'redis://host/name', 'redis://host/0/1'],
			...['redis://host?db=1', 'redis://host#1', 'redis://us%er@host', 'redis://host:port'],
		];
		for (const url of addresses) {
			const { store } = Watched.at(url);
			assert.equal(store.state.error?.code, 'store-address-invalid', url);
			await assert.rejects(store.read('ups/1'), { code: 'store-address-invalid' });
			await store.close();
		}
	});
});

describe('the address of a shared store', () => {
	const EMPTY = { username: undefined, password: undefined, database: 0, prefix: 'wattpost:' };

	it('has a port, a database, a prefix and no login where it says nothing of them', () => {
		assert.deepEqual(parseAddress('redis://host'), { host: 'host', port: 6379, tls: false, ...EMPTY });
	});

	it('has all of it where it says so', () => {
		assert.deepEqual(parseAddress('rediss://u%40x:p%2Fw@[::1]:7000/5?prefix=house:'), {
			...{ host: '::1', port: 7000, tls: true },
			...{ username: 'u@x', password: 'p/w', database: 5, prefix: 'house:' },
		});
	});

	it('may be that of Valkey', () => {
		assert.equal(parseAddress('valkey://host/')?.tls, false);
		assert.equal(parseAddress('valkeys://host')?.tls, true);
	});
});
