import assert from 'node:assert/strict';
import { cp, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Identity, ownIdentity } from '../../nodes/adapter/store/identity.js';
import { Bench, claiming, setting } from './store-kit.js';

/** A process of this machine in one of its boots. */
const inBoot = (boot: string | null): { identity: Identity } => ({ identity: { ...ownIdentity(), boot } });

describe('the log of recent commits', () => {
	const bench = new Bench();
	afterEach(() => bench.clear());

	const logsIn = async (folder: string) =>
		(await readdir(folder)).filter((name) => name.startsWith('recent-'));

	/** A copy of a store's folder, as the death of its process at this moment would leave it. */
	async function leftBehind(folder: string): Promise<string> {
		const copy = await bench.folder();
		await cp(folder, copy, { recursive: true });
		return copy;
	}

	/** A store whose file has `ups: old` and whose log has what came later; none of its timers has fired. */
	async function withLog(boot: string | null = 'one') {
		const folder = await bench.folder();
		const store = bench.open(folder, inBoot(boot));
		await store.commit({ ...setting('ups', 0, 'old'), flush: true });
		await store.commit({ ...setting('ups', 1, 'new'), ...claiming('ups', 1, 'n1', 10) });
		await store.commit({ scope: 'gone', expect: 0, set: [['state', 1]] });
		await store.commit({ scope: 'gone', expect: 1, remove: ['state'] });
		return { folder, store };
	}

	it('brings back in the same boot what the file does not have yet', async () => {
		const { folder } = await withLog();
		const store = bench.open(await leftBehind(folder), inBoot('one'));
		assert.deepEqual((await store.read('ups')).entries, new Map([['state', 'new']]));
		assert.deepEqual((await store.read('gone')).entries, new Map());
		assert.equal(await store.commit(claiming('ups', 1, 'n1', 10)), 'claimed');
		assert.deepEqual(bench.reports, []);
	});

	it('has told the file by then, and what came back outlives the next death as well', async () => {
		const { folder } = await withLog();
		const first = await leftBehind(folder);
		await bench.open(first, inBoot('one')).read('ups');
		const second = await leftBehind(first);
		for (const name of await logsIn(second)) await writeFile(join(second, name), '');
		const store = bench.open(second, inBoot('one'));
		assert.deepEqual((await store.read('ups')).entries, new Map([['state', 'new']]));
		assert.equal(await store.commit(claiming('ups', 1, 'n1', 10)), 'claimed');
	});

	it('counts more than a file that is made anew, after several starts that ended soon', async () => {
		const { folder } = await withLog();
		const copy = await leftBehind(folder);
		await writeFile(join(copy, 'starts.txt'), '3');
		const { ino } = await stat(join(copy, 'store.mdb'));
		const store = bench.open(copy, inBoot('one'));
		assert.deepEqual((await store.read('ups')).entries, new Map([['state', 'new']]));
		assert.deepEqual((await store.read('gone')).entries, new Map());
		assert.equal(await store.commit(claiming('ups', 1, 'n1', 10)), 'claimed');
		assert.notEqual((await stat(join(copy, 'store.mdb'))).ino, ino);
		const again = bench.open(await leftBehind(copy), inBoot('one'));
		assert.deepEqual((await again.read('ups')).entries, new Map([['state', 'new']]));
	});

	it('is not read in another boot, after which it may hold anything, and goes', async () => {
		const { folder } = await withLog();
		const copy = await leftBehind(folder);
		const store = bench.open(copy, inBoot('two'));
		assert.deepEqual((await store.read('ups')).entries, new Map([['state', 'old']]));
		assert.deepEqual(await logsIn(copy), ['recent-two.mdb', 'recent-two.mdb-lock']);
	});

	it('is not used where the system does not tell its boots apart', async () => {
		const { folder } = await withLog(null);
		assert.deepEqual(await logsIn(folder), []);
		const store = bench.open(await leftBehind(folder), inBoot(null));
		assert.deepEqual((await store.read('ups')).entries, new Map([['state', 'new']]));
	});

	it('gives way to what was written to the file later', async () => {
		const { folder, store } = await withLog();
		await store.commit({ ...setting('ups', 2, 'newest'), flush: true });
		const again = bench.open(await leftBehind(folder), inBoot('one'));
		assert.deepEqual((await again.read('ups')).entries, new Map([['state', 'newest']]));
	});

	it('goes on over groups, in order', async () => {
		const { folder, store } = await withLog();
		for (let version = 2; version < 60; version++) {
			await store.commit({ ...setting('ups', version, version), flush: version % 7 === 0 });
			if (version % 10 !== 0) continue;
			const copy = bench.open(await leftBehind(folder), inBoot('one'));
			assert.deepEqual((await copy.read('ups')).entries, new Map([['state', version]]));
			await copy.close();
		}
	});

	it('is written to the file before long, though nobody waits', async () => {
		const { folder, store } = await withLog();
		bench.timers.fire(200);
		await store.commit({ ...setting('other', 0, 1), flush: true });
		const copy = await leftBehind(folder);
		for (const name of await logsIn(copy)) await writeFile(join(copy, name), '');
		const again = bench.open(copy, inBoot('one'));
		assert.deepEqual((await again.read('ups')).entries, new Map([['state', 'new']]));
	});

	it('takes what was committed a moment before the store is closed', async () => {
		const { folder, store } = await withLog();
		const last = store.commit(setting('ups', 2, 'last'));
		await store.close();
		assert.equal(await last, 'done');
		const again = bench.open(folder, inBoot('one'));
		assert.deepEqual((await again.read('ups')).entries, new Map([['state', 'last']]));
		assert.deepEqual(bench.reports, []);
	});

	it('goes when the store is closed', async () => {
		const { folder, store } = await withLog();
		await store.close();
		assert.deepEqual(await readdir(folder), ['store.mdb', 'store.mdb-lock']);
		const again = bench.open(folder, inBoot('one'));
		assert.deepEqual((await again.read('ups')).entries, new Map([['state', 'new']]));
	});

	it('is removed and told when it is damaged; the file counts then', async () => {
		const { folder } = await withLog();
		const copy = await leftBehind(folder);
		await writeFile(join(copy, 'recent-one.mdb'), Buffer.alloc(100_000, 0xa5));
		const store = bench.open(copy, inBoot('one'));
		assert.deepEqual((await store.read('ups')).entries, new Map([['state', 'old']]));
		assert.deepEqual(
			bench.reports.map(({ code, params }) => [code, params]),
			[['store-damaged', { file: 'recent-one.mdb' }]],
		);
		assert.equal(await store.commit(setting('ups', 1, 'goes on')), 'done');
	});
});
