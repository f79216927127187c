import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { countEntries } from '../../../nodes/adapter/store/index.js';
import { ENVIRONMENT } from './conformance.js';
import { claim, kill, Site, set } from './kit.js';

describe('SQLite store on its own', () => {
	let site: Site;

	beforeEach(async () => {
		site = await Site.make();
	});

	afterEach(() => site.end());

	it('keeps its folder and its file to the user that runs Node-RED', async () => {
		const store = site.open();
		await store.update('ups/1', set('a', 1));
		const modes = [];
		for (const path of [site.folder, site.file, `${site.file}-wal`])
			modes.push((await stat(path)).mode & 0o777);
		assert.deepEqual(modes, [0o700, 0o600, 0o600]);
	});

	it('leaves one file behind when it is closed', async () => {
		const store = site.open();
		await store.update('ups/1', set('a', 1));
		await store.close();
		assert.deepEqual(await readdir(site.folder), ['store.db']);
	});

	it('lets a process end that has closed it, and one that has not and waits for nothing', () => {
		const program = (end: string) => `
			const { SqliteStore } = require(${JSON.stringify(require.resolve('../../../nodes/adapter/store/sqlite.js'))});
			const timers = { set: (call, delay) => setTimeout(call, delay).unref(), clear: clearTimeout };
			const clock = { now: Date.now, monotonic: () => performance.now() };
			const store = new SqliteStore({ clock, timers, instance: 'x', report: console.error }, process.argv[1]);
			store.update('ups/1', () => ({ result: 'done', set: [['a', 1]] })).then((result) => {
				console.log(result);
				${end}
			});`;
		for (const end of ['store.close();', ''])
			assert.equal(
				execFileSync(process.execPath, ['-e', program(end), site.folder], {
					encoding: 'utf8',
					timeout: 10_000,
				}),
				'done\n',
			);
	});

	it('has what was promised after the process was killed: entries, nonces and due times', async () => {
		const { child } = await site.child('write');
		await kill(child);
		const store = site.open();
		const due = new Promise<string>((resolve) => store.onDue('ups/', resolve));
		for (let index = 0; index < 100; index++) {
			const scope = `ups/${index % 7}`;
			assert.equal(await store.update(scope, claim(`n${index}`)), 'replayed');
			assert.equal((await store.read(scope)).get(`entry ${index}`), index);
		}
		site.timers.fire(0);
		assert.match(await due, /^ups\/[0-6]$/);
		assert.deepEqual(site.codes(), []);
	});

	it('has what was promised after the process was killed in the middle of writing, five times', async () => {
		let promised = 0;
		for (let round = 0; round < 5; round++) {
			const { child } = await site.child('write on');
			const last = await new Promise<number>((resolve) => {
				child.on('message', (count: number) => count >= 20 + round * 7 && resolve(count));
			});
			await kill(child);
			promised = last;
			const store = site.open();
			assert.ok(Number((await store.read('ups/1')).get('count')) >= promised);
			assert.equal(await store.update('ups/1', claim(`n${promised}`)), 'replayed');
			await store.close();
		}
		assert.deepEqual(site.codes(), []);
	});

	it('counts entries of a folder that it is not to use, and makes nothing there', async () => {
		const count = (folder: string) => countEntries(ENVIRONMENT, folder, 'command/');
		assert.equal(await count(site.folder), 0);
		await assert.rejects(stat(site.folder), { code: 'ENOENT' });
		const store = site.open();
		await store.update('ups/1', set('command/a', 1));
		await store.update('ups/2', set('command/b', 1));
		await store.update('ups/2', set('device', 1));
		assert.equal(await count(site.folder), undefined, 'another one uses it');
		await store.close();
		assert.equal(await count(site.folder), 2);
		const next = site.open();
		assert.equal((await next.read('ups/2')).size, 2);
	});

	describe('in a folder that another process uses', () => {
		it('is unavailable, and ready once that process was killed', async () => {
			const { child, first } = await site.child('open');
			assert.equal(first, 'ready');
			const store = site.open();
			await store.ready;
			assert.equal(store.state.error?.code, 'store-in-use');
			await assert.rejects(store.update('ups/1', set('a', 1)), { code: 'store-in-use' });
			await assert.rejects(store.read('ups/1'), { code: 'store-in-use' });
			await site.round(store, 'unavailable');
			await kill(child);
			await site.round(store);
			assert.equal(await store.update('ups/1', set('a', 1)), 'done');
			assert.deepEqual(site.codes(), []);
		});

		it('is the only one of two', async () => {
			const store = site.open();
			await store.update('ups/1', set('a', 1));
			const { first } = await site.child('open');
			assert.equal(first, 'store-in-use');
			assert.equal(await store.update('ups/1', set('a', 2)), 'done');
		});

		it('is the only one of two in one process, also while the other one is closed', async () => {
			const first = site.open();
			await first.ready;
			const second = site.open();
			await second.ready;
			assert.equal(second.state.error?.code, 'store-in-use');
			await second.close();
			const { first: third } = await site.child('open');
			assert.equal(third, 'store-in-use');
			assert.equal(await first.update('ups/1', set('a', 2)), 'done');
		});
	});

	it('leaves a file of a later version as it is', async () => {
		const first = site.open();
		await first.update('ups/1', set('a', 1));
		await first.close();
		const { DatabaseSync: Database } = require('node:sqlite') as {
			DatabaseSync: new (path: string) => DatabaseSync;
		};
		const database = new Database(site.file);
		database.exec('PRAGMA user_version = 2');
		database.close();
		const before = await readFile(site.file);
		const store = site.open();
		await assert.rejects(store.update('ups/1', set('a', 2)), { code: 'store-too-new' });
		await site.round(store, 'unavailable');
		await store.close();
		assert.deepEqual(await readFile(site.file), before);
		assert.deepEqual(await readdir(site.folder), ['store.db']);
	});

	it('says why it cannot make its folder, and makes it once it can', async () => {
		await writeFile(site.folder, 'a file in the place of the folder');
		const store = site.open();
		await store.ready;
		assert.deepEqual(site.states, ['unavailable: store-unavailable EEXIST']);
		execFileSync('rm', [site.folder]);
		await site.round(store);
		assert.equal(await store.update('ups/1', set('a', 1)), 'done');
	});

	it('takes a folder that is there already', async () => {
		await mkdir(site.folder);
		const store = site.open();
		assert.equal(await store.update('ups/1', set('a', 1)), 'done');
	});

	it('rejects values that JSON cannot hold, and goes on', async () => {
		const store = site.open();
		await store.update('ups/1', set('a', 1));
		for (const value of [undefined, 1n, () => 1, Symbol('x')])
			await assert.rejects(store.update('ups/1', set('a', value)), TypeError);
		await assert.rejects(store.update('ups/1', set('a', { deep: 1n })), TypeError);
		assert.deepEqual(await store.read('ups/1'), new Map([['a', 1]]));
		assert.equal(await store.update('ups/1', set('a', 2)), 'done');
		assert.deepEqual(site.states, ['ready']);
	});

	it('goes on when listeners throw, and reports it', async () => {
		const store = site.open();
		store.onState(() => {
			throw new Error('mine');
		});
		assert.equal(await store.update('ups/1', set('a', 1)), 'done');
		assert.deepEqual(site.codes(), ['internal']);
	});

	it('keeps everything in memory where Node.js has no database, and names the version that has one', () => {
		const program = `
			const { openStore } = require(${JSON.stringify(require.resolve('../../../nodes/adapter/store/index.js'))});
			const { code, params } = openStore({ directory: process.argv[1] }).state.error;
			console.log(code, params.needed, params.version);`;
		const args = ['--no-experimental-sqlite', '-e', program, site.folder];
		assert.equal(
			execFileSync(process.execPath, args, { encoding: 'utf8' }),
			`store-no-database 22.13 ${process.versions.node}\n`,
		);
	});

	it('reads scopes again that it does not keep in memory', async () => {
		const store = site.open();
		const scopes = Array.from({ length: 20_100 }, (_, index) => `wican/${index}`);
		await Promise.all(scopes.map((scope) => store.update(scope, set('a', scope, { due: null }))));
		await Promise.all(scopes.map((scope) => store.update(scope, claim('n1'))));
		for (const scope of scopes.slice(0, 50)) {
			assert.deepEqual(await store.read(scope), new Map([['a', scope]]));
			assert.equal(await store.update(scope, claim('n1')), 'replayed');
		}
	});

	it('keeps its log short', async () => {
		const store = site.open();
		for (let count = 0; count < 600; count++)
			await store.update('ups/1', set('a', `${count} `.repeat(6_000)));
		assert.ok((await stat(`${site.file}-wal`)).size < 3 << 20);
		assert.ok((await stat(site.file)).size < 100_000);
	});
});
