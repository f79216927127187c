import assert from 'node:assert/strict';
import { claim, increment, type Play, refused, set, Watched, WELL } from './redis-kit.js';

/** Lets everything happen that waits for nothing else. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a shared store and what its server answers', () => {
	let watched: Watched | undefined;

	const open = async (answers: Readonly<Record<string, unknown>> = {}, play?: Play): Promise<Watched> => {
		const all = { ...WELL, ...answers };
		watched = Watched.over((command, args) => {
			const played = play?.(command, args);
			return played === undefined ? all[command] : played;
		});
		await watched.store.ready;
		return watched;
	};

	afterEach(() => watched?.store.close());

	it('decides at most 17 times where others are always faster, and stays as it is', async () => {
		let decisions = 0;
		const { store } = await open({ EVALSHA: ['conflict', ['version', 'v', '.count', '7']] });
		const update = store.update('ups/1', (entries) => {
			decisions++;
			return increment(entries);
		});
		await assert.rejects(update, { code: 'store-unavailable' });
		assert.equal(decisions, 17);
		assert.equal(store.state.name, 'ready');
	});

	it('decides on what it is told with a conflict', async () => {
		const answers = [['conflict', ['version', 'v', '.count', '7']], ['ok']];
		const sent: (readonly string[])[] = [];
		const { store } = await open({}, (command, args) => {
			if (command !== 'EVALSHA') return undefined;
			sent.push(args);
			return answers.shift();
		});
		assert.equal(await store.update('ups/1', increment), 8);
		const known = sent.map((args) => args[7]);
		assert.deepEqual(known, ['', 'v']);
	});

	it('sends the script itself where the server does not know it', async () => {
		const { store } = await open({ EVALSHA: refused('NOSCRIPT No matching script.'), EVAL: ['ok'] });
		assert.equal(await store.update('ups/1', increment), 1);
		assert.equal(store.state.name, 'ready');
	});

	describe('about durability', () => {
		/** Answers to WAITAOF that the test gives. */
		let waiting: ((answer: unknown) => void)[];
		const playSync: Play = (command, [number]) =>
			command === 'WAITAOF' && number === '1' ? new Promise((resolve) => waiting.push(resolve)) : undefined;

		beforeEach(() => {
			waiting = [];
		});

		const order = (...updates: Promise<unknown>[]): string[] => {
			const resolved: string[] = [];
			for (const [index, update] of updates.entries())
				update.then(
					() => resolved.push(`${index}`),
					({ code }) => resolved.push(`${index} ${code}`),
				);
			return resolved;
		};

		it('waits for the disk before a durable update resolves, and before those that are decided upon it', async () => {
			const { store, reports } = await open({}, playSync);
			const resolved = order(
				store.update('ups/1', set('a', 1)),
				store.update('ups/1', set('a', 2, { durable: true })),
				store.read('ups/1'),
				store.update('ups/2', set('a', 1)),
			);
			while (waiting.length === 0) await settled();
			await settled();
			assert.deepEqual(resolved.sort(), ['0', '3']);
			waiting[0]?.([1, 0]);
			await settled();
			assert.deepEqual(resolved.slice(2), ['1', '2']);
			assert.deepEqual(reports, []);
		});

		it('lets updates that come during a sync share the next one', async () => {
			const { store } = await open({}, playSync);
			const durable = (scope: string) => store.update(scope, set('a', 1, { durable: true }));
			const first = order(durable('ups/1'));
			while (waiting.length === 0) await settled();
			const others = order(durable('ups/2'), durable('ups/3'), durable('ups/4'));
			await settled();
			waiting[0]?.([1, 0]);
			while (waiting.length === 1) await settled();
			assert.deepEqual([first, others], [['0'], []]);
			waiting[1]?.([1, 0]);
			await settled();
			assert.deepEqual([others, waiting.length], [['0', '1', '2'], 2]);
		});

		it('does not know what becomes of an update that the server has not synced', async () => {
			const { store } = await open({}, playSync);
			const resolved = order(
				store.update('ups/1', set('a', 1, { durable: true })),
				store.update('ups/1', increment),
			);
			while (waiting.length === 0) await settled();
			waiting[0]?.([0, 0]);
			await watched?.until('unavailable store-unreachable');
			await settled();
			assert.deepEqual(resolved, ['0 store-outcome-unknown', '1 store-outcome-unknown']);
		});

		const NO_WAITAOF = refused("ERR unknown command 'WAITAOF'");
		const cases = [
			['syncs each change before it answers', { CONFIG: ['appendfsync', 'always'] }, []],
			[
				'syncs each change, and cannot be asked',
				{ CONFIG: ['appendfsync', 'always'], WAITAOF: NO_WAITAOF },
				[],
			],
			['does not let itself be asked for its settings', { CONFIG: refused('NOPERM') }, []],
			['cannot be asked whether it has synced', { WAITAOF: NO_WAITAOF }, ['store-not-durable']],
			['leaves it to the system', { CONFIG: ['appendfsync', 'no'] }, ['store-not-durable']],
			['has no file', { INFO: 'maxmemory_policy:noeviction\r\naof_enabled:0\r\n' }, ['store-not-durable']],
			['tells nothing of itself', { INFO: refused('NOPERM') }, ['store-evicts', 'store-not-durable']],
		] as const;
		for (const [title, answers, codes] of cases)
			it(`knows whether to warn of a server that ${title}`, async () => {
				const { store, reports } = await open(answers);
				assert.deepEqual(
					reports.map(({ code }) => code),
					codes,
				);
				assert.equal(await store.update('ups/1', set('a', 1, { durable: true })), 'done');
			});
	});

	describe('about the time', () => {
		it('takes that of the server', async () => {
			const { store } = await open();
			assert.ok(store.now() >= 1_795_200_781_000 && store.now() < 1_795_200_841_000);
		});

		it('measures it anew when the server says that it is later than it seemed', async () => {
			let time = 1_795_200_781;
			const answers = [['late'], ['ok']];
			const { store } = await open({}, (command) => {
				if (command === 'TIME') return [String(time), '0'];
				return command === 'EVALSHA' ? answers.shift() : undefined;
			});
			time += 3600;
			assert.equal(await store.update('ups/1', claim('n')), 'accepted');
			assert.ok(store.now() >= 1_795_204_381_000);
		});
	});

	it('tells nothing of what an old server repeats of the login', async () => {
		const { said, reason } = await open({
			SETNX: refused('ERR unknown command `X`, with args beginning with: `user` `s3cr'),
		});
		assert.deepEqual(
			[reason, said.some((text) => text.includes('s3cr'))],
			['ERR unknown command `X`', false],
		);
	});

	it('survives listeners that throw, and tells of them', async () => {
		const { store, reports } = await open({ ZRANGEBYSCORE: ['ups/1', '5'] });
		const called = new Promise<void>((resolve) => {
			store.onDue('ups/', () => {
				resolve();
				throw new Error('mine');
			});
		});
		await called;
		await settled();
		assert.deepEqual(
			reports.map(({ code }) => code),
			['internal'],
		);
	});
});
