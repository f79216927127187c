import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Bench, claiming, killed, ROUND, setting } from './store-kit.js';

describe('store and processes', () => {
	const bench = new Bench();
	afterEach(() => bench.clear());

	it('has everything that was committed when the process was killed', async () => {
		const folder = await bench.folder();
		for (let round = 1; round <= 8; round++) {
			const { child } = await bench.child(folder, 'count');
			let kept = 0;
			const enough = new Promise<void>((resolve) => {
				child.on('message', (number: number) => {
					kept = number;
					if (number >= 5 * round) resolve();
				});
			});
			await enough;
			await killed(child);
			const store = bench.open(folder);
			const { version, entries } = await store.read('counter');
			assert.ok(Number(entries.get('state')) >= kept, `${entries.get('state')} of ${kept}`);
			for (let number = 1; number <= kept; number++) {
				const token = `${child.pid}-${number}`;
				assert.equal(await store.commit(claiming('counter', version, token, number)), 'claimed');
			}
			await store.close();
		}
		assert.deepEqual(bench.reports, []);
	});

	it('is a guest while another process owns the files, and takes over at once when that was killed', async () => {
		const folder = await bench.folder();
		const { child, first } = await bench.child(folder, 'own');
		assert.equal(first, 'ready');
		child.send('commit');
		assert.deepEqual(await once(child, 'message'), ['done', undefined]);
		const store = bench.open(folder);
		assert.deepEqual(await store.read('owner'), { version: 0, entries: new Map() });
		const change = { ...setting('guest', 0, 1), ...claiming('guest', 0, 'n1', 10) };
		await assert.rejects(store.commit(change), { code: 'store-in-use' });
		assert.deepEqual(await store.read('guest'), { version: 1, entries: new Map([['state', 1]]) });
		assert.equal(store.healthy, false);
		assert.deepEqual(bench.codes(), ['store-in-use']);
		await killed(child);
		bench.timers.fire(ROUND);
		await bench.until(() => bench.recoveries === 1);
		assert.equal(store.healthy, true);
		assert.deepEqual((await store.read('owner')).entries, new Map([['state', 1]]));
		assert.deepEqual(await store.read('guest'), { version: 2, entries: new Map() });
		assert.equal(await store.commit(claiming('guest', 2, 'n1', 10)), 'claimed');
		await store.close();
		const again = bench.open(folder);
		assert.equal(await again.commit(claiming('guest', 1, 'n1', 10)), 'claimed');
	});

	it('does not disturb the file of a living owner when it begins as a guest', async () => {
		const folder = await bench.folder();
		const { child } = await bench.child(folder, 'own');
		const flush = async () => {
			child.send('flush');
			assert.deepEqual(await once(child, 'message'), ['done', undefined]);
			return (await stat(join(folder, 'store.mdb'))).ino;
		};
		const file = await flush();
		const store = bench.open(folder);
		await assert.rejects(store.commit(setting('guest', 0, 1)), { code: 'store-in-use' });
		assert.equal(await flush(), file);
		await killed(child);
		bench.timers.fire(ROUND);
		await bench.until(() => bench.recoveries === 1);
		assert.deepEqual((await store.read('owner')).entries, new Map([['state', 2]]));
	});

	it('waits until the beat of a silent owner is stale, and locks that one out', async () => {
		const folder = await bench.folder();
		const { child } = await bench.child(folder, 'own');
		const store = bench.open(folder);
		await assert.rejects(store.commit(setting('ups', 0, 1)), { code: 'store-in-use' });
		bench.ahead = 60_000;
		bench.timers.fire(ROUND);
		await bench.until(() => bench.recoveries === 1);
		assert.equal(await store.commit(setting('ups', 2, 'mine')), 'done');
		child.send('commit');
		assert.deepEqual(await once(child, 'message'), ['store-in-use', undefined]);
		await store.close();
		assert.deepEqual((await bench.open(folder).read('owner')).entries, new Map());
	});

	it('gives the files to another store of the same process only after a close', async () => {
		const folder = await bench.folder();
		const first = bench.open(folder);
		await first.commit(setting('ups', 0, 1));
		const second = bench.open(folder);
		await assert.rejects(second.commit(setting('ups', 0, 2)), { code: 'store-in-use' });
		await first.close();
		bench.timers.fire(ROUND);
		await bench.until(() => bench.recoveries === 1);
		assert.deepEqual((await second.read('ups')).entries, new Map([['state', 1]]));
	});

	it('loses the lease when somebody else took it, and gets it back with what that one wrote', async () => {
		const folder = await bench.folder();
		const first = bench.open(folder);
		await first.commit({ ...setting('ups', 0, 'first'), ...claiming('ups', 0, 'n1', 10) });
		const { child } = await bench.child(folder, 'steal');
		await assert.rejects(first.commit(setting('ups', 1, 'late')), { code: 'store-in-use' });
		assert.deepEqual((await first.read('ups')).entries, new Map());
		assert.deepEqual(bench.codes(), ['store-in-use']);
		await killed(child);
		bench.timers.fire(ROUND);
		await bench.until(() => bench.recoveries === 1);
		const { version, entries } = await first.read('ups');
		assert.deepEqual(entries, new Map([['state', 'stolen']]));
		assert.equal(await first.commit(claiming('ups', version, 'n1', 10)), 'claimed');
	});
});
