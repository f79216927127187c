/**
 * The embedded store. It decides on scopes in memory and hands the changes to a worker thread, one batch at a time: the main
 * thread never waits for the disk. When a batch fails, memory is dropped, since later decisions were made on what it changed.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DueTimes } from '../../protocol/common/due-times.js';
import { ProtocolError } from '../../protocol/common/errors.js';
import { Scope } from '../../protocol/common/scope.js';
import type { Decision, Entries, StoreState } from '../../protocol/common/store.js';
import { type TimerHandle, within } from '../../protocol/common/time.js';
import { Batch, type ScopeChange, type Waiter } from './batch.js';
import type { OpenedStore, StoreOptions } from './index.js';
import type { Reply, Request, StoredScope } from './sqlite-worker.js';

/** How often the files are looked after, and an unavailable database is tried again. Milliseconds. */
const ROUND = 5_000;

/** How long the disk may take, milliseconds, less what the oldest that waits has waited for the request before; but a second at least. */
const PATIENCE = 3_000;
const LEAST_PATIENCE = 1_000;

/** Entries and nonces that are kept in memory; the database has the rest. A scope counts for a hundred more. */
const MAX_ITEMS = 2_000_000;
const ITEMS_OF_SCOPE = 100;

/** Types of values that JSON cannot hold. */
const NO_JSON: readonly string[] = ['undefined', 'function', 'symbol', 'bigint'];

interface Cached {
	scope: Scope;
	/** Who waits until it is loaded; undefined once it is. */
	waiting: Waiter[] | undefined;
	/** The last batch that changes it. */
	batch: Batch | undefined;
	items: number;
}

export class SqliteStore implements OpenedStore {
	readonly shared = false;
	readonly ready: Promise<void>;
	private current: StoreState = { name: 'opening' };
	private readonly listeners = new Set<(state: StoreState) => void>();
	private readonly dueTimes: DueTimes;
	/** Scopes by name, the one used last at the end. */
	private scopes = new Map<string, Cached>();
	private items = 0;
	private worker: Worker | undefined;
	/** What the worker has not answered yet, and who waits for that. */
	private asked: Request | undefined;
	private timeout: TimerHandle;
	private writing: Batch | undefined;
	private loading: string[] = [];
	/** What it is to be asked next. */
	private gathering: Batch | undefined;
	private loads: string[] = [];
	private waitingSince: number | undefined;
	private isRoundDue = true;
	private round: TimerHandle;
	private isClosing = false;
	private ended: Promise<void> | undefined;
	private opened: () => void = () => {};
	private closed: () => void = () => {};

	/** @param program the worker's; another one in tests */
	constructor(
		private readonly options: StoreOptions,
		private readonly directory: string,
		private readonly program = join(__dirname, 'sqlite-worker.js'),
	) {
		this.dueTimes = new DueTimes(options.clock, options.timers, (error) => this.report(internal(error)));
		this.ready = new Promise((resolve) => {
			this.opened = resolve;
		});
		this.next();
		this.nextRound();
	}

	get state(): StoreState {
		return this.current;
	}

