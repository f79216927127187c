/**
 * The store on a Redis or Valkey server that several Node-REDs share. A decision is made on what this process knows of a scope,
 * and the server makes it hold only if that is still so; otherwise the answer is what the scope holds now. A scope that no
 * other process has changed meanwhile takes one round trip.
 */
import { randomBytes } from 'node:crypto';
import { ProtocolError } from '../../protocol/common/errors.js';
import type { Decision, Entries, StoreState } from '../../protocol/common/store.js';
import { type TimerHandle, within } from '../../protocol/common/time.js';
import type { OpenedStore, StoreOptions } from './index.js';
import { parseAddress, type RedisAddress } from './redis-address.js';
import { type ClientLibrary, loadClient } from './redis-client.js';
import { RedisConnection, TIMEOUT } from './redis-connection.js';
import { type Answer, type Attempt, nameOf, RedisScope, UPDATE } from './redis-scope.js';

/** How often an update is decided anew because another process was faster. */
const MAX_CONFLICTS = 16;

/** How often the server is asked for scopes that are due, milliseconds. */
const ROUND = 1_000;

/** How long a listener has to move a due time that has passed before it is called again, milliseconds. */
const CALL_AGAIN_AFTER = 5_000;

/** How many scopes that are due the server is asked for at once, and how many times in one round. */
const PAGE = 500;
const MAX_PAGES = 20;

/** How often the server's time is measured, milliseconds. */
const MEASURE_EVERY = 60_000;

/** Milliseconds before the first and before any later attempt to connect anew. */
const FIRST_RETRY = 100;
const LONGEST_RETRY = 2_000;

/** Scopes whose entries are kept in this process as well. */
const MAX_SCOPES = 20_000;

type Decide<T> = (entries: Entries, now: number) => Decision<T>;

/** Opens a store on a server. Returns at once; updates wait until the first attempt to connect has ended. */
export function openRedisStore(options: StoreOptions): OpenedStore {
	return new RedisStore(options, parseAddress(options.url ?? ''), loadClient(options.directory));
}

export class RedisStore implements OpenedStore {
	readonly shared = true;
	readonly ready: Promise<void>;
	private current: StoreState = { name: 'opening' };
	private readonly stateListeners = new Set<(state: StoreState) => void>();
	private readonly dueListeners = new Set<{ prefix: string; listener: (scope: string) => void }>();
	private readonly scopes = new Map<string, RedisScope>();
	private connection: RedisConnection | undefined;
	/** The server's time minus this process's monotonic one. */
	private offset: number | undefined;
	private measuredAt = 0;
	/** The due times for which listeners were called, and when. */
	private called = new Map<string, { readonly due: string; readonly at: number }>();
	/** Part of each version. Two stores must never give one version to different contents. */
	private readonly id = randomBytes(9).toString('base64url');
	private versions = 0;
	private readonly warned = new Set<string>();
	private readonly running = new Set<Promise<unknown>>();
	private failures = 0;
	private timer: TimerHandle;
	private isInRound = false;
	private isClosed = false;

	/**
	 * @param address undefined where the one that was given cannot be used
	 * @param library undefined where it is not installed
	 */
	constructor(
		private readonly options: StoreOptions,
		private readonly address: RedisAddress | undefined,
		private readonly library: ClientLibrary | undefined,
	) {
		const isUsable = address !== undefined && library !== undefined;
		const code = address === undefined ? 'store-address-invalid' : 'store-client-missing';
		if (!isUsable) this.current = { name: 'unavailable', error: new ProtocolError(code) };
		this.ready = isUsable ? this.round() : Promise.resolve();
	}

	get state(): StoreState {
		return this.current;
	}

	onState(listener: (state: StoreState) => void): () => void {
		this.stateListeners.add(listener);
		return () => this.stateListeners.delete(listener);
	}

	onDue(prefix: string, listener: (scope: string) => void): () => void {
		const entry = { prefix, listener };
		this.dueListeners.add(entry);
		return () => this.dueListeners.delete(entry);
	}

	now(): number {
		if (this.offset === undefined) return this.options.clock.now();
		return Math.floor(this.options.clock.monotonic() + this.offset);
	}

