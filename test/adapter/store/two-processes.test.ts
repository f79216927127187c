/** Two processes that change the same devices over one store, in any order, and may die in the middle of it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type OpenedStore, openStore } from '../../../nodes/adapter/store/index.js';
import { Outbox } from '../../../nodes/protocol/common/outbox.js';
import type { Store } from '../../../nodes/protocol/common/store.js';
import { ENVIRONMENT, type Environment } from './conformance.js';
import { describeWithRedis } from './find-redis.js';
import { RedisServer } from './redis-server.js';

/** Longer than an outbox leaves an item to the process that put it in, milliseconds. */
const LATER = 6_000;

const SCOPES = ['ups/1', 'ups/2'];

/** One process: its view of the store, and what it told of whom. */
class Process {
	private static count = 0;
	readonly outbox: Outbox<string>;
	/** Resolves when the process dies. */
	readonly dead: Promise<'dead'>;
	private isDead = false;
	private endLife: () => void = () => {};

	/**
	 * @param ahead by how much the store's time is later than it is
	 * @param told takes what any process tells
	 */
	constructor(
		private readonly store: Store,
		private readonly ahead: () => number,
		told: string[],
	) {
		this.dead = new Promise((resolve) => {
			this.endLife = () => resolve('dead');
		});
		const environment = {
			store: this.view(),
			monotonic: () => performance.now() + ahead(),
			instance: `process-${++Process.count}`,
			report: (error: unknown) => assert.fail(String(error)),
		};
		this.outbox = new Outbox(environment, {
			isReadable: (content): content is string => typeof content === 'string',
			notify: (_, content) => {
				if (!this.isDead) told.push(content);
				return true;
			},
		});
	}

	/** Nothing reaches the store from it any more, nor the other way round; what is on its way may arrive or not. */
	die(): void {
		this.isDead = true;
		this.endLife();
	}

	/** Counts a report of a device, whose nonce has to be new, and tells it. Never ends where the process dies. */
	async report(scope: string, token: string): Promise<number | 'replayed'> {
		const content = `${scope} ${token}`;
		const counted = await this.view().update(scope, (entries, now) => {
			const count = Number(entries.get('count') ?? 0) + 1;
			const items = this.outbox.put(entries, now, [content]);
			return { result: count, set: [['count', count], ...items], nonce: { token, at: 1, floor: 0 } };
		});
		if (counted !== 'replayed') await this.outbox.flush(scope);
		return counted;
	}

	private view(): Store {
		const { store, ahead } = this;
		const alive = <T>(work: () => Promise<T>): Promise<T> => {
			const never = new Promise<never>(() => {});
			if (this.isDead) return never;
			return work().then((result) => (this.isDead ? never : result));
		};
		return {
			read: (scope) => alive(() => store.read(scope)),
			update: (scope, decide) =>
				alive(() => store.update(scope, (entries, now) => decide(entries, now + ahead()))),
			now: () => store.now() + ahead(),
			shared: true,
			get state() {
				return store.state;
			},
			onState: (listener) => store.onState(listener),
			onDue: (prefix, listener) => store.onDue(prefix, listener),
		};
	}
}

interface Step {
	readonly process: 0 | 1;
	readonly scope: number;
	readonly token: number;
	/** How many turns of the event loop it waits. */
	readonly delay: number;
	/** Whether its process dies at this moment instead. */
	readonly dies: boolean;
}

const stepOf = (dies: fc.Arbitrary<boolean>): fc.Arbitrary<Step> =>
	fc.record({
		process: fc.constantFrom(0 as const, 1 as const),
		scope: fc.nat(SCOPES.length - 1),
		token: fc.nat(12),
		delay: fc.nat(6),
		dies,
	});