	onState(listener: (state: StoreState) => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	now(): number {
		return this.options.clock.now();
	}

	onDue(prefix: string, listener: (scope: string) => void): () => void {
		return this.dueTimes.onDue(prefix, listener);
	}

	read(name: string): Promise<Entries> {
		return new Promise((resolve, reject) => {
			this.find(name, reject, (cached) => {
				const entries = cached.scope.copy();
				settle(cached, () => resolve(entries), reject);
			});
		});
	}

	update<T>(name: string, decide: (entries: Entries, now: number) => Decision<T>): Promise<T | 'replayed'> {
		return new Promise((resolve, reject) => {
			this.find(name, reject, (cached) => {
				try {
					const result = this.decide(name, cached, decide);
					settle(cached, () => resolve(result), reject);
				} catch (error) {
					settle(cached, () => reject(error), reject);
				}
			});
		});
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
		const { worker } = this;
		this.worker = undefined;
		timers.clear(this.timeout);
		this.drop(unavailable('closed'), outcomeUnknown('closed'));
		worker?.terminate().catch(() => undefined);
	}

	/** Calls back with a scope as soon as it is in memory, for each in the order of the calls. */
	private find(name: string, reject: (error: unknown) => void, found: (cached: Cached) => void): void {
		if (this.isClosing) reject(unavailable('closed'));
		else if (this.current.name === 'unavailable') reject(this.current.error);
		else {
			const cached = this.cached(name);
			if (cached.waiting === undefined) found(cached);
			else cached.waiting.push({ resolve: () => found(cached), reject });
			this.next();
		}
	}

	private cached(name: string): Cached {
		const known = this.scopes.get(name);
		const cached = known ?? { scope: new Scope(), waiting: [], batch: undefined, items: 0 };
		if (known !== undefined) this.scopes.delete(name);
		else {
			this.loads.push(name);
			this.waitingSince ??= this.options.clock.monotonic();
		}
		this.scopes.set(name, cached);
		return cached;
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
		this.gathering.add(name, decision, cached.scope.apply(decision));
		cached.batch = this.gathering;
		this.count(cached);
		return result;
	}

	private newBatch(): Batch {
		this.waitingSince ??= this.options.clock.monotonic();
		const batch = new Batch();
		batch.gather(() => this.next());
		return batch;
	}

	private count(cached: Cached): void {
		const items = ITEMS_OF_SCOPE + cached.scope.size;
		this.items += items - cached.items;
		cached.items = items;
	}

	/** Asks the worker for what is to be done next, unless it is at work. */
	private next(): void {
		if (this.asked !== undefined) return;
		const isReady = this.current.name === 'ready';
		if (this.isRoundDue && !this.isClosing) {
			this.isRoundDue = false;
			this.ask({ kind: isReady ? 'check' : 'open' });
		} else if (isReady && (this.loads.length > 0 || this.isGathered)) this.work();
		else if (this.isClosing && this.worker !== undefined) this.ask({ kind: 'close' });
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
		this.loading = this.loads.splice(0);
		let changes: readonly ScopeChange[];
		try {
			changes = this.writing?.content() ?? [];
		} catch (error) {
			// There is a value within a value that JSON cannot hold.
			this.drop(error);
			return;
		}
		this.ask({ kind: 'work', changes, isDurable: this.writing?.isDurable ?? false, load: this.loading });
	}

	private ask(request: Request): void {
		const { clock, timers } = this.options;
		const waited = this.waitingSince === undefined ? 0 : clock.monotonic() - this.waitingSince;
		this.waitingSince = undefined;
		this.asked = request;
		this.timeout = timers.set(() => this.late(), Math.max(PATIENCE - waited, LEAST_PATIENCE));
		try {
			this.worker ??= this.start();
			this.worker.ref();
			this.worker.postMessage(request);
		} catch (error) {
			this.crashed(String(error));
		}
	}

	private start(): Worker {
		// Node.js 22 would warn of node:sqlite in the log of somebody who can do nothing about it.
		const execArgv = ['--disable-warning=ExperimentalWarning'];
		const worker = new Worker(this.program, { workerData: { directory: this.directory }, execArgv });
		worker.on('message', (reply: Reply) => {
			if (worker === this.worker) this.answered(reply);
		});
		const crashed = (error: unknown): void => {
			if (worker === this.worker) this.crashed(String(error));
		};
		worker.on('error', crashed);
		worker.on('exit', (code) => crashed(`worker ended with ${code}`));
		return worker;
	}

	private answered({ failure, findings = [], dues, loaded = [] }: Reply): void {
		const { asked } = this;
		this.asked = undefined;
		this.options.timers.clear(this.timeout);
		this.worker?.unref();
		for (const { code, params } of findings) this.report(new ProtocolError(code, params));
		if (failure !== undefined) this.fail(new ProtocolError(failure.code, failure.params));
		else {
			if (dues !== undefined) this.setDues(dues);
			if (asked?.kind !== 'close') this.become({ name: 'ready' });
			this.finish(loaded);
		}
		if (asked?.kind === 'open') this.opened();
		if (asked?.kind === 'close') this.closed();
		else this.next();
	}

	private setDues(dues: NonNullable<Reply['dues']>): void {
		this.dueTimes.clear();
		if (!this.isClosing) for (const [scope, due] of dues) this.dueTimes.set(scope, due);
	}

	private finish(loaded: readonly StoredScope[]): void {
		const { writing, loading } = this;
		this.writing = undefined;
		this.loading = [];
		if (writing !== undefined) {
			if (!this.isClosing) for (const [scope, due] of writing.dues()) this.dueTimes.set(scope, due);
			writing.commit();
		}
		for (const [index, name] of loading.entries()) this.fill(this.scopes.get(name), loaded[index]);
		for (const [name, { batch, waiting }] of this.scopes) {
			if (this.items <= MAX_ITEMS) break;
			if (waiting === undefined && batch?.isCommitted !== false) this.forget(name);
		}
	}

	private fill(cached: Cached | undefined, stored: StoredScope | undefined): void {
		if (cached?.waiting === undefined || stored === undefined) return;
		const entries = stored.entries.map(([name, json]) => [name, JSON.parse(json)] as const);
		cached.scope = new Scope(new Map(entries), new Map(stored.nonces));
		const { waiting } = cached;
		cached.waiting = undefined;
		this.count(cached);
		for (const { resolve } of waiting) resolve();
	}

	private forget(name: string): void {
		this.items -= this.scopes.get(name)?.items ?? 0;
		this.scopes.delete(name);
	}

	/** Nobody may wait for a disk that hangs. The worker answers at last, or never. */
	private late(): void {
		const { writing } = this;
		this.fail(unavailable('the disk does not answer'), outcomeUnknown('the disk does not answer'));
		this.writing = writing;
		if (this.asked?.kind === 'open') this.opened();
	}

	private crashed(reason: string): void {
		this.worker = undefined;
		this.asked = undefined;
		this.options.timers.clear(this.timeout);
		this.fail(unavailable(reason), outcomeUnknown(reason));
		this.opened();
		this.closed();
	}

	private fail(error: ProtocolError, ofWriting = error): void {
		this.become({ name: 'unavailable', error });
		this.drop(error, ofWriting);
	}

	/** Drops all that is in memory, and rejects what is not committed. */
	private drop(error: unknown, ofWriting: unknown = error): void {
		const { writing, gathering, scopes } = this;
		this.writing = undefined;
		this.gathering = undefined;
		this.scopes = new Map();
		this.items = 0;
		this.loads = [];
		this.loading = [];
		writing?.reject(ofWriting);
		gathering?.reject(error);
		for (const { waiting = [] } of scopes.values()) for (const { reject } of waiting) reject(error);
	}

	private nextRound(): void {
		this.round = this.options.timers.set(() => {
			this.nextRound();
			this.isRoundDue = true;
			this.next();
		}, ROUND);
	}

	private become(state: StoreState): void {
		if (this.current.name === state.name && this.current.error?.message === state.error?.message) return;
		this.current = state;
		for (const listener of this.listeners) this.guard(() => listener(state));
	}

	private report(error: ProtocolError): void {
		try {
			this.options.report(error);
		} catch {
			// Whoever is told must not be able to stop the store.
		}
	}

	private guard(call: () => void): void {
		try {
			call();
		} catch (error) {
			this.report(internal(error));
		}
	}
}

/** Calls back once what the scope was changed by is committed. */
function settle({ batch }: Cached, resolve: () => void, reject: (error: unknown) => void): void {
	if (batch === undefined || batch.isCommitted) resolve();
	else batch.wait({ resolve, reject });
}

function internal(error: unknown): ProtocolError {
	return new ProtocolError('internal', { reason: String(error) }, error);
}

function unavailable(reason: string): ProtocolError {
	return new ProtocolError('store-unavailable', { reason });
}

function outcomeUnknown(reason: string): ProtocolError {
	return new ProtocolError('store-outcome-unknown', { reason });
}