	read(name: string): Promise<Entries> {
		return this.update(name, (entries) => ({ result: new Map(entries) })) as Promise<Entries>;
	}

	update<T>(name: string, decide: Decide<T>): Promise<T | 'replayed'> {
		const until = this.options.clock.monotonic() + TIMEOUT;
		const updated = this.inTurn(name, decide, until);
		this.running.add(updated);
		const ended = (): boolean => this.running.delete(updated);
		updated.then(ended, ended);
		return updated;
	}

	async close(): Promise<void> {
		if (this.isClosed) return;
		this.isClosed = true;
		this.options.timers.clear(this.timer);
		await within(this.options.timers, TIMEOUT, Promise.allSettled(this.running));
		this.connection?.close();
		this.connection = undefined;
	}

	private async inTurn<T>(name: string, decide: Decide<T>, until: number): Promise<T | 'replayed'> {
		if (this.isClosed) throw unavailable('closed');
		const scope = this.known(name);
		scope.updates++;
		try {
			const turn = scope.last.then(() => this.decide(scope, decide, until));
			scope.last = turn.catch(() => undefined);
			const { result, safe } = await turn;
			await safe;
			return result;
		} finally {
			scope.updates--;
		}
	}

	private known(name: string): RedisScope {
		const known = this.scopes.get(name);
		if (known !== undefined) return known;
		const scope = new RedisScope(name);
		for (const [other, { updates }] of this.scopes) {
			if (this.scopes.size < MAX_SCOPES) break;
			if (updates === 0) this.scopes.delete(other);
		}
		this.scopes.set(name, scope);
		return scope;
	}

	/** Decides until nobody else was faster. The result counts once `safe` resolves. */
	private async decide<T>(scope: RedisScope, decide: Decide<T>, until: number): Promise<Decided<T>> {
		for (let tries = 0; tries <= MAX_CONFLICTS; tries++) {
			if (tries > 1) await this.pause(tries);
			const connection = await this.connected();
			const attempt = scope.attempt(decide, this.now(), `${this.id}.${++this.versions}`);
			const answer = await this.ask(connection, scope, attempt, until);
			if (answer[0] === 'conflict') scope.load(answer[1]);
			else if (answer[0] === 'late') await this.measure(connection);
			else return this.end(connection, scope, attempt, answer[0] === 'replayed', until);
		}
		throw unavailable('other processes change it without a pause');
	}

	private end<T>(
		connection: RedisConnection,
		scope: RedisScope,
		{ decision, error, version }: Attempt<T>,
		isReplayed: boolean,
		until: number,
	): Decided<T> {
		if (decision === undefined) throw error;
		if (isReplayed) return { result: 'replayed', safe: scope.safe };
		scope.apply(decision, version);
		if (decision.durable) scope.safe = this.synced(scope, connection, until);
		return { result: decision.result, safe: scope.safe };
	}

	private async ask(
		connection: RedisConnection,
		scope: RedisScope,
		{ args }: Attempt<unknown>,
		until: number,
	): Promise<Answer> {
		const left = until - this.options.clock.monotonic();
		if (left <= 0) throw unavailable('it does not answer');
		const hash = this.key(`{${scope.key}}`);
		const keys = [hash, `${hash}:nonces`, this.key('due')];
		return (await connection.run(UPDATE, keys, [String(this.now() + left), ...args], left)) as Answer;
	}

	private synced(scope: RedisScope, connection: RedisConnection, until: number): Promise<void> {
		const synced = connection.synced(until - this.options.clock.monotonic());
		synced.catch(() => {
			if (scope.safe === synced) scope.safe = Promise.resolve();
		});
		return synced;
	}

	/** @throws ProtocolError where there is no connection */
	private async connected(): Promise<RedisConnection> {
		if (this.current.name === 'opening') await this.ready;
		if (this.connection !== undefined) return this.connection;
		throw this.current.error ?? unavailable('closed');
	}

	/** Connects, or looks after what is connected. Never rejects. */
	private async round(): Promise<void> {
		this.isInRound = true;
		try {
			if (this.connection === undefined) await this.connect();
			else await this.lookAfter(this.connection);
		} catch {
			// The state says why.
		}
		this.isInRound = false;
		this.nextRound();
	}