const turns = async (count: number): Promise<void> => {
	for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** Performs steps at the same time, and lets those that are alive bring everything to its end. */
class Run {
	readonly told: string[] = [];
	readonly accepted: string[] = [];
	readonly processes: [Process, Process];
	private ahead = 0;

	constructor(
		private readonly stores: readonly [Store, Store],
		private readonly id: string,
	) {
		this.processes = [this.start(0), this.start(1)];
	}

	async perform(steps: readonly Step[]): Promise<void> {
		await Promise.all(steps.map((step) => this.step(step)));
		// What a dead process had sent has arrived by then.
		for (const store of this.stores) await Promise.all(SCOPES.map((scope) => this.read(store, scope)));
		this.ahead += LATER;
		for (const scope of SCOPES) for (const { outbox } of this.processes) await outbox.flush(this.id + scope);
	}

	async assertNothingLost(): Promise<void> {
		for (const scope of SCOPES) {
			const entries = await this.read(this.stores[0], scope);
			const told = new Set(this.told.filter((content) => content.startsWith(`${this.id}${scope} `)));
			assert.equal(told.size, Number(entries.get('count') ?? 0));
			assert.deepEqual(
				[...entries.keys()].filter((name) => name !== 'count'),
				[],
			);
		}
		assert.equal(new Set(this.accepted).size, this.accepted.length);
		for (const content of this.accepted) assert.ok(this.told.includes(content), `${content} was not told`);
	}

	private start(which: 0 | 1): Process {
		return new Process(this.stores[which], () => this.ahead, this.told);
	}

	private read(store: Store, scope: string) {
		return store.read(this.id + scope);
	}

	private async step({ process: which, scope, token, delay, dies }: Step): Promise<void> {
		await turns(delay);
		const process = this.processes[which];
		if (dies) {
			process.die();
			this.processes[which] = this.start(which);
			return;
		}
		const name = `${this.id}${SCOPES[scope]}`;
		const counted = await Promise.race([process.report(name, String(token)), process.dead]);
		if (typeof counted === 'number') this.accepted.push(`${name} ${token}`);
	}
}

function describeProcesses(open: (environment: Environment) => readonly [OpenedStore, OpenedStore]): void {
	let stores: readonly [OpenedStore, OpenedStore];

	before(() => {
		stores = open({ ...ENVIRONMENT, report: (error) => assert.fail(String(error)) });
	});

	after(async () => {
		for (const store of stores) await store.close();
	});

	const holds = (dies: fc.Arbitrary<boolean>, check: (run: Run) => Promise<void>): Promise<void> =>
		fc.assert(
			fc.asyncProperty(fc.array(stepOf(dies), { maxLength: 40 }), async (steps) => {
				const run = new Run(stores, `${randomUUID()}/`);
				await run.perform(steps);
				await check(run);
			}),
			{ seed: 13, numRuns: 40 },
		);

	it('lose no update, accept a nonce once, and tell each item once', () =>
		holds(fc.constant(false), async (run) => {
			await run.assertNothingLost();
			assert.deepEqual([...run.told].sort(), [...run.accepted].sort());
		}));

	it('tell each item at least once where one of them dies', () =>
		holds(
			fc.nat(9).map((chance) => chance === 0),
			(run) => run.assertNothingLost(),
		));
}

describe('two processes over one store', () => {
	describe('in memory', () => {
		describeProcesses((environment) => {
			const store = openStore(environment);
			return [store, store];
		});
	});

	describe('on SQLite', () => {
		let userDir: string;

		before(async () => {
			userDir = await mkdtemp(join(tmpdir(), 'wattpost-processes-'));
		});

		describeProcesses((environment) => {
			const store = openStore({ ...environment, directory: join(userDir, 'wattpost') });
			return [store, store];
		});

		after(() => rm(userDir, { recursive: true }));
	});

	describeWithRedis('on a Redis or Valkey server', () => {
		let server: RedisServer;

		before(async () => {
			server = await RedisServer.start();
		});

		describeProcesses((environment) => {
			const options = { ...environment, url: server.url };
			return [openStore(options), openStore(options)];
		});

		after(() => server.end());
	});
});
