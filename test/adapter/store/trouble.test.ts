import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
	copyFile,
	mkdir,
	readdir,
	readFile,
	rename,
	rm,
	stat,
	truncate,
	utimes,
	writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import type { SqliteStore } from '../../../nodes/adapter/store/sqlite.js';
import { claim, PATIENCE, ROUND, Site, set } from './kit.js';

const FULL = 'unavailable: store-unavailable database or disk is full';
const HANGS = 'unavailable: store-unavailable the disk does not answer';

describe('SQLite store in trouble', () => {
	let site: Site;

	beforeEach(async () => {
		site = await Site.make();
	});

	afterEach(async () => {
		for (const name of ['hang', 'full', 'crash']) await lift(name);
		await site.end();
	});

	const impose = (name: string): Promise<void> => writeFile(join(site.userDir, name), '');
	const lift = (name: string): Promise<void> => rm(join(site.userDir, name), { force: true });
	const assertEntries = async (store: SqliteStore, scope: string, entries: object): Promise<void> =>
		assert.deepEqual(Object.fromEntries(await store.read(scope)), entries);

	describe('on a full disk', () => {
		it('rejects what it could not keep, forgets it, and is ready once it can write again', async () => {
			const store = site.openFaulty();
			await store.update('ups/1', set('a', 1));
			await impose('full');
			const failed = [
				store.update('ups/1', set('a', 2)),
				store.read('ups/1'),
				store.update('ups/1', claim('n1')),
				store.update('ups/2', set('a', 2)),
			];
			for (const one of failed) await assert.rejects(one, { code: 'store-unavailable' });
			await assert.rejects(store.update('ups/3', set('a', 3)), { code: 'store-unavailable' });
			await site.round(store, 'unavailable');
			await lift('full');
			await site.round(store);
			await assertEntries(store, 'ups/1', { a: 1 });
			await assertEntries(store, 'ups/2', {});
			assert.equal(await store.update('ups/1', claim('n1')), 'accepted');
			assert.deepEqual(site.states, ['ready', FULL, 'ready']);
			assert.deepEqual(site.codes(), []);
		});

		it('calls for due times again that were kept before', async () => {
			const store = site.openFaulty();
			const due = store.now() - 1;
			await store.update('ups/1', () => ({ result: 0, due: due + 1e6 }));
			await store.update('ups/2', () => ({ result: 0, due }));
			await impose('full');
			await assert.rejects(
				store.update('ups/2', () => ({ result: 0, due: null })),
				{ code: 'store-unavailable' },
			);
			await lift('full');
			await site.round(store);
			const told = new Promise((resolve) => store.onDue('ups/', resolve));
			site.timers.fire(0);
			assert.equal(await told, 'ups/2');
		});

		it('says so when it is opened on a real one, and recovers', async function () {
			await mkdir(site.folder);
			try {
				execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', site.folder], { stdio: 'ignore' });
			} catch {
				this.skip();
			}
			try {
				const store = site.open();
				await store.update('ups/1', set('a', 1));
				const big = store.update('ups/1', set('big', 'x'.repeat(100_000)));
				await assert.rejects(big, { code: 'store-unavailable' });
				await site.round(store);
				await assertEntries(store, 'ups/1', { a: 1 });
				await store.close();
				await assertEntries(site.open(), 'ups/1', { a: 1 });
				assert.deepEqual(site.codes(), []);
				await site.close();
			} finally {
				execFileSync('umount', ['-l', site.folder]);
			}
		});
	});

	it('says so on a disk that can only be read, and recovers', async function () {
		const first = site.open();
		await first.update('ups/1', set('a', 1));
		await first.close();
		try {
			execFileSync('mount', ['--bind', site.folder, site.folder], { stdio: 'ignore' });
			execFileSync('mount', ['-o', 'remount,ro,bind', site.folder], { stdio: 'ignore' });
		} catch {
			this.skip();
		}
		const store = site.open();
		try {
			await assert.rejects(store.update('ups/1', set('a', 2)), { code: 'store-unavailable' });
		} finally {
			execFileSync('umount', ['-l', site.folder]);
		}
		await site.round(store);
		await assertEntries(store, 'ups/1', { a: 1 });
		assert.equal(await store.update('ups/1', set('a', 2)), 'done');
	});

	describe('on a disk that hangs', () => {
		/** Lets the disk hang with an update that the worker has begun. */
		const hang = async (store: SqliteStore): Promise<{ handedOver: Promise<unknown> }> => {
			await impose('hang');
			const handedOver = store.update('ups/1', set('a', 2));
			handedOver.catch(() => undefined);
			const hangs = new BroadcastChannel('hangs');
			await new Promise((resolve) => {
				hangs.onmessage = resolve;
			});
			hangs.close();
			return { handedOver };
		};

		it('does not know what became of a batch, refuses the rest at once, and reads it when the disk answers', async () => {
			const store = site.openFaulty();
			await store.update('ups/1', set('a', 1));
			const { handedOver } = await hang(store);
			const rest = [store.update('ups/1', set('b', 1)), store.read('ups/1'), store.read('ups/2')];
			site.timers.fire(PATIENCE);
			await assert.rejects(handedOver, { code: 'store-outcome-unknown' });
			for (const one of rest.slice(0, 1)) await assert.rejects(one, { code: 'store-unavailable' });
			for (const one of rest.slice(1))
				await assert.rejects(one, { code: /^store-(unavailable|outcome-unknown)$/ });
			await assert.rejects(store.update('ups/1', set('a', 3)), { code: 'store-unavailable' });
			await assert.rejects(store.read('ups/1'), { code: 'store-unavailable' });
			site.timers.fire(ROUND);
			await lift('hang');
			await site.until(() => store.state.name === 'ready');
			await assertEntries(store, 'ups/1', { a: 2 });
			assert.deepEqual(site.states, ['ready', HANGS, 'ready']);
		});

		it('is closed all the same', async () => {
			const store = site.openFaulty();
			await store.update('ups/1', set('a', 1));
			const { handedOver } = await hang(store);
			const rejected = assert.rejects(handedOver, { code: 'store-outcome-unknown' });
			const closed = store.close();
			site.timers.fire(PATIENCE);
			site.timers.fire(0);
			await closed;
			await rejected;
			await lift('hang');
		});

		it('is known to be unavailable when it is opened', async () => {
			await impose('hang');
			const store = site.openFaulty();
			const update = store.update('ups/1', set('a', 1));
			site.timers.fire(PATIENCE);
			await store.ready;
			await assert.rejects(update, { code: 'store-unavailable' });
			await lift('hang');
			await site.until(() => store.state.name === 'ready');
			assert.equal(await store.update('ups/1', set('a', 1)), 'done');
		});
	});

	it('goes on with another worker when one ends', async () => {
		const store = site.openFaulty();
		await store.update('ups/1', set('a', 1));
		await impose('crash');
		await assert.rejects(store.update('ups/1', set('a', 2)), { code: 'store-outcome-unknown' });
		await assert.rejects(store.read('ups/1'), { code: 'store-unavailable' });
		await site.round(store);
		await assertEntries(store, 'ups/1', { a: 1 });
		assert.deepEqual(site.states, ['ready', 'unavailable: store-unavailable worker ended with 3', 'ready']);
	});

	it('goes on when there is no worker to be had', async () => {
		const store = site.open(join(site.userDir, 'missing.js'));
		await store.ready;
		await assert.rejects(store.update('ups/1', set('a', 1)), { code: 'store-unavailable' });
		await store.close();
	});

	describe('with files that somebody else touches while they are in use', () => {
		const log = () => `${site.file}-wal`;
		const rubbish = async (path: string): Promise<void> =>
			writeFile(path, randomBytes((await stat(path)).size));
		const TOUCHES: Record<string, () => Promise<unknown>> = {
			'the file deleted': () => rm(site.file),
			'the log deleted': () => rm(log()),
			'the folder deleted': () => rm(site.folder, { recursive: true }),
			'the folder moved away': () => rename(site.folder, `${site.folder}-away`),
			'an older copy in its place': () => rename(join(site.userDir, 'copy'), site.file),
			'the file cut off': () => truncate(site.file, 1500),
			'the file emptied': () => truncate(site.file, 0),
			'the file full of rubbish': () => rubbish(site.file),
		};
		for (const [name, touch] of Object.entries(TOUCHES))
			it(`writes everything anew: ${name}`, async () => {
				const first = site.open();
				for (let count = 0; count < 40; count++)
					await first.update(
						`ups/${count}`,
						set('old', 'x'.repeat(900), { nonce: { token: 'n', at: 5, floor: 0 } }),
					);
				await first.close();
				await copyFile(site.file, join(site.userDir, 'copy'));
				const store = site.open();
				await store.update('ups/1', set('queue', [1], { durable: true, due: store.now() - 1 }));
				await touch();
				assert.equal(await store.update('ups/3', set('meanwhile', 1)), 'done');
				site.timers.fire(ROUND);
				await site.until(() => site.codes().includes('store-replaced'));
				await site.round(store);
				assert.equal(await store.update('ups/2', set('new', 1, { durable: true })), 'done');
				await store.close();
				const again = site.open();
				await assertEntries(again, 'ups/1', { old: 'x'.repeat(900), queue: [1] });
				await assertEntries(again, 'ups/2', { old: 'x'.repeat(900), new: 1 });
				await assertEntries(again, 'ups/3', { old: 'x'.repeat(900), meanwhile: 1 });
				await assertEntries(again, 'ups/39', { old: 'x'.repeat(900) });
				assert.equal(await again.update('ups/39', claim('n')), 'replayed');
				assert.deepEqual(site.codes(), ['store-replaced']);
				assert.deepEqual(
					(await readdir(site.folder)).filter((file) => !/^store\.db(-wal)?$/.test(file)),
					[],
				);
			});

		it('goes on with a file over which an older copy was written, since the log has what is newer', async () => {
			const first = site.open();
			await first.update('ups/1', set('a', 1));
			await first.close();
			await copyFile(site.file, join(site.userDir, 'copy'));
			const store = site.open();
			await store.update('ups/1', set('a', 2));
			await copyFile(join(site.userDir, 'copy'), site.file);
			await store.update('ups/2', set('a', 3));
			await store.close();
			const again = site.open();
			await assertEntries(again, 'ups/1', { a: 2 });
			await assertEntries(again, 'ups/2', { a: 3 });
			assert.deepEqual(site.codes(), []);
		});

		for (const [name, file] of Object.entries({ file: () => site.file, log }))
			it(`writes everything anew each time that somebody writes rubbish into the ${name}`, async () => {
				const first = site.open();
				await first.update('ups/1', set('a', 'x'.repeat(5_000)));
				await first.close();
				const store = site.open();
				await store.update('ups/2', set('a', 0));
				for (let time = 1; time <= 5; time++) {
					await rubbish(file());
					await store.update('ups/2', set('a', time));
					await store.update('ups/3', set('a', time));
					assert.equal(site.codes().length, time);
				}
				for (const name of ['store.db', 'store.db-wal'])
					await copyFile(join(site.folder, name), join(site.userDir, name));
				await store.close();
				// What a killed process leaves.
				for (const name of ['store.db', 'store.db-wal'])
					await copyFile(join(site.userDir, name), join(site.folder, name));
				const again = site.open();
				await assertEntries(again, 'ups/1', { a: 'x'.repeat(5_000) });
				await assertEntries(again, 'ups/3', { a: 5 });
				assert.deepEqual(new Set(site.codes()), new Set(['store-replaced']));
			});

		for (const [name, touch] of Object.entries({
			'full of rubbish': () => rubbish(log()),
			emptied: () => truncate(log(), 0),
		})) {
			it(`writes everything anew when it is closed: the log ${name}`, async () => {
				const store = site.open();
				await store.update('ups/1', set('a', 1, { durable: true }));
				await touch();
				await store.update('ups/2', set('a', 2));
				await store.close();
				const again = site.open();
				await assertEntries(again, 'ups/1', { a: 1 });
				await assertEntries(again, 'ups/2', { a: 2 });
				assert.deepEqual(site.codes(), ['store-replaced']);
			});

			it(`writes everything anew when it copies the log: the log ${name}`, async () => {
				const store = site.open();
				await store.update('ups/1', set('a', 1, { durable: true }));
				await touch();
				for (let count = 0; count < 200; count++)
					await store.update('ups/2', set('a', `${count} `.repeat(6_000)));
				assert.deepEqual(site.codes(), ['store-replaced']);
				await store.close();
				await assertEntries(site.open(), 'ups/1', { a: 1 });
			});
		}

		it('goes on with a file whose time alone is another one', async () => {
			const store = site.open();
			await store.update('ups/1', set('a', 1));
			for (let second = 1; second <= 6; second++) {
				await utimes(site.file, second, second);
				site.timers.fire(ROUND);
				await store.update('ups/1', set('a', second));
				await site.round(store);
			}
			await assertEntries(store, 'ups/1', { a: 6 });
			assert.deepEqual(site.codes(), []);
		});
	});

	describe('with a file that was damaged while it was closed', () => {
		const patched = async (path: string, change: (bytes: Buffer) => unknown): Promise<void> => {
			const bytes = await readFile(path);
			change(bytes);
			await writeFile(path, bytes);
		};
		const DAMAGES: Record<string, (path: string) => Promise<void>> = {
			'cut off': (path) => truncate(path, 20_000),
			'a few bytes': (path) => writeFile(path, 'abc'),
			rubbish: (path) => writeFile(path, randomBytes(60_000)),
			text: (path) => writeFile(path, 'Not a database.\n'.repeat(5000)),
			'half written': (path) => patched(path, (bytes) => bytes.fill(0, 12_288)),
			'rubbish behind its head': (path) => patched(path, (bytes) => randomBytes(9000).copy(bytes, 512)),
		};
		for (const [name, damage] of Object.entries(DAMAGES))
			it(`moves it aside, says so once, and begins anew with what can be read: ${name}`, async () => {
				const first = site.open();
				for (let count = 0; count < 60; count++)
					await first.update(`ups/${count}`, set('a', 'x'.repeat(700)));
				await first.close();
				await damage(site.file);
				const damaged = await readFile(site.file);
				const store = site.open();
				assert.equal(await store.update('new', set('a', 1)), 'done');
				for (let count = 0; count < 60; count++) {
					const found = (await store.read(`ups/${count}`)).get('a');
					assert.ok(found === undefined || found === 'x'.repeat(700));
				}
				assert.deepEqual(site.codes(), ['store-damaged']);
				const aside = String(site.reports[0]?.params.file);
				assert.match(aside, /^store\.db\.damaged-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/);
				assert.deepEqual(await readFile(join(site.folder, aside)), damaged);
				await store.close();
				await assertEntries(site.open(), 'new', { a: 1 });
				assert.equal(site.codes().length, 1);
			});

		it('loses the value alone in which a byte is another one', async () => {
			const first = site.open();
			await first.update('ups/1', set('good', 'abc'));
			await first.update('ups/1', set('bad', 'MARKED', { due: 5 }));
			await first.update('ups/1', claim('n1'));
			await first.close();
			await patched(site.file, (bytes) => bytes.write('FORGED', bytes.lastIndexOf('MARKED')));
			const store = site.open();
			await assertEntries(store, 'ups/1', { good: 'abc' });
			assert.equal(await store.update('ups/1', claim('n1')), 'replayed');
			assert.deepEqual(site.codes(), ['store-damaged']);
		});

		it('keeps the last three of those that were moved aside', async () => {
			for (let time = 0; time < 5; time++) {
				await mkdir(site.folder, { recursive: true });
				await writeFile(site.file, 'abc');
				const store = site.open();
				await store.ready;
				await store.close();
			}
			const kept = (await readdir(site.folder)).filter((name) => name.includes('damaged'));
			assert.deepEqual(
				kept.sort(),
				site.reports.slice(-3).map(({ params }) => params.file),
			);
		});
	});
});
