import assert from 'node:assert/strict';
import { openStore } from '../../../nodes/adapter/store/index.js';
import type { Entries } from '../../../nodes/protocol/common/store.js';
import { describeStore } from './conformance.js';
import { describeWithRedis } from './find-redis.js';
import { claim, increment, set, Watched } from './redis-kit.js';
import { RedisServer } from './redis-server.js';

describeWithRedis('the store on a Redis or Valkey server', () => {
	let server: RedisServer;
	let places = 0;
	let opened: Watched[];

	before(async () => {
		server = await RedisServer.start();
	});

	after(() => server.end());

	beforeEach(() => {
		places++;
		opened = [];
	});

	afterEach(async () => {
		for (const { store } of opened) await store.close();
	});

	const url = (): string => `${server.url}?prefix=place-${places}:`;
	const open = async (): Promise<Watched> => {
		const watched = Watched.at(url());
		opened.push(watched);
		await watched.store.ready;
		return watched;
	};
	const openTwo = async () => [(await open()).store, (await open()).store] as const;

	describeStore('as any store', {
		isKept: true,
		newPlace: async () => ({
			open: (environment) => openStore({ ...environment, url: url() }),
			end: async () => {},
		}),
	});

	describe('that two processes share', () => {
		it('loses no update of either', async () => {
			const stores = await openTwo();
			const counts = await Promise.all(
				Array.from({ length: 200 }, (_, index) => stores[index % 2 === 0 ? 0 : 1].update('ups/1', increment)),
			);
			assert.deepEqual(
				counts.map(Number).sort((a, b) => a - b),
				Array.from({ length: 200 }, (_, index) => index + 1),
			);
		});

		it('accepts a nonce once', async () => {
			const stores = await openTwo();
			for (const token of ['a', 'b', 'c']) {
				const both = await Promise.all(stores.map((store) => store.update('ups/1', claim(token))));
				assert.deepEqual(both.sort(), ['accepted', 'replayed']);
			}
		});

		it('gives each what the other one has changed', async () => {
			const [one, other] = await openTwo();
			await one.update('ups/1', set('a', 1));
			await other.update('ups/1', set('a', 2));
			assert.deepEqual(await one.read('ups/1'), new Map([['a', 2]]));
			await one.update('ups/1', () => ({ result: 0, remove: ['a'] }));
			assert.deepEqual(await other.read('ups/1'), new Map());
		});

		it('decides anew also where the result alone depends on what the other one has changed', async () => {
			const [one, other] = await openTwo();
			await one.update('ups/1', set('a', 1));
			await other.update('ups/1', set('a', 2));
			assert.equal(await one.update('ups/1', (entries) => ({ result: entries.get('a') })), 2);
		});

		it('takes no exception for the last word that comes from what was known before', async () => {
			const [one, other] = await openTwo();
			const cancel = (entries: Entries) => {
				if (!entries.has('command')) throw new RangeError('no such command');
				return { result: 'cancelled', remove: ['command'] };
			};
			await other.update('ups/1', set('command', 1));
			assert.equal(await one.update('ups/1', cancel), 'cancelled');
			await assert.rejects(other.update('ups/1', cancel), RangeError);
		});

		it('sees that all entries were removed and others set meanwhile', async () => {
			const [one, other] = await openTwo();
			await one.update('ups/1', set('a', 1));
			await other.update('ups/1', () => ({ result: 0, remove: ['a'] }));
			await other.update('ups/1', set('a', 3));
			assert.equal(await one.update('ups/1', increment), 1);
			assert.deepEqual(Object.fromEntries(await other.read('ups/1')), { a: 3, count: 1 });
		});

		it('calls both for a scope that is due, until one of them moves it', async () => {
			const stores = await openTwo();
			const due = Promise.all(
				stores.map(
					(store) => new Promise<string>((resolve) => store.onDue('ups/', (scope) => resolve(scope))),
				),
			);
			await stores[0].update('ups/1', (_, now) => ({ result: 0, due: now }));
			assert.deepEqual(await due, ['ups/1', 'ups/1']);
		});

		it('has the time of the server for both', async () => {
			const [one, other] = await openTwo();
			assert.ok(Math.abs(one.now() - other.now()) <= 20);
		});

		it('keeps what prefixes and databases tell apart', async () => {
			const [one] = await openTwo();
			await one.update('ups/1', set('a', 1));
			for (const elsewhere of [`${server.url}/3?prefix=place-${places}:`, `${server.url}?prefix=other:`]) {
				const watched = Watched.at(elsewhere);
				opened.push(watched);
				assert.deepEqual(await watched.store.read('ups/1'), new Map());
			}
		});
	});

	it('keeps three keys under its prefix and beside them only those of scopes', async () => {
		const { store } = await open();
		await store.update('ups/1', claim('n', { set: [['a', 1]], due: 5 }));
		const keys = (await server.ask('KEYS', `place-${places}:*`)) as string[];
		const names = ['due', 'format', '{ups/1}', '{ups/1}:nonces'];
		assert.deepEqual(keys.sort(), names.map((name) => `place-${places}:${name}`).sort());
		await store.update('ups/1', () => ({ result: 0, remove: ['a'], due: null }));
		const left = ((await server.ask('KEYS', `place-${places}:*`)) as string[]).sort();
		assert.deepEqual(left, [`place-${places}:format`, `place-${places}:{ups/1}:nonces`]);
	});

	it('forgets nonces at or below the floor, and never the one that was claimed', async () => {
		const { store } = await open();
		for (let at = 1; at <= 9; at++)
			await store.update('ups/1', () => ({ result: 0, nonce: { token: `n${at}`, at, floor: at - 3 } }));
		await store.update('ups/1', () => ({ result: 0, nonce: { token: 'old', at: 1, floor: 8 } }));
		const left = await server.ask('ZRANGE', `place-${places}:{ups/1}:nonces`, '0', '-1');
		assert.deepEqual(left, ['.old', '.n9']);
	});

	it('goes on where the server has forgotten the script', async () => {
		const { store } = await open();
		await store.update('ups/1', increment);
		await server.ask('SCRIPT', 'FLUSH');
		assert.equal(await store.update('ups/1', increment), 2);
	});

	it('takes up what the server has after its keys were deleted', async () => {
		const { store } = await open();
		await store.update('ups/1', claim('n', { set: [['count', 5]] }));
		await server.ask('DEL', `place-${places}:{ups/1}`, `place-${places}:{ups/1}:nonces`);
		assert.equal(await store.update('ups/1', increment), 1);
		assert.equal(await store.update('ups/1', claim('n')), 'accepted');
	});

	it('gives what another program wrote there as it is', async () => {
		const [one, other] = await openTwo();
		await one.update('ups/1', set('a', 1));
		await server.ask('HSET', `place-${places}:{ups/1}`, '.a', 'no JSON', '.b', '[1]');
		assert.deepEqual(Object.fromEntries(await other.read('ups/1')), { a: 'no JSON', b: [1] });
	});

	it('rejects an update whose key is none of ours, and goes on with others', async () => {
		const watched = await open();
		await server.ask('SET', `place-${places}:{ups/1}`, 'text');
		await assert.rejects(watched.store.update('ups/1', increment), { code: 'store-unreachable' });
		assert.equal(await watched.store.update('ups/2', increment), 1);
		assert.deepEqual(watched.states, ['ready']);
	});

	it('leaves alone what a later version has written', async () => {
		await server.ask('SET', `place-${places}:format`, '2');
		const watched = await open();
		assert.equal(watched.store.state.error?.code, 'store-too-new');
		await assert.rejects(watched.store.update('ups/1', increment), { code: 'store-too-new' });
		await server.ask('SET', `place-${places}:format`, '1');
		await watched.until('ready');
		assert.equal(await watched.store.update('ups/1', increment), 1);
	});
});
