/**
 * The embedded store. It decides on scopes in memory and hands the changes to a worker thread, one batch at a time: the main
 * thread never waits for the disk. When a batch fails, memory is dropped, since later decisions were made on what it changed.
 */
import { join } from 'node:path';
import { DueTimes } from '../../protocol/common/due-times.js';
import { ProtocolError } from '../../protocol/common/errors.js';
import type { Decision, Entries, StoreState } from '../../protocol/common/store.js';
import { type TimerHandle, within } from '../../protocol/common/time.js';
import { Batch, type ScopeChange } from './batch.js';
import { CurrentState, outcomeUnknown, unavailable } from './current-state.js';
import type { OpenedStore, StoreOptions } from './index.js';
import { type Cached, ScopeCache } from './scope-cache.js';
import type { Reply, Request } from './sqlite-worker.js';
import { PATIENCE, WorkerChannel } from './worker-channel.js';

/** How often the files are looked after, and an unavailable database is tried again. Milliseconds. */
const ROUND = 5_000;

/** Types of values that JSON cannot hold. */
const NO_JSON: readonly string[] = ['undefined', 'function', 'symbol', 'bigint'];

/** The worker's program. */
export const WORKER = join(__dirname, 'sqlite-worker.js');

const HANGS = 'the disk does not answer';

export class SqliteStore implements OpenedStore {
	readonly shared = false;
	readonly ready: Promise<void>;
	private readonly current: CurrentState;
	private readonly dueTimes: DueTimes;
	private readonly worker: WorkerChannel;
	private readonly scopes = new ScopeCache();
	/** What the worker is at. */
	private writing: Batch | undefined;
	private loading: string[] = [];
	/** What it is to write next. */
	private gathering: Batch | undefined;
	private isRoundDue = true;
	private round: TimerHandle;
	private isClosing = false;
	private ended: Promise<void> | undefined;
	private opened: () => void = () => {};
	private closed: () => void = () => {};

	/** @param program the worker's; another one in tests */
	constructor(
		private readonly options: StoreOptions,
		directory: string,
		program = WORKER,
	) {
		this.current = new CurrentState(options);
		this.dueTimes = new DueTimes(options.clock, options.timers, (error) =>
			this.current.reportInternal(error),
		);
		this.worker = new WorkerChannel(program, directory, options, {
			answered: (request, reply) => this.answered(request, reply),
			late: (request) => this.late(request),
			crashed: (reason) => this.crashed(reason),
		});
		this.ready = new Promise((resolve) => {
			this.opened = resolve;
		});
		this.next();
		this.nextRound();
	}

	get state(): StoreState {
		return this.current.value;
	}

	onState(listener: (state: StoreState) => void): () => void {
		return this.current.listen(listener);
	}

	now(): number {
		return this.options.clock.now();
	}

	onDue(prefix: string, listener: (scope: string) => void): () => void {
		return this.dueTimes.onDue(prefix, listener);
	}

	read(name: string): Promise<Entries> {
		return this.settle(name, ({ scope }) => scope.copy());
	}

	update<T>(name: string, decide: (entries: Entries, now: number) => Decision<T>): Promise<T | 'replayed'> {
		return this.settle(name, (cached) => this.decide(name, cached, decide));
	}

	close(): Promise<void> {
		this.isClosing = true;
		this.ended ??= this.end();
		return this.ended;
	}

	private async end(): Promise<void> {
		const closed = new Promise<void>((resolve) => {
			this.closed = resolve;
		});
		const { timers } = this.options;
		timers.clear(this.round);
		this.dueTimes.clear();
		this.next();
		await within(timers, PATIENCE, closed);
		this.worker.terminate();
		this.drop(unavailable('closed'), outcomeUnknown('closed'));
	}

	/** Does the work once the scope is in memory, in the order of the calls, and resolves once what it saw is committed. */
	private settle<T>(name: string, work: (cached: Cached) => T): Promise<T> {
		return new Promise((resolve, reject) => {
			if (this.isClosing) return reject(unavailable('closed'));
			if (this.state.name === 'unavailable') return reject(this.state.error);
			const cached = this.scopes.find(name);
			const run = (): void => {
				let settled: () => void;
				try {
					const result = work(cached);
					settled = () => resolve(result);
				} catch (error) {
					settled = () => reject(error);
				}
				if (cached.batch === undefined || cached.batch.isCommitted) settled();
				else cached.batch.wait({ resolve: settled, reject });
			};
			if (cached.waiting === undefined) run();
			else cached.waiting.push({ resolve: run, reject });
			if (this.scopes.isWanting) this.load();
		});
	}

	private load(): void {
		this.worker.wait();
		this.next();
	}

