/**
 * The embedded store. It decides on scopes in memory and hands the changes to a worker thread, one batch at a time: the main
 * thread never waits for the disk. A batch that failed is undone in memory, and with it all that was decided upon it.
 */
import { join } from 'node:path';
import { DueTimes } from '../../protocol/common/due-times.js';
import { ProtocolError } from '../../protocol/common/errors.js';
import { Scope } from '../../protocol/common/scope.js';
import type { Decision, Entries, StoreState } from '../../protocol/common/store.js';
import type { TimerHandle } from '../../protocol/common/time.js';
import { Batch } from './batch.js';
import type { OpenedStore, StoreOptions } from './index.js';
import type { Failure, Finding, Reply, Request, StoredScope } from './sqlite-messages.js';
import { WorkerChannel } from './worker-channel.js';

/** How often the files are looked after, and an unavailable database is tried again. Milliseconds. */
const ROUND = 5_000;

/** Scopes that are kept in memory; the database has the others. */
const MAX_SCOPES = 20_000;

const FILE = 'store.db';

const NO_ANSWER = 'the disk does not answer';

interface CachedScope {
	readonly scope: Scope;
	/** The last batch that changes it. */
	batch: Batch | undefined;
}

export class SqliteStore implements OpenedStore {
	readonly shared = false;
	readonly ready: Promise<void>;
	private current: StoreState = { name: 'opening' };
	private readonly listeners = new Set<(state: StoreState) => void>();
	private readonly dueTimes: DueTimes;
	private readonly worker: WorkerChannel;
	private readonly scopes = new Map<string, CachedScope>();
	/** Scopes that are being read from the database. */
	private readonly loading = new Map<string, Promise<CachedScope>>();
	private finding: Finding | undefined;
	private gathering: Batch | undefined;
	private inFlight: Batch | undefined;
	/** Whether the worker did not answer in time; who waited has been told. */
	private isLate = false;
	private isClosed = false;
	private round: TimerHandle;

