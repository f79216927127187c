/** What every store has to do. Run on each of them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { OpenedStore, StoreOptions } from '../../../nodes/adapter/store/index.js';
import type { ProtocolError } from '../../../nodes/protocol/common/errors.js';
import type { Decision, Entries, StoredValue } from '../../../nodes/protocol/common/store.js';

export type Environment = Pick<StoreOptions, 'clock' | 'timers' | 'instance' | 'report'>;

/** A place of its own for each test, in which stores keep their data. */
export interface Place {
	/** Opens the store, also again after it was closed. */
	open(environment: Environment): OpenedStore;
	/** Deletes what is there. */
	end(): Promise<void>;
}

export interface StoreKind {
	/** Whether another process, or this one later, finds what was kept. */
	readonly isKept: boolean;
	newPlace(): Promise<Place>;
}

export const ENVIRONMENT: Omit<Environment, 'report'> = {
	clock: { now: () => Date.now(), monotonic: () => performance.now() },
	timers: {
		set: (callback, delay) => setTimeout(callback, delay),
		clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
	},
	instance: 'test',
};

const set = (name: string, value: StoredValue) => () => ({
	result: undefined,
	set: [[name, value]] as const,
});
const claim =
	(token: string, at = 1, floor = 0) =>
	() => ({ result: 'accepted' as const, nonce: { token, at, floor } });

const VALUES: readonly StoredValue[] = [
	null,
	true,
	0,
	-1.5,
	1e300,
	'',
	'5',
	'null',
	'ä\u0000\u2028😀',
	'lone \ud800 surrogate',
	'x'.repeat(100_000),
	[],
	{},
	{ list: [1, { deep: [null, 'x'] }], '': '' },
];

const NAMES = [
	'a',
	'A',
	'ups/1',
	'ups/1/2',
	'{tag}',
	'a:b',
	"'; --",
	'😀',
	'ü',
	'u\u0308',
	'\0',
	'a\0b',
	'\ud800',
];
const LONG_NAMES = ['x'.repeat(5000), `${'x'.repeat(5000)}y`];