	private nextRound(): void {
		if (this.isClosed) return;
		this.options.timers.clear(this.timer);
		const wait = Math.min(FIRST_RETRY * 2 ** this.failures, LONGEST_RETRY) * (0.5 + Math.random() / 2);
		this.timer = this.options.timers.set(() => this.round(), this.connection === undefined ? wait : ROUND);
	}

	private async connect(): Promise<void> {
		const { address, library } = this;
		if (address === undefined || library === undefined) return;
		try {
			const { timers } = this.options;
			const lost = (connection: RedisConnection, error: ProtocolError): void => this.lost(connection, error);
			const connection = await RedisConnection.open({ library, address, timers, lost });
			await this.measure(connection);
			if (this.isClosed) return connection.close();
			this.failures = 0;
			this.connection = connection;
			for (const warning of connection.warnings) this.warn(warning);
			this.become({ name: 'ready' });
		} catch (error) {
			this.failures++;
			this.become({ name: 'unavailable', error: error as ProtocolError });
		}
	}

	private lost(connection: RedisConnection, error: ProtocolError): void {
		if (this.connection !== connection) return;
		this.connection = undefined;
		this.become({ name: 'unavailable', error });
		if (!this.isInRound) this.nextRound();
	}

	private async lookAfter(connection: RedisConnection): Promise<void> {
		const { clock } = this.options;
		if (clock.monotonic() - this.measuredAt >= MEASURE_EVERY) await this.measure(connection);
		const called: typeof this.called = new Map();
		const now = String(this.now());
		for (let page = 0; page < MAX_PAGES; page++) {
			const limit = ['LIMIT', String(page * PAGE), String(PAGE)];
			const range = ['ZRANGEBYSCORE', this.key('due'), '-inf', now, 'WITHSCORES', ...limit];
			const found = (await connection.send(range)) as string[];
			for (let at = 0; at < found.length; at += 2) this.tellDue(called, found[at] ?? '', found[at + 1] ?? '');
			if (found.length < 2 * PAGE) break;
		}
		this.called = called;
	}

	private tellDue(called: typeof this.called, name: string, due: string): void {
		const before = this.called.get(name);
		const at = this.options.clock.monotonic();
		const isRecent = before?.due === due && at - before.at < CALL_AGAIN_AFTER;
		called.set(name, isRecent ? before : { due, at });
		if (isRecent) return;
		const scope = nameOf(name);
		for (const { prefix, listener } of this.dueListeners)
			if (scope.startsWith(prefix)) this.tell(() => listener(scope));
	}

	private async measure(connection: RedisConnection): Promise<void> {
		const { clock } = this.options;
		const before = clock.monotonic();
		const [seconds, microseconds] = (await connection.send(['TIME'])) as string[];
		const after = clock.monotonic();
		this.offset = Number(seconds) * 1000 + Number(microseconds) / 1000 - (before + after) / 2;
		this.measuredAt = after;
	}

	private become(state: StoreState): void {
		const { current } = this;
		if (this.isClosed || (current.name === state.name && current.error?.code === state.error?.code)) return;
		this.current = state;
		for (const listener of this.stateListeners) this.tell(() => listener(state));
	}

	private warn(error: ProtocolError): void {
		if (this.warned.has(error.code)) return;
		this.warned.add(error.code);
		this.tell(() => this.options.report(error));
	}

	private tell(call: () => void): void {
		try {
			call();
		} catch (error) {
			this.options.report(new ProtocolError('internal', { reason: String(error) }, error));
		}
	}

	private pause(tries: number): Promise<void> {
		return new Promise((resolve) => {
			this.options.timers.set(resolve, Math.random() * Math.min(2 ** tries, 64));
		});
	}

	private key(name: string): string {
		return `${this.address?.prefix}${name}`;
	}
}

/** A result and what it waits for. */
interface Decided<T> {
	readonly result: T | 'replayed';
	readonly safe: Promise<void>;
}

function unavailable(reason: string): ProtocolError {
	return new ProtocolError('store-unavailable', { reason });
}