	/** @param program the worker's; another one in tests */
	constructor(
		private readonly options: StoreOptions,
		directory: string,
		program = join(__dirname, 'sqlite-worker.js'),
	) {
		const { clock, timers } = options;
		this.dueTimes = new DueTimes(clock, timers, (error) => options.report(internal(error)));
		this.worker = new WorkerChannel(program, join(directory, FILE), timers);
		this.ready = this.open();
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

	async read(name: string): Promise<Entries> {
		const cached = await this.find(name);
		while (cached.batch !== undefined) await cached.batch.committed;
		return cached.scope.copy();
	}

	async update<T>(
		name: string,
		decide: (entries: Entries, now: number) => Decision<T>,
	): Promise<T | 'replayed'> {
		let cached = this.cached(name);
		while (cached === undefined) {
			await this.find(name);
			cached = this.cached(name);
		}
		const { scope } = cached;
		const decision = decide(scope.entries, this.now());
		if (scope.isReplayed(decision)) return 'replayed';
		this.change(name, cached, decision);
		if (decision.due !== undefined) this.dueTimes.set(name, decision.due);
		// What was decided upon changes that are not committed yet holds only if they are.
		if (cached.batch !== undefined) await cached.batch.committed;
		return decision.result;
	}

	async close(): Promise<void> {
		if (this.isClosed) return;
		this.isClosed = true;
		this.options.timers.clear(this.round);
		this.dueTimes.clear();
		await this.inFlight?.committed.catch(() => undefined);
		this.send();
		await this.inFlight?.committed.catch(() => undefined);
		await new Promise<void>((resolve) => {
			if (this.isLate) resolve();
			else this.worker.ask({ kind: 'close' }, () => resolve(), resolve);
		});
		this.worker.terminate();
	}

	/** A scope that is in memory, where the database can be used. */
	private cached(name: string): CachedScope | undefined {
		return this.current.name === 'ready' && !this.isClosed ? this.scopes.get(name) : undefined;
	}

	/** @throws ProtocolError where the database cannot be used */
	private async find(name: string): Promise<CachedScope> {
		if (this.current.name === 'opening') await this.ready;
		if (this.isClosed) throw unavailable('closed');
		if (this.current.error !== undefined) throw this.current.error;
		const known = this.scopes.get(name) ?? this.loading.get(name);
		if (known !== undefined) return known;
		const loading = this.load(name).finally(() => this.loading.delete(name));
		this.loading.set(name, loading);
		return loading;
	}

	private async load(name: string): Promise<CachedScope> {
		const { scope } = await this.ask({ kind: 'load', scope: name });
		const cached = { scope: scopeOf(scope), batch: undefined };
		this.scopes.set(name, cached);
		for (const [other, { batch }] of this.scopes) {
			if (this.scopes.size <= MAX_SCOPES) break;
			if (batch === undefined) this.scopes.delete(other);
		}
		return cached;
	}

	/** Puts a decision into the batch that is being gathered. */
	private change(name: string, cached: CachedScope, decision: Decision<unknown>): void {
		const { set = [], remove = [], nonce } = decision;
		if (set.length === 0 && remove.length === 0 && nonce === undefined) return;
		const texts = set.map(([, value]) => textOf(value));
		const applied = cached.scope.apply(decision);
		const batch = this.gathering ?? this.newBatch();
		batch.add(name, decision, texts, applied);
		cached.batch = batch;
	}

	private newBatch(): Batch {
		const batch = new Batch();
		this.gathering = batch;
		batch.gather(() => {
			batch.isGathered = true;
			this.send();
		});
		return batch;
	}

	/** Sends the gathered batch unless another one is on its way. */
	private send(): void {
		const batch = this.gathering;
		if (batch === undefined || this.inFlight !== undefined) return;
		if (!batch.isGathered && !this.isClosed) return;
		this.gathering = undefined;
		this.inFlight = batch;
		this.worker.ask(
			{ kind: 'write', changes: batch.changes },
			(reply) => this.written(batch, reply),
			() => this.tooLate(batch),
		);
	}

	private written(batch: Batch, { failure, isLost = false }: Reply): void {
		this.inFlight = undefined;
		this.isLate = false;
		if (failure !== undefined) {
			const error = isLost ? outcomeUnknown(failure.reason) : errorOf(failure);
			this.undoGathering(error);
			this.undo(batch, error);
			// What a worker that ended has written is known to the database alone.
			if (isLost) for (const name of batch.scopes) this.scopes.delete(name);
			this.fail(failure);
			return;
		}
		for (const name of batch.scopes) {
			const cached = this.scopes.get(name);
			if (cached?.batch === batch) cached.batch = undefined;
		}
		batch.commit();
		this.become({ name: 'ready' });
		this.send();
	}

	/** The disk hangs: who waits is told that nobody knows what became of it, and nothing more is taken. */
	private tooLate(batch: Batch): void {
		batch.fail(outcomeUnknown(NO_ANSWER));
		this.hang();
	}

	private hang(): void {
		this.isLate = true;
		this.undoGathering(unavailable(NO_ANSWER));
		this.fail({ code: 'store-unavailable', reason: NO_ANSWER });
	}

	private undoGathering(error: ProtocolError): void {
		const batch = this.gathering;
		this.gathering = undefined;
		if (batch !== undefined) this.undo(batch, error);
	}

	private undo(batch: Batch, error: ProtocolError): void {
		batch.undo();
		for (const name of batch.scopes) {
			const cached = this.scopes.get(name);
			if (cached?.batch === batch) cached.batch = this.inFlight?.scopes.has(name) ? this.inFlight : undefined;
			// Somebody has to look at it once more, since its due time may come from what was undone.
			this.dueTimes.set(name, this.now() + ROUND);
		}
		batch.fail(error);
	}

	/** Asks for something other than a write. @throws ProtocolError */
	private ask(request: Request): Promise<Reply> {
		return new Promise((resolve, reject) => {
			const answered = (reply: Reply): void => {
				this.isLate = false;
				this.finding ??= reply.finding;
				if (reply.failure === undefined) resolve(reply);
				else {
					this.fail(reply.failure);
					reject(errorOf(reply.failure));
				}
			};
			const late = (): void => {
				this.hang();
				reject(unavailable(NO_ANSWER));
			};
			this.worker.ask(request, answered, late);
		});
	}

	/** Opens the file, at first or anew. Never rejects. */
	private async open(): Promise<void> {
		try {
			await this.ask({ kind: 'open' });
			await this.recover();
			this.become({ name: 'ready' });
		} catch {
			// The state says why.
		}
	}

	/** Reports what was found, and writes what memory has of the old file into the one that was made anew. */
	private async recover(): Promise<void> {
		const { finding } = this;
		if (finding === undefined) return;
		const { code, reason, file = '' } = finding;
		const batch = new Batch();
		for (const [name, { scope }] of this.scopes) batch.addAll(name, scope);
		if (batch.scopes.size > 0) await this.ask({ kind: 'write', changes: batch.changes });
		this.finding = undefined;
		this.options.report(new ProtocolError(code, { reason, file }));
	}

	private async check(): Promise<void> {
		if (this.worker.isBusy || this.gathering !== undefined) return;
		await this.ask({ kind: 'check' });
		await this.recover();
	}

	private nextRound(): void {
		this.round = this.options.timers.set(() => {
			const { name } = this.current;
			if (name === 'ready') this.check().catch(() => undefined);
			else if (name === 'unavailable' && !this.worker.isBusy) this.open();
			if (!this.isClosed) this.nextRound();
		}, ROUND);
	}

	private fail(failure: Failure): void {
		this.become({ name: 'unavailable', error: errorOf(failure) });
	}

	private become(state: StoreState): void {
		if (this.current.name === state.name && this.current.error?.code === state.error?.code) return;
		this.current = state;
		for (const listener of this.listeners) {
			try {
				listener(state);
			} catch (error) {
				this.options.report(internal(error));
			}
		}
	}
}

function scopeOf(stored: StoredScope = { entries: [], nonces: [] }): Scope {
	const entries = stored.entries.map(([name, text]) => [name, JSON.parse(text)] as const);
	return new Scope(new Map(entries), new Map(stored.nonces));
}

/** @throws TypeError for what JSON cannot hold */
function textOf(value: unknown): string {
	const text: string | undefined = JSON.stringify(value);
	if (text === undefined) throw new TypeError('A value that JSON cannot hold');
	return text;
}

function internal(error: unknown): ProtocolError {
	return new ProtocolError('internal', { reason: String(error) }, error);
}

function errorOf({ code, reason }: Failure): ProtocolError {
	return new ProtocolError(code, { reason });
}

function unavailable(reason: string): ProtocolError {
	return new ProtocolError('store-unavailable', { reason });
}

function outcomeUnknown(reason: string): ProtocolError {
	return new ProtocolError('store-outcome-unknown', { reason });
}