/** Describes a store for mocha. */
export function describeStore(title: string, { isKept, newPlace }: StoreKind): void {
	describe(title, () => {
		let place: Place;
		let store: OpenedStore;
		let reports: ProtocolError[];

		const open = async (): Promise<void> => {
			store = place.open({ ...ENVIRONMENT, report: (error) => reports.push(error) });
			await store.ready;
		};
		const reopen = async (): Promise<void> => {
			await store.close();
			await open();
		};
		/** Calls the check, and once more after the store was opened anew. */
		const alsoLater = async (check: () => Promise<void>): Promise<void> => {
			await check();
			if (!isKept) return;
			await reopen();
			await check();
		};
		const assertEntries = async (scope: string, expected: Record<string, StoredValue>): Promise<void> =>
			assert.deepEqual(Object.fromEntries(await store.read(scope)), expected);
		const nextDue = (prefix: string): Promise<string> =>
			new Promise((resolve) => {
				const stop = store.onDue(prefix, (scope) => {
					stop();
					resolve(scope);
				});
			});

		beforeEach(async () => {
			reports = [];
			place = await newPlace();
			await open();
		});

		afterEach(async () => {
			await store.close();
			await place.end();
			assert.deepEqual(
				reports.map(({ code }) => code),
				[],
			);
		});

		it('says whether what it keeps outlives the process', () => {
			assert.equal(store.state.name, isKept ? 'ready' : 'memory-only');
		});

		describe('entries', () => {
			it('has none in a scope that was never written', async () => {
				await alsoLater(() => assertEntries('ups/1', {}));
			});

			it('keeps what a decision sets, and gives its result', async () => {
				const result = await store.update('ups/1', () => ({ result: { yes: 1 }, set: [['state', 'new']] }));
				assert.deepEqual(result, { yes: 1 });
				await alsoLater(() => assertEntries('ups/1', { state: 'new' }));
			});

			it('decides on what the scope holds', async () => {
				await store.update('ups/1', set('count', 1));
				await store.update('ups/1', (entries) => ({
					result: undefined,
					set: [['count', Number(entries.get('count')) + 1]],
				}));
				await alsoLater(() => assertEntries('ups/1', { count: 2 }));
			});

			it('replaces, adds and removes by one decision', async () => {
				await store.update('ups/1', () => ({
					result: 0,
					set: [
						['a', 1],
						['b', 1],
						['c', 1],
					],
				}));
				await store.update('ups/1', () => ({
					result: 0,
					remove: ['a', 'c', 'missing'],
					set: [
						['b', 2],
						['d', 2],
						['c', 2],
					],
				}));
				await alsoLater(() => assertEntries('ups/1', { b: 2, c: 2, d: 2 }));
			});

			it('has a scope without entries again once all are removed', async () => {
				await store.update('ups/1', set('a', 1));
				await store.update('ups/1', () => ({ result: 0, remove: ['a'] }));
				await alsoLater(() => assertEntries('ups/1', {}));
				await store.update('ups/1', set('a', 2));
				await alsoLater(() => assertEntries('ups/1', { a: 2 }));
			});

			it('changes nothing by an empty decision', async () => {
				await store.update('ups/1', set('a', 1));
				assert.equal(await store.update('ups/1', ({ size }) => ({ result: size, set: [], remove: [] })), 1);
				await alsoLater(() => assertEntries('ups/1', { a: 1 }));
			});

			it('keeps a durable decision', async () => {
				await store.update('ups/1', () => ({ result: 0, set: [['queue', [1]]], durable: true }));
				await alsoLater(() => assertEntries('ups/1', { queue: [1] }));
			});

			it('keeps values as JSON has them', async () => {
				await Promise.all(VALUES.map((value, index) => store.update('values', set(`v${index}`, value))));
				await alsoLater(async () => {
					const entries = await store.read('values');
					assert.deepEqual(
						VALUES.map((_, index) => entries.get(`v${index}`)),
						VALUES,
					);
				});
			});

			it('tells long and odd names of scopes and entries apart', async () => {
				const names = [...NAMES, ...LONG_NAMES];
				for (const scope of names)
					await store.update(scope, () => ({
						result: 0,
						set: names.map((name) => [name, [scope, name]] as const),
					}));
				await alsoLater(async () => {
					for (const scope of names) {
						const entries = await store.read(scope);
						assert.equal(entries.size, names.length);
						for (const name of names) assert.deepEqual(entries.get(name), [scope, name]);
					}
				});
			});

			it('keeps ten thousand scopes', async () => {
				const scopes = Array.from({ length: 10_000 }, (_, index) => `wican/car ${index}`);
				await Promise.all(scopes.map((scope) => store.update(scope, set('state', { scope }))));
				await alsoLater(async () => {
					const found = await Promise.all(scopes.map((scope) => store.read(scope)));
					assert.deepEqual(
						found.map((entries) => entries.get('state')),
						scopes.map((scope) => ({ scope })),
					);
				});
			});
		});

		describe('a read', () => {
			it('gives a copy that later updates do not change', async () => {
				await store.update('ups/1', set('a', 1));
				const entries = await store.read('ups/1');
				await store.update('ups/1', set('a', 2));
				assert.deepEqual(entries, new Map([['a', 1]]));
			});

			it('gives a copy that may be changed', async () => {
				await store.update('ups/1', set('a', 1));
				((await store.read('ups/1')) as Map<string, StoredValue>).clear();
				await alsoLater(() => assertEntries('ups/1', { a: 1 }));
			});

			it('has in it what was called before', async () => {
				store.update('ups/1', set('a', 1));
				const first = store.read('ups/1');
				store.update('ups/1', set('a', 2));
				assert.deepEqual(Object.fromEntries(await first), { a: 1 });
				await assertEntries('ups/1', { a: 2 });
			});
		});

		describe('updates of one scope', () => {
			it('are decided one on the other, and resolve in the order of their calls with the reads between them', async () => {
				const resolved: number[] = [];
				const count = (entries: Entries) => Number(entries.get('count') ?? 0) + 1;
				const calls = Array.from({ length: 200 }, async (_, index) => {
					if (index % 2 === 0)
						await store.update('ups/1', (entries) => ({
							result: 0,
							set: [['count', count(entries)]],
							durable: index % 20 === 0,
						}));
					else assert.equal((await store.read('ups/1')).get('count'), (index + 1) / 2);
					resolved.push(index);
				});
				await Promise.all(calls);
				assert.deepEqual(
					resolved,
					Array.from({ length: 200 }, (_, index) => index),
				);
				await alsoLater(() => assertEntries('ups/1', { count: 100 }));
			});

			it('go on after a decision that threw, which changed nothing', async () => {
				const before = store.update('ups/1', set('a', 1));
				const failed = store.update('ups/1', () => {
					throw new RangeError('mine');
				});
				const after = store.update('ups/1', set('b', 1));
				await assert.rejects(failed, new RangeError('mine'));
				await Promise.all([before, after]);
				await alsoLater(() => assertEntries('ups/1', { a: 1, b: 1 }));
			});
		});

		describe('a nonce', () => {
			it('is accepted once', async () => {
				assert.equal(await store.update('ups/1', claim('n1')), 'accepted');
				await alsoLater(async () => assert.equal(await store.update('ups/1', claim('n1')), 'replayed'));
			});

			it('is accepted once of many at the same time', async () => {
				const results = await Promise.all(
					Array.from({ length: 20 }, () => store.update('ups/1', claim('n1'))),
				);
				assert.deepEqual(results, ['accepted', ...Array(19).fill('replayed')]);
			});

			it('that was accepted before keeps its decision from changing anything', async () => {
				await store.update('ups/1', claim('n1'));
				const decision = { ...claim('n1')(), set: [['a', 1]] as const, due: store.now(), durable: true };
				assert.equal(await store.update('ups/1', () => decision), 'replayed');
				await alsoLater(() => assertEntries('ups/1', {}));
			});

			it('of one scope is none of another', async () => {
				await store.update('ups/1', claim('n1'));
				assert.equal(await store.update('ups/2', claim('n1')), 'accepted');
			});

			it('may have a long and odd token', async () => {
				const tokens = [...NAMES, ...LONG_NAMES];
				for (const token of tokens) assert.equal(await store.update('ups/1', claim(token)), 'accepted');
				await alsoLater(async () => {
					for (const token of tokens) assert.equal(await store.update('ups/1', claim(token)), 'replayed');
				});
			});

			it('is never forgotten while it is above the floor', async () => {
				for (let at = 1; at <= 300; at++) await store.update('ups/1', claim(`n${at}`, at, at - 100));
				await alsoLater(async () => {
					for (let at = 201; at <= 300; at++)
						assert.equal(await store.update('ups/1', claim(`n${at}`, at, 200)), 'replayed');
				});
			});
		});

		describe('a due time', () => {
			it('is told with its scope once it has passed', async () => {
				const due = nextDue('ups/');
				await store.update('ups/1', () => ({ result: 0, due: store.now() + 20 }));
				assert.equal(await due, 'ups/1');
			});

			it('that has passed already is told at once', async () => {
				const due = nextDue('');
				await store.update('ups/1', () => ({ result: 0, due: store.now() - 1000 }));
				assert.equal(await due, 'ups/1');
			});

			it('is told to whoever asks for the beginning of its scope', async () => {
				const told: string[] = [];
				store.onDue('wican/', (scope) => told.push(scope));
				const due = Promise.all([nextDue('ups/2'), nextDue('wican/')]);
				for (const scope of ['ups/1', 'wican/1', 'ups/2'])
					await store.update(scope, (_, now) => ({ result: 0, due: now + 20 }));
				assert.deepEqual(await due, ['ups/2', 'wican/1']);
				assert.deepEqual(told, ['wican/1']);
			});

			it('that was moved or removed before is not told', async () => {
				const told: string[] = [];
				store.onDue('ups/', (scope) => told.push(scope));
				await store.update('ups/1', (_, now) => ({ result: 0, due: now + 30_000 }));
				await store.update('ups/1', (_, now) => ({ result: 0, due: now + 60_000 }));
				await store.update('ups/2', (_, now) => ({ result: 0, due: now + 30_000 }));
				await store.update('ups/2', () => ({ result: 0, due: null }));
				const due = nextDue('wican/');
				await store.update('wican/1', (_, now) => ({ result: 0, due: now }));
				await due;
				assert.deepEqual(told, []);
			});

			it('stays when a decision says nothing of it', async () => {
				const due = nextDue('ups/');
				await store.update('ups/1', (_, now) => ({ result: 0, due: now + 50 }));
				await store.update('ups/1', set('a', 1));
				assert.equal(await due, 'ups/1');
			});

			it('is not told any more to whoever does not want it', async () => {
				const told: string[] = [];
				store.onDue('ups/', (scope) => told.push(scope))();
				const due = nextDue('ups/');
				await store.update('ups/1', (_, now) => ({ result: 0, due: now }));
				await due;
				assert.deepEqual(told, []);
			});

			if (isKept)
				it('that has passed while the store was closed is told after it was opened', async () => {
					await store.update('ups/1', (_, now) => ({ result: 0, due: now }));
					await store.update('ups/2', (_, now) => ({ result: 0, due: now }));
					await store.update('ups/2', () => ({ result: 0, due: null }));
					await store.close();
					store = place.open({ ...ENVIRONMENT, report: (error) => reports.push(error) });
					assert.equal(await nextDue('ups/'), 'ups/1');
				});
		});

		it('has a time that goes on, and gives it to decisions', async () => {
			const before = store.now();
			const given = await store.update('ups/1', (_, now) => ({ result: now }));
			assert.ok(given !== 'replayed' && before <= given && given <= store.now());
			assert.ok(Math.abs(given - Date.now()) < 60_000);
		});

		if (isKept) {
			it('keeps what was called before it was closed, and refuses what comes later', async () => {
				const called = store.update('ups/1', set('a', 1));
				const closed = store.close();
				const refused = { code: 'store-unavailable' };
				await assert.rejects(store.update('ups/1', set('a', 2)), refused);
				await assert.rejects(store.read('ups/1'), refused);
				await Promise.all([called, closed]);
				await open();
				await assertEntries('ups/1', { a: 1 });
			});

			it('takes updates before it is open', async () => {
				await store.close();
				store = place.open({ ...ENVIRONMENT, report: (error) => reports.push(error) });
				await store.update('ups/1', set('a', 1));
				await assertEntries('ups/1', { a: 1 });
			});
		}

		it('holds what a model holds after any updates', async () => {
			const perform = async (step: Step | 'reopen', run: string, model: Model): Promise<void> => {
				if (step !== 'reopen')
					assert.equal(await store.update(run + step.scope, () => decisionOf(step)), model.update(step));
				else if (isKept) await reopen();
			};
			const holds = async (steps: readonly (Step | 'reopen')[], run: string): Promise<void> => {
				const model = new Model();
				for (const step of steps) await perform(step, run, model);
				for (const [scope, entries] of model.scopes) assert.deepEqual(await store.read(run + scope), entries);
			};
			await fc.assert(fc.asyncProperty(fc.array(STEP, { maxLength: 30 }), fc.uuid(), holds), { numRuns: 15 });
		});
	});
}

