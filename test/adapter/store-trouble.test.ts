import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
	copyFile,
	cp,
	mkdir,
	open,
	readdir,
	readFile,
	rename,
	rm,
	stat,
	statfs,
	truncate,
	utimes,
	writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OpenedStore } from '../../nodes/adapter/store/index.js';
import { Bench, claiming, killed, ROUND, setting } from './store-kit.js';

const bench = new Bench();
const data = (folder: string) => join(folder, 'store.mdb');

async function filled(folder: string, scopes = 300): Promise<void> {
	const store = bench.open(folder);
	await store.ready;
	const commits = Array.from({ length: scopes }, (_, index) =>
		store.commit({ ...setting(`ups${index}`, 0, 'x'.repeat(300)), ...claiming(`ups${index}`, 0, 'n1', 10) }),
	);
	await Promise.all(commits);
	await store.close();
}

async function assertKept(store: OpenedStore, scope: string, value: unknown): Promise<void> {
	assert.deepEqual((await store.read(scope)).entries, new Map([['state', value]]));
}

describe('store in trouble', () => {
	afterEach(() => bench.clear());

	describe('a damaged file', () => {
		const DAMAGES: Record<string, (path: string) => Promise<void>> = {
			'cut off': (path) => truncate(path, 20_000),
			'a few bytes': (path) => writeFile(path, 'abc'),
			rubbish: (path) => writeFile(path, randomBytes(60_000)),
			text: (path) => writeFile(path, 'Not a database.\n'.repeat(5000)),
			'half written': (path) => patched(path, (bytes) => bytes.fill(0, 12_288)),
			'rubbish behind its head': (path) =>
				patched(path, (bytes) => randomBytes(bytes.length - 8192).copy(bytes, 8192)),
			'impossible sizes in its head': (path) =>
				patched(path, (bytes) => bytes.fill(0x7f, 40, 60).fill(0x7f, 4136, 4156)),
		};

		async function patched(path: string, change: (bytes: Buffer) => unknown): Promise<void> {
			const bytes = await readFile(path);
			change(bytes);
			await writeFile(path, bytes);
		}

		for (const [name, damage] of Object.entries(DAMAGES)) {
			it(`is moved aside, told, and replaced by a new one: ${name}`, async () => {
				const folder = await bench.folder();
				await filled(folder);
				await damage(data(folder));
				const damaged = await readFile(data(folder));
				const store = bench.open(folder);
				assert.equal((await store.read('ups7')).version, 0);
				assert.equal(await store.commit(setting('new', 0, 1)), 'done');
				assert.deepEqual(bench.codes(), ['store-damaged']);
				const file = String(bench.reports[0]?.params.file);
				assert.match(file, /^store\.mdb\.damaged-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/);
				assert.deepEqual(await readFile(join(folder, file)), damaged);
				await store.close();
				await assertKept(bench.open(folder), 'new', 1);
				assert.equal(bench.reports.length, 1);
			});
		}

		it('is kept only three times', async () => {
			const folder = await bench.folder();
			for (let time = 0; time < 5; time++) {
				await mkdir(folder, { recursive: true });
				await writeFile(data(folder), 'abc');
				bench.ahead += 1000;
				const store = bench.open(folder);
				await store.ready;
				await store.close();
			}
			const kept = (await readdir(folder)).filter((name) => name.includes('damaged'));
			assert.deepEqual(
				kept.sort(),
				bench.reports.slice(-3).map(({ params }) => params.file),
			);
		});

		it('does not matter when it is the lock file', async () => {
			const folder = await bench.folder();
			await filled(folder, 1);
			await writeFile(`${data(folder)}-lock`, randomBytes(9000));
			await assertKept(bench.open(folder), 'ups0', 'x'.repeat(300));
		});

		it('loses only the values that make no sense', async () => {
			const folder = await bench.folder();
			const first = bench.open(folder);
			await first.commit(setting('good', 0, 'abc'));
			await first.commit(setting('bad', 0, 'MARKED'));
			await first.close();
			const bytes = await readFile(data(folder));
			for (let at = bytes.indexOf('"MARKED"'); at >= 0; at = bytes.indexOf('"MARKED"'))
				bytes.write('{{{', at);
			await writeFile(data(folder), bytes);
			const second = bench.open(folder);
			await assertKept(second, 'good', 'abc');
			assert.equal((await second.read('bad')).entries.size, 0);
			assert.deepEqual(
				bench.reports.map(({ code, params }) => [code, params]),
				[['store-damaged', { file: 'store.mdb', unreadable: 1 }]],
			);
			await second.commit(setting('good', 1, 'def'));
			await second.close();
			await assertKept(bench.open(folder), 'good', 'def');
			assert.equal(bench.reports.length, 1);
		});
	});

	describe('a file that goes away', () => {
		async function running(): Promise<{ folder: string; store: OpenedStore }> {
			const folder = await bench.folder();
			const store = bench.open(folder);
			await store.commit({ ...setting('ups', 0, 'old'), ...claiming('ups', 0, 'n1', 10) });
			bench.ahead += 2000;
			return { folder, store };
		}

		async function assertAllWritten(folder: string, store: OpenedStore): Promise<void> {
			assert.equal(await store.commit({ ...setting('new', 0, 1), flush: true }), 'done');
			assert.deepEqual(bench.codes(), ['store-replaced']);
			await store.close();
			const again = bench.open(folder);
			await assertKept(again, 'ups', 'old');
			await assertKept(again, 'new', 1);
			assert.equal(await again.commit(claiming('ups', 1, 'n1', 10)), 'claimed');
		}

		it('is written anew after it was deleted', async () => {
			const { folder, store } = await running();
			await rm(data(folder));
			await assertAllWritten(folder, store);
		});

		it('is written anew after its folder was deleted', async () => {
			const { folder, store } = await running();
			await rm(folder, { recursive: true });
			await assertAllWritten(folder, store);
		});

		it('is written over when an older copy took its place', async () => {
			const { folder, store } = await running();
			const copy = join(dirname(folder), 'copy');
			await store.commit(setting('later', 0, 1));
			await store.commit({ scope: 'later', expect: 1, remove: ['state'] });
			await copyFile(data(folder), copy);
			bench.ahead += 2000;
			await rename(copy, data(folder));
			await assertAllWritten(folder, store);
		});
	});

	describe('a file that somebody writes to while it is in use', () => {
		const rubbish = async (path: string) => writeFile(path, randomBytes((await stat(path)).size));
		const CHANGES: Record<string, (path: string) => Promise<void>> = {
			'cut off': (path) => truncate(path, 20_000),
			emptied: (path) => truncate(path, 0),
			rubbish,
			'an older copy': async (path) => copyFile(`${path}-older`, path),
		};
		for (const [name, change] of Object.entries(CHANGES)) {
			it(`is written anew, and the process lives: ${name}`, async () => {
				const folder = await bench.folder();
				await filled(folder, 50);
				await copyFile(data(folder), `${data(folder)}-older`);
				const store = bench.open(folder);
				for (let version = 1; version < 20; version++)
					await store.commit({ ...setting('ups7', version, version), flush: true });
				await change(data(folder));
				assert.equal(await store.commit({ ...setting('new', 0, 1), flush: true }), 'done');
				assert.equal(store.healthy, true);
				await store.close();
				const again = bench.open(folder);
				await assertKept(again, 'new', 1);
				await assertKept(again, 'ups7', 19);
				await assertKept(again, 'ups49', 'x'.repeat(300));
			});
		}

		for (const lock of [/^store\.mdb-lock$/, /^recent-.*-lock$/]) {
			it(`may have its lock file cut: ${lock.source}`, async () => {
				const folder = await bench.folder();
				const store = bench.open(folder);
				await store.commit({ ...setting('ups', 0, 0), flush: true });
				await store.commit(setting('ups', 1, 1));
				for (const file of await readdir(folder)) if (lock.test(file)) await truncate(join(folder, file), 0);
				assert.equal(await store.commit(setting('ups', 2, 2)), 'done');
				assert.equal(await store.commit({ ...setting('ups', 3, 3), flush: true }), 'done');
				await store.close();
				await assertKept(bench.open(folder), 'ups', 3);
				assert.deepEqual(bench.codes(), []);
			});
		}

		it('may be the log, while the folder is away', async () => {
			const folder = await bench.folder();
			const store = bench.open(folder);
			await store.commit({ ...setting('ups', 0, 0), flush: true });
			await rename(folder, `${folder}-away`);
			await writeFile(folder, 'in the way');
			await assert.rejects(store.commit({ ...setting('ups', 1, 1), flush: true }), {
				code: 'store-unavailable',
			});
			const [log = ''] = (await readdir(`${folder}-away`)).filter((file) => /^recent-.*mdb$/.test(file));
			await rubbish(join(`${folder}-away`, log));
			await rm(folder);
			await rename(`${folder}-away`, folder);
			assert.equal(await store.commit({ ...setting('ups', 2, 2), flush: true }), 'done');
			await store.close();
			await assertKept(bench.open(folder), 'ups', 2);
		});

		it('is found by the round where nothing is committed', async () => {
			const folder = await bench.folder();
			await filled(folder, 50);
			const store = bench.open(folder);
			await store.ready;
			await truncate(data(folder), 20_000);
			bench.timers.fire(ROUND);
			await bench.until(() => bench.codes().includes('store-damaged'));
			await store.close();
			await assertKept(bench.open(folder), 'ups49', 'x'.repeat(300));
		});

		it('is not suspected for ever where it only looks written to', async () => {
			const folder = await bench.folder();
			const store = bench.open(folder);
			for (let version = 0; version < 5; version++) {
				assert.equal(await store.commit({ ...setting('ups', version, version), flush: true }), 'done');
				await utimes(data(folder), 1, version);
			}
			assert.deepEqual(bench.codes(), []);
			await store.close();
			await assertKept(bench.open(folder), 'ups', 4);
		});

		for (const [name, change] of Object.entries({ 'cut off': CHANGES.emptied, rubbish })) {
			it(`may be the log of recent commits: ${name}`, async () => {
				const folder = await bench.folder();
				const store = bench.open(folder);
				await store.commit({ ...setting('ups', 0, 0), flush: true });
				const [log = ''] = (await readdir(folder)).filter((file) => /^recent-.*mdb$/.test(file));
				await change?.(join(folder, log));
				assert.equal(await store.commit(setting('ups', 1, 1)), 'done');
				assert.equal(await store.commit(setting('ups', 2, 2)), 'done');
				const copy = await bench.folder();
				await cp(folder, copy, { recursive: true });
				await assertKept(bench.open(copy), 'ups', 2);
				assert.deepEqual(bench.codes(), []);
			});
		}
	});

	describe('a folder that cannot be made', () => {
		async function blocked(): Promise<{ folder: string; store: OpenedStore }> {
			const folder = await bench.folder();
			await writeFile(folder, 'a file in the place of the folder');
			return { folder, store: bench.open(folder) };
		}

		it('is told once, and what is committed holds in memory', async () => {
			const { store } = await blocked();
			await assert.rejects(store.commit({ ...setting('ups', 0, 1), ...claiming('ups', 0, 'n1', 10) }), {
				code: 'store-unavailable',
			});
			await assert.rejects(store.commit(setting('ups', 1, 2)), { code: 'store-unavailable' });
			assert.equal(store.healthy, false);
			assert.deepEqual(bench.codes(), ['store-unavailable']);
			assert.equal(await store.commit(claiming('ups', 2, 'n1', 10)), 'claimed');
			assert.deepEqual(await store.read('ups'), { version: 2, entries: new Map([['state', 2]]) });
		});

		it('is written by the next round once it can be', async () => {
			const { folder, store } = await blocked();
			await assert.rejects(store.commit(setting('ups', 0, 1)), { code: 'store-unavailable' });
			await rm(folder);
			bench.timers.fire(ROUND);
			await bench.until(() => bench.recoveries === 1);
			assert.equal(store.healthy, true);
			await store.close();
			await assertKept(bench.open(folder), 'ups', 1);
		});

		it('is written by the next commit once it can be', async () => {
			const { folder, store } = await blocked();
			await assert.rejects(store.commit(setting('ups', 0, 1)), { code: 'store-unavailable' });
			await rm(folder);
			const { version } = await store.read('ups');
			assert.equal(await store.commit(setting('other', 0, 2)), 'done');
			assert.equal(store.healthy, true);
			assert.equal(version, 1);
			await store.close();
			await assertKept(bench.open(folder), 'ups', 1);
		});

		it('adds what is in the files to what was committed meanwhile', async () => {
			const { folder, store } = await blocked();
			await rename(folder, `${folder}-blocking`);
			await filled(`${folder}-aside`, 2);
			await assert.rejects(
				(async () => {
					await rename(`${folder}-blocking`, folder);
					await store.commit(setting('ups0', 0, 'newer'));
				})(),
				{ code: 'store-unavailable' },
			);
			await rm(folder);
			await rename(`${folder}-aside`, folder);
			bench.timers.fire(ROUND);
			await bench.until(() => bench.recoveries === 1);
			await assertKept(store, 'ups0', 'newer');
			await assertKept(store, 'ups1', 'x'.repeat(300));
			assert.equal(await store.commit(setting('ups0', 1, 'decided on what was read before')), 'conflict');
			assert.equal(await store.commit(claiming('ups0', 2, 'n1', 10)), 'claimed');
		});
	});

	describe('a process that ends again and again soon after its start', () => {
		async function startsBadly(folder: string): Promise<void> {
			const { child, first } = await bench.child(folder, 'own');
			assert.equal(first, 'ready');
			await killed(child);
		}

		it('gets a new file with everything in it', async () => {
			const folder = await bench.folder();
			await filled(folder, 50);
			const { ino } = await stat(data(folder));
			for (let time = 0; time < 3; time++) await startsBadly(folder);
			assert.equal((await stat(data(folder))).ino, ino);
			const store = bench.open(folder);
			await assertKept(store, 'ups7', 'x'.repeat(300));
			assert.notEqual((await stat(data(folder))).ino, ino);
			await store.close();
			assert.deepEqual(await readdir(folder), ['store.mdb', 'store.mdb-lock']);
			const again = bench.open(folder);
			await assertKept(again, 'ups49', 'x'.repeat(300));
			assert.equal(await again.commit(claiming('ups49', 1, 'n1', 10)), 'claimed');
			assert.deepEqual(bench.reports, []);
		});

		it('gets the old file back when it ended before the new one was finished', async () => {
			const folder = await bench.folder();
			await filled(folder, 1);
			await rename(data(folder), `${data(folder)}.previous`);
			const unfinished = bench.open(`${folder}-unfinished`);
			await unfinished.ready;
			await unfinished.close();
			await copyFile(data(`${folder}-unfinished`), data(folder));
			await assertKept(bench.open(folder), 'ups0', 'x'.repeat(300));
		});
	});

	it('writes a file anew that turns out damaged in use', async () => {
		const folder = await bench.folder();
		await filled(folder);
		const { child } = await bench.child(folder, 'own');
		const { size } = await stat(data(folder));
		const file = await open(data(folder), 'r+');
		await file.write(Buffer.alloc(size - 8192), 0, size - 8192, 8192);
		await file.close();
		const messages: unknown[] = [];
		child.on('message', (message) => messages.push(message));
		child.send('flush');
		while (messages.at(-1) !== 'done') {
			await once(child, 'message');
			if (messages.at(-1) === 'store-unavailable') child.send('flush');
		}
		assert.ok(messages.includes('store-damaged'), String(messages));
		await killed(child);
		const store = bench.open(folder);
		await assertKept(store, 'ups7', 'x'.repeat(300));
		await assertKept(store, 'ups299', 'x'.repeat(300));
	});

	it('leaves files of a later version alone', async () => {
		const folder = await bench.folder();
		await filled(folder, 1);
		const lmdb = require('lmdb') as typeof import('lmdb');
		const root = lmdb.open({ path: data(folder), overlappingSync: false });
		await root.openDB('meta', { encoding: 'json', useVersions: true }).put('format', 2, 1);
		await root.close();
		const bytes = await readFile(data(folder));
		const store = bench.open(folder);
		await assert.rejects(store.commit(setting('ups', 0, 1)), { code: 'store-unavailable' });
		assert.deepEqual(bench.codes(), ['store-too-new']);
		await store.close();
		assert.deepEqual(await readFile(data(folder)), bytes);
	});

	describe('a small disk', () => {
		let mounted: string | undefined;

		beforeEach(async function () {
			const folder = dirname(await bench.folder());
			try {
				execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
				mounted = folder;
			} catch {
				this.skip();
			}
		});
		afterEach(async () => {
			await bench.clearStores();
			if (mounted !== undefined) execFileSync('umount', [mounted]);
			mounted = undefined;
		});

		it('that is full loses nothing, and recovers', async () => {
			const folder = join(String(mounted), 'wattpost');
			const filler = join(String(mounted), 'filler');
			const store = bench.open(folder);
			await store.commit(setting('before', 0, 'kept'));
			await writeFile(filler, Buffer.alloc(600 * 1024));
			let count = 0;
			const fill = async () => {
				for (;;) await store.commit(setting(`ups${count++}`, 0, 'y'.repeat(5000)));
			};
			await assert.rejects(fill(), { code: 'store-unavailable' });
			await assert.rejects(store.commit(setting('small', 0, 1)), { code: 'store-unavailable' });
			assert.equal(store.healthy, false);
			assert.deepEqual(bench.codes(), ['store-unavailable']);
			await rm(filler);
			assert.equal(await store.commit(setting('after', 0, 2)), 'done');
			assert.equal(store.healthy, true);
			assert.equal(bench.recoveries, 1);
			await store.close();
			const again = bench.open(folder);
			await assertKept(again, 'before', 'kept');
			await assertKept(again, 'small', 1);
			await assertKept(again, 'after', 2);
			for (let index = 0; index < count; index++) await assertKept(again, `ups${index}`, 'y'.repeat(5000));
		});

		it('that is nearly full is not written to, for LMDB does not stand a write that fails', async () => {
			const folder = join(String(mounted), 'wattpost');
			const store = bench.open(folder);
			await store.commit({ ...setting('ups', 0, 0), flush: true });
			const { bavail, bsize } = await statfs(String(mounted));
			await writeFile(join(String(mounted), 'filler'), Buffer.alloc(bavail * bsize - 100_000));
			const { mtimeNs } = await stat(data(folder), { bigint: true });
			await assert.rejects(store.commit({ ...setting('ups', 1, 1), flush: true }), {
				code: 'store-unavailable',
			});
			assert.equal((await stat(data(folder), { bigint: true })).mtimeNs, mtimeNs);
		});

		it('that is full may have its file spoiled meanwhile', async () => {
			const folder = join(String(mounted), 'wattpost');
			const filler = join(String(mounted), 'filler');
			await filled(folder, 1);
			const store = bench.open(folder);
			await store.commit({ ...setting('ups', 0, 0), flush: true });
			await writeFile(filler, Buffer.alloc(1024 * 1024)).catch(() => {});
			await assert.rejects(store.commit({ ...setting('ups', 1, 1), flush: true }), {
				code: 'store-unavailable',
			});
			const spoiled = await open(data(folder), 'r+');
			await spoiled.write(randomBytes((await spoiled.stat()).size), 0, undefined, 0);
			await spoiled.close();
			await rm(filler);
			assert.equal(await store.commit({ ...setting('ups', 2, 2), flush: true }), 'done');
			await store.close();
			await assertKept(bench.open(folder), 'ups', 2);
		});

		it('that is full at the start is read, and recovers', async () => {
			const folder = join(String(mounted), 'wattpost');
			const filler = join(String(mounted), 'filler');
			await filled(folder, 1);
			await writeFile(filler, Buffer.alloc(1024 * 1024)).catch(() => {});
			const store = bench.open(folder);
			await assertKept(store, 'ups0', 'x'.repeat(300));
			await assert.rejects(store.commit(setting('ups', 0, 1)), { code: 'store-unavailable' });
			assert.deepEqual(bench.codes(), ['store-unavailable']);
			await rm(filler);
			assert.equal(await store.commit(setting('after', 0, 2)), 'done');
			await store.close();
			await assertKept(bench.open(folder), 'ups', 1);
		});

		it('that is read-only at the start is read, and recovers', async () => {
			const folder = join(String(mounted), 'wattpost');
			await filled(folder, 1);
			execFileSync('mount', ['-o', 'remount,ro', String(mounted)]);
			const store = bench.open(folder);
			await assertKept(store, 'ups0', 'x'.repeat(300));
			assert.equal(await store.commit(claiming('ups0', 1, 'n1', 10)), 'claimed');
			await assert.rejects(store.commit(setting('ups', 0, 1)), { code: 'store-unavailable' });
			await assert.rejects(store.commit(setting('ups0', 1, 'newer')), { code: 'store-unavailable' });
			assert.deepEqual(bench.codes(), ['store-unavailable']);
			execFileSync('mount', ['-o', 'remount,rw', String(mounted)]);
			bench.timers.fire(ROUND);
			await bench.until(() => bench.recoveries === 1);
			await store.close();
			const again = bench.open(folder);
			await assertKept(again, 'ups', 1);
			await assertKept(again, 'ups0', 'newer');
		});
	});
});
