import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Bench, claiming, setting } from './store-kit.js';

describe('store', () => {
	const bench = new Bench();
	afterEach(() => bench.clear());

	it('reads a scope that was never written as empty, version 0', async () => {
		const store = bench.open(await bench.folder());
		assert.deepEqual(await store.read('ups'), { version: 0, entries: new Map() });
	});

	it('sets and removes entries, and counts commits', async () => {
		const store = bench.open(await bench.folder());
		const set = [
			['queue', [{ id: 'a' }]],
			['last', { volts: 230.5 }],
		] as const;
		assert.equal(await store.commit({ scope: 'ups', expect: 0, set }), 'done');
		assert.equal(await store.commit({ scope: 'ups', expect: 1, remove: ['queue', 'unknown'] }), 'done');
		assert.deepEqual(await store.read('ups'), { version: 2, entries: new Map([['last', { volts: 230.5 }]]) });
	});

	it('leaves a scope that was handed out as it was', async () => {
		const store = bench.open(await bench.folder());
		await store.commit(setting('ups', 0, 'before'));
		const read = await store.read('ups');
		await store.commit(setting('ups', 1, 'after'));
		assert.deepEqual(read, { version: 1, entries: new Map([['state', 'before']]) });
	});

	it('answers conflict to the second of two commits on one version, and changes nothing', async () => {
		const store = bench.open(await bench.folder());
		await store.ready;
		const results = await Promise.all([
			store.commit(setting('ups', 0, 1)),
			store.commit(setting('ups', 0, 2)),
		]);
		assert.deepEqual(results, ['done', 'conflict']);
		assert.deepEqual(await store.read('ups'), { version: 1, entries: new Map([['state', 1]]) });
	});

	it('lets exactly one of many claim a token, also before the files are open', async () => {
		const store = bench.open(await bench.folder());
		const commits = Array.from({ length: 20 }, () => store.commit(claiming('ups', 0, 'n1', 10)));
		const results = await Promise.all(commits);
		assert.deepEqual(results, ['done', ...Array<string>(19).fill('claimed')]);
	});

	it('answers claimed rather than conflict', async () => {
		const store = bench.open(await bench.folder());
		await store.commit(claiming('ups', 0, 'n1', 10));
		assert.equal(await store.commit(claiming('ups', 0, 'n1', 10)), 'claimed');
		assert.equal(await store.commit(claiming('ups', 0, 'n2', 10)), 'conflict');
		assert.equal(await store.commit(claiming('ups', 1, 'n2', 10)), 'done');
	});

	it('keeps tokens of different scopes apart', async () => {
		const store = bench.open(await bench.folder());
		await store.commit(claiming('a', 0, 'n1', 10));
		assert.equal(await store.commit(claiming('b', 0, 'n1', 10)), 'done');
	});

	it('keeps entries and tokens over a close', async () => {
		const folder = await bench.folder();
		const first = bench.open(folder);
		await first.commit({ ...setting('ups', 0, { a: 1 }), ...claiming('ups', 0, 'n1', 10) });
		await first.commit(setting('gone', 0, 1));
		await first.commit({ scope: 'gone', expect: 1, remove: ['state'] });
		await first.close();
		const second = bench.open(folder);
		assert.deepEqual((await second.read('ups')).entries, new Map([['state', { a: 1 }]]));
		assert.deepEqual(await second.read('gone'), { version: 0, entries: new Map() });
		const { version } = await second.read('ups');
		assert.equal(await second.commit(claiming('ups', version, 'n1', 10)), 'claimed');
		assert.deepEqual(bench.reports, []);
	});

	it('forgets tokens at or before the floor, in memory and on disk', async () => {
		const folder = await bench.folder();
		const first = bench.open(folder);
		await first.commit(claiming('ups', 0, 'old', 10));
		await first.commit(claiming('ups', 1, 'kept', 11));
		await first.commit(claiming('ups', 2, 'new', 20, 10));
		await first.close();
		const second = bench.open(folder);
		const { version } = await second.read('ups');
		assert.equal(await second.commit(claiming('ups', version, 'kept', 11)), 'claimed');
		assert.equal(await second.commit(claiming('ups', version, 'new', 20)), 'claimed');
		assert.equal(await second.commit(claiming('ups', version, 'old', 10)), 'done');
	});

	it('forgets tokens behind one that has to stay', async () => {
		const store = bench.open(await bench.folder());
		let version = 0;
		await store.commit(claiming('ups', version++, 'future', 1000));
		for (let at = 1; at <= 20; at++) await store.commit(claiming('ups', version++, `n${at}`, at));
		for (let at = 21; at <= 40; at++) await store.commit(claiming('ups', version++, `n${at}`, at, 20));
		assert.equal(await store.commit(claiming('ups', version, 'future', 1000)), 'claimed');
		for (let at = 1; at <= 20; at++) {
			assert.equal(await store.commit(claiming('ups', version++, `n${at}`, 50)), 'done', `n${at}`);
		}
	});

	it('never gives a version again to a scope that became empty', async () => {
		const store = bench.open(await bench.folder());
		await store.commit(setting('ups', 0, 1));
		await store.commit({ scope: 'ups', expect: 1, remove: ['state'] });
		assert.deepEqual(await store.read('ups'), { version: 2, entries: new Map() });
		assert.equal(await store.commit(setting('ups', 0, 2)), 'conflict');
	});

	it('takes any text as name', async () => {
		const folder = await bench.folder();
		const names = [
			'',
			'a b',
			'\\',
			'\\""',
			'\0',
			'a\0b',
			'\ud800',
			'\udc00',
			'€',
			'😀',
			'__proto__',
			'x'.repeat(300),
		];
		const first = bench.open(folder);
		for (const scope of names) {
			const set = names.map((name) => [name, `${scope}/${name}`] as const);
			assert.equal(
				await first.commit({ scope, expect: 0, set, claim: { token: scope, at: 1, floor: 0 } }),
				'done',
			);
		}
		await first.close();
		const second = bench.open(folder);
		for (const scope of names) {
			const { entries, version } = await second.read(scope);
			assert.deepEqual([...entries.keys()].sort(), [...names].sort());
			for (const name of names)
				assert.equal(JSON.stringify(entries.get(name)), JSON.stringify(`${scope}/${name}`));
			assert.equal(await second.commit(claiming(scope, version, scope, 1)), 'claimed');
		}
	});

	it('refuses names that no key can hold and values that JSON cannot, and changes nothing', async () => {
		const store = bench.open(await bench.folder());
		const circular: unknown[] = [];
		circular.push(circular);
		await assert.rejects(store.commit(setting('x'.repeat(2000), 0, 1)), RangeError);
		await assert.rejects(store.commit(claiming('ups', 0, 'x'.repeat(2000), 1)), RangeError);
		await assert.rejects(store.commit(setting('ups', 0, undefined)), TypeError);
		await assert.rejects(store.commit(setting('ups', 0, circular)), TypeError);
		assert.equal((await store.read('ups')).version, 0);
	});

	it('rejects commits after a close, and opens again', async () => {
		const folder = await bench.folder();
		const first = bench.open(folder);
		await first.ready;
		const last = first.commit(setting('ups', 0, 'last'));
		await first.close();
		assert.equal(await last, 'done');
		await assert.rejects(first.commit(setting('ups', 1, 'late')), { code: 'store-unavailable' });
		await first.close();
		const second = bench.open(folder);
		assert.deepEqual((await second.read('ups')).entries, new Map([['state', 'last']]));
	});

	it('lets nobody else read its files', async function () {
		if (process.platform === 'win32') this.skip();
		const folder = await bench.folder();
		const store = bench.open(folder);
		await store.ready;
		assert.equal((await stat(folder)).mode & 0o777, 0o700);
		assert.equal((await stat(join(folder, 'store.mdb'))).mode & 0o777, 0o600);
		assert.equal((await stat(join(folder, 'store.mdb-lock'))).mode & 0o777, 0o600);
	});

	it('works in memory where there is no database for the platform, and says so once', async () => {
		const failure = new Error('No native build was found');
		const loadDatabase = (): never => {
			throw failure;
		};
		const folder = await bench.folder();
		const store = bench.open(folder, { loadDatabase });
		const platform = `${process.platform} ${process.arch}`;
		assert.deepEqual(
			bench.reports.map(({ code, params, cause }) => ({ code, params, cause })),
			[{ code: 'store-no-database', params: { platform }, cause: failure }],
		);
		assert.equal(await store.commit({ ...setting('ups', 0, 1), flush: true }), 'done');
		assert.deepEqual(await store.read('ups'), { version: 1, entries: new Map([['state', 1]]) });
		assert.equal(store.healthy, true);
		assert.equal(existsSync(folder), false);
	});

	it('works in memory where there is no folder, and says so once', async () => {
		const store = bench.open(undefined);
		assert.deepEqual(bench.codes(), ['store-memory-only']);
		assert.equal(await store.commit(setting('ups', 0, 1)), 'done');
		assert.equal(await store.commit({ ...setting('ups', 1, 2), flush: true }), 'done');
		assert.equal(await store.commit(setting('ups', 1, 3)), 'conflict');
		assert.deepEqual(await store.read('ups'), { version: 2, entries: new Map([['state', 2]]) });
		assert.equal(store.healthy, true);
		await store.close();
		await assert.rejects(store.commit(setting('ups', 2, 3)), { code: 'store-unavailable' });
	});
});