/** Claims a token, sets entries to it, and removes others. */
interface Step {
	readonly scope: string;
	readonly names: readonly string[];
	readonly removed: readonly string[];
	readonly token: number;
}

function decisionOf({ names, removed, token }: Step): Decision<number> {
	return {
		result: token,
		set: names.map((name) => [name, token] as const),
		remove: removed,
		nonce: { token: String(token), at: 1, floor: 0 },
	};
}

class Model {
	readonly scopes = new Map<string, Map<string, StoredValue>>();
	private readonly claimed = new Set<string>();

	update({ scope, names, removed, token }: Step): number | 'replayed' {
		const nonce = `${scope} ${token}`;
		if (this.claimed.has(nonce)) return 'replayed';
		this.claimed.add(nonce);
		const entries = this.scopes.get(scope) ?? new Map<string, StoredValue>();
		this.scopes.set(scope, entries);
		for (const name of removed) entries.delete(name);
		for (const name of names) entries.set(name, token);
		return token;
	}
}

const NAME = fc.constantFrom('a', 'b', 'c');
const STEP = fc.oneof(
	{ weight: 1, arbitrary: fc.constant('reopen' as const) },
	{
		weight: 9,
		arbitrary: fc.record({
			scope: fc.constantFrom('ups/1', 'ups/2'),
			names: fc.array(NAME, { maxLength: 3 }),
			removed: fc.array(NAME, { maxLength: 2 }),
			token: fc.nat(40),
		}),
	},
);