	private decide<T>(
		name: string,
		cached: Cached,
		decide: (entries: Entries, now: number) => Decision<T>,
	): T | 'replayed' {
		const decision = decide(cached.scope.entries, this.now());
		if (cached.scope.isReplayed(decision)) return 'replayed';
		const { result, set = [], remove = [], nonce, due } = decision;
		if (set.length === 0 && remove.length === 0 && nonce === undefined && due === undefined) return result;
		if (set.some(([, value]) => NO_JSON.includes(typeof value))) throw new TypeError('Not a value of JSON');
		this.gathering ??= this.newBatch();
		this.gathering.add(name, decision, cached.scope.apply(decision), dueToWrite(cached, due, this.now()));
		cached.batch = this.gathering;
		return result;
	}

	private newBatch(): Batch {
		this.worker.wait();
		const batch = new Batch();
		batch.gather(() => this.next());
		return batch;
	}

	/** Asks the worker for what is to be done next, unless it is at work. */
	private next(): void {
		if (this.worker.isBusy) return;
		const isReady = this.state.name === 'ready';
		if (this.isRoundDue && !this.isClosing) {
			this.isRoundDue = false;
			this.worker.ask({ kind: isReady ? 'check' : 'open' });
		} else if (isReady && (this.scopes.isWanting || this.isGathered)) this.work();
		else if (this.isClosing && this.worker.isRunning) this.worker.ask({ kind: 'close' });
		else if (this.isClosing) this.closed();
	}

	private get isGathered(): boolean {
		return this.gathering !== undefined && (this.gathering.isGathered || this.isClosing);
	}

	private work(): void {
		if (this.isGathered) {
			this.writing = this.gathering;
			this.gathering = undefined;
		}
		this.loading = this.scopes.takeWanted();
		let changes: readonly ScopeChange[];
		try {
			changes = this.writing?.content() ?? [];
		} catch (error) {
			// There is a value within a value that JSON cannot hold.
			this.drop(error);
			return;
		}
		this.worker.ask({
			kind: 'work',
			changes,
			isDurable: this.writing?.isDurable ?? false,
			load: this.loading,
		});
	}

	private answered({ kind }: Request, { failure, findings = [], dues, loaded = [] }: Reply): void {
		for (const { code, params } of findings) this.current.report(new ProtocolError(code, params));
		if (failure !== undefined) this.fail(new ProtocolError(failure.code, failure.params));
		else {
			if (dues !== undefined) this.dueTimes.clear();
			this.setDues(dues ?? this.writing?.dues() ?? []);
			this.finish(loaded);
			if (kind !== 'close') this.current.become({ name: 'ready' });
		}
		if (kind === 'open') this.opened();
		if (kind === 'close') this.closed();
		else this.next();
	}

	private setDues(dues: Iterable<readonly [scope: string, due: number | null]>): void {
		if (!this.isClosing) for (const [scope, due] of dues) this.dueTimes.set(scope, due);
	}

	private finish(loaded: NonNullable<Reply['loaded']>): void {
		const { writing, loading } = this;
		this.writing = undefined;
		this.loading = [];
		writing?.commit();
		for (const [index, name] of loading.entries()) {
			const stored = loaded[index];
			if (stored !== undefined) this.scopes.fill(name, stored);
		}
		this.scopes.shrink();
	}

	/** Nobody may wait for a disk that hangs. The worker answers at last, or never. */
	private late({ kind }: Request): void {
		const { writing } = this;
		this.fail(unavailable(HANGS), outcomeUnknown(HANGS));
		this.writing = writing;
		if (kind === 'open') this.opened();
	}

	private crashed(reason: string): void {
		this.fail(unavailable(reason), outcomeUnknown(reason));
		this.opened();
		this.closed();
	}

	private fail(error: ProtocolError, ofWriting = error): void {
		this.current.become({ name: 'unavailable', error });
		this.drop(error, ofWriting);
	}

	/** Drops all that is in memory, and rejects what is not committed. */
	private drop(error: unknown, ofWriting = error): void {
		const { writing, gathering } = this;
		this.writing = undefined;
		this.gathering = undefined;
		this.loading = [];
		this.worker.stopWaiting();
		writing?.reject(ofWriting);
		gathering?.reject(error);
		this.scopes.drop(error);
	}

	private nextRound(): void {
		this.round = this.options.timers.set(() => {
			this.nextRound();
			this.isRoundDue = true;
			this.next();
		}, ROUND);
	}
}

/**
 * The due time that the database has to be given; undefined: none. It moves later with every report, and a later one is written
 * once the written one has passed: who looks at a scope too early finds nothing to do and moves it.
 */
function dueToWrite(cached: Cached, due: number | null | undefined, now: number): number | null | undefined {
	const { due: written } = cached;
	if (due === undefined) return undefined;
	if (due !== null && written !== undefined && written <= due && written > now) return undefined;
	cached.due = due ?? undefined;
	return due;
}
