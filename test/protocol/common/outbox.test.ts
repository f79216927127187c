import assert from 'node:assert/strict';
import { MemoryStore } from '../../../nodes/protocol/common/memory-store.js';
import { OUTBOX, Outbox } from '../../../nodes/protocol/common/outbox.js';
import { ManualTime } from '../manual-time.js';

const START = 1_795_200_781_000;
const DAY = 86_400_000;

interface Process {
	readonly outbox: Outbox<string>;
	readonly told: string[];
	readonly problems: unknown[];
	isListening: boolean;
}

const isString = (content: unknown): content is string => typeof content === 'string';

function setUp(isShared = true) {
	const time = new ManualTime(START);
	const report = (error: unknown): void => assert.fail(String(error));
	const store = new (class extends MemoryStore {
		override readonly shared = isShared;
	})({ clock: time, timers: time, report });
	const start = (instance: string): Process => {
		const told: string[] = [];
		const problems: unknown[] = [];
		const environment = {
			store,
			instance,
			monotonic: () => time.monotonic(),
			report: (error: unknown) => problems.push(error),
		};
		const outbox = new Outbox<string>(environment, {
			isReadable: isString,
			notify: (scope, content) => {
				if (content === 'bad') throw new Error('a listener failed');
				if (started.isListening) told.push(`${scope} ${content}`);
				return started.isListening;
			},
		});
		const started: Process = { outbox, told, problems, isListening: true };
		return started;
	};
	const put = ({ outbox }: Process, ...contents: string[]) =>
		store.update('ups/A', (entries, now) => ({
			result: undefined,
			set: outbox.put(entries, now, contents),
		}));
	const left = async (): Promise<number> =>
		[...(await store.read('ups/A')).keys()].filter((name) => name.startsWith(OUTBOX)).length;
	return { time, store, start, put, left };
}

describe('an outbox', () => {
	it('tells what was put in, in its order, once, and is empty then', async () => {
		const { start, put, left } = setUp();
		const one = start('one');
		await put(one, 'a', 'b');
		await put(one, 'c');
		await one.outbox.flush('ups/A');
		await one.outbox.flush('ups/A');
		assert.deepEqual(one.told, ['ups/A a', 'ups/A b', 'ups/A c']);
		assert.equal(await left(), 0);
	});

	it('tells what comes in while it is being told', async () => {
		const { start, put, left } = setUp();
		const one = start('one');
		await put(one, 'a');
		const flushed = one.outbox.flush('ups/A');
		await put(one, 'b');
		await Promise.all([flushed, one.outbox.flush('ups/A')]);
		assert.deepEqual(one.told, ['ups/A a', 'ups/A b']);
		assert.equal(await left(), 0);
	});

	it('leaves the items of another process alone for 5 s, then takes them over, once', async () => {
		const { time, start, put, left } = setUp();
		const [dead, one, other] = [start('dead'), start('one'), start('other')];
		await put(dead, 'a');
		await time.advance(4999);
		await one.outbox.flush('ups/A');
		assert.deepEqual(one.told, []);
		await time.advance(1);
		await Promise.all([one.outbox.flush('ups/A'), other.outbox.flush('ups/A')]);
		assert.deepEqual([...one.told, ...other.told], ['ups/A a']);
		assert.equal(await left(), 0);
	});

	it('takes over at once what a process left that had the store alone', async () => {
		const { start, put, left } = setUp(false);
		const [dead, one] = [start('dead'), start('one')];
		await put(dead, 'a');
		await one.outbox.flush('ups/A');
		assert.deepEqual(one.told, ['ups/A a']);
		assert.equal(await left(), 0);
	});

	it('is looked at again in time: its due time says when', async () => {
		const { time, store, start, put } = setUp();
		const one = start('one');
		await put(one, 'a');
		const items = one.outbox.items(await store.read('ups/A')).map(([, item]) => item);
		assert.equal(one.outbox.dueOf(items), time.now() + 5000);
		assert.equal(one.outbox.dueOf([]), undefined);
	});

	it('keeps what nobody listens to, and tries it less and less often', async () => {
		const { time, store, start, put, left } = setUp();
		const one = start('one');
		one.isListening = false;
		await put(one, 'a');
		const waits: number[] = [];
		for (let tries = 0; tries < 4; tries++) {
			const items = one.outbox.items(await store.read('ups/A')).map(([, item]) => item);
			const wait = (one.outbox.dueOf(items) ?? 0) - time.now();
			waits.push(wait);
			await time.advance(wait);
			await one.outbox.flush('ups/A');
		}
		assert.deepEqual(waits, [5000, 10_000, 20_000, 40_000]);
		one.isListening = true;
		await one.outbox.flush('ups/A');
		assert.deepEqual(one.told, ['ups/A a']);
		assert.equal(await left(), 0);
	});

	it('gives a process that has just started at once what nobody listened to before', async () => {
		const { time, start, put } = setUp();
		const before = start('before');
		before.isListening = false;
		await put(before, 'a');
		await time.advance(5000);
		await before.outbox.flush('ups/A');
		const after = start('after');
		await after.outbox.flush('ups/A');
		assert.deepEqual(after.told, ['ups/A a']);
	});

	it('forgets after a day what nobody listens to, but not in the first hour after a start', async () => {
		const { time, start, put, left } = setUp();
		const one = start('one');
		one.isListening = false;
		await put(one, 'a');
		await time.advance(5000);
		await one.outbox.flush('ups/A');
		await time.advance(2 * DAY);
		const restarted = start('restarted');
		restarted.isListening = false;
		await restarted.outbox.flush('ups/A');
		assert.equal(await left(), 1);
		await time.advance(DAY);
		await restarted.outbox.flush('ups/A');
		assert.equal(await left(), 0);
	});

	it('keeps the newest 200 items that nobody listens to', async () => {
		const { start, put, left } = setUp();
		const one = start('one');
		one.isListening = false;
		await put(one, ...Array.from({ length: 250 }, (_, index) => String(index)));
		await one.outbox.flush('ups/A');
		assert.equal(await left(), 200);
		one.isListening = true;
		await one.outbox.flush('ups/A');
		assert.deepEqual([one.told[0], one.told.at(-1)], ['ups/A 50', 'ups/A 249']);
	});

	it('reports a listener that fails, and tells the others', async () => {
		const { start, put, left } = setUp();
		const one = start('one');
		await put(one, 'a', 'bad', 'c');
		await one.outbox.flush('ups/A');
		assert.deepEqual(one.told, ['ups/A a', 'ups/A c']);
		assert.equal(one.problems.length, 1);
		assert.equal(await left(), 0);
	});

	it('leaves alone what it cannot read', async () => {
		const { store, start, left } = setUp();
		const one = start('one');
		await store.update('ups/A', () => ({
			result: undefined,
			set: [
				[`${OUTBOX}x`, { seq: 1, at: 0, by: 'one', since: 0, tries: 0, content: { of: 'a later version' } }],
				[`${OUTBOX}y`, null],
			],
		}));
		await one.outbox.flush('ups/A');
		assert.deepEqual([one.told, one.problems], [[], []]);
		assert.equal(await left(), 2);
	});
});
