/**
 * The store on a Redis or Valkey server that several Node-REDs share. A decision is made on what this process knows of a scope,
 * and the server makes it hold only if that is still so; otherwise the answer is what the scope holds now. A scope that no
 * other process has changed meanwhile takes one round trip.
 */
import { randomBytes } from 'node:crypto';
import type { Decision, Entries, StoreState } from '../../protocol/common/store.js';
import { within } from '../../protocol/common/time.js';
import { unavailable } from './current-state.js';
import type { OpenedStore, StoreOptions } from './index.js';
import { type ClientLibrary, loadClient, parseAddress, type RedisAddress } from './redis-client.js';
import { type RedisConnection, TIMEOUT } from './redis-connection.js';
import { RedisLink } from './redis-link.js';
import { type Answer, type Attempt, RedisScope, UPDATE } from './redis-scope.js';

/** How often an update is decided anew because another process was faster. */
const MAX_CONFLICTS = 16;

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
	private readonly link: RedisLink;
	/** Those used last at the end. */
	private readonly scopes = new Map<string, RedisScope>();
	/** Part of each version. Two stores must never give one version to different contents. */
	private readonly id = randomBytes(9).toString('base64url');
	private versions = 0;
	private readonly running = new Set<Promise<unknown>>();
	private isClosed = false;

	/**
	 * @param address undefined where the one that was given cannot be used
	 * @param library undefined where it is not installed
	 */
	constructor(
		private readonly options: StoreOptions,
		address: RedisAddress | undefined,
		library: ClientLibrary | undefined,
	) {
		this.link = new RedisLink(options, address, library);
		this.ready = this.link.ready;
	}

	get state(): StoreState {
		return this.link.current.value;
	}

	onState(listener: (state: StoreState) => void): () => void {
		return this.link.current.listen(listener);
	}

	onDue(prefix: string, listener: (scope: string) => void): () => void {
		return this.link.dueTimes.onDue(prefix, listener);
	}

	now(): number {
		return this.link.now();
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
		await within(this.options.timers, TIMEOUT, Promise.allSettled(this.running));
		this.link.close();
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
		const scope = this.scopes.get(name) ?? new RedisScope(name);
		this.scopes.delete(name);
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
			const connection = await this.link.connected();
			const attempt = scope.attempt(decide, this.link.now(), `${this.id}.${++this.versions}`);
			const answer = await this.ask(connection, scope, attempt, until);
			if (answer[0] === 'conflict') scope.load(answer[1]);
			else if (answer[0] === 'late') await this.link.measure(connection);
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
		const hash = this.link.key(`{${scope.key}}`);
		const keys = [hash, `${hash}:nonces`, this.link.key('due')];
		return (await connection.run(UPDATE, keys, [String(this.link.now() + left), ...args], left)) as Answer;
	}

	private synced(scope: RedisScope, connection: RedisConnection, until: number): Promise<void> {
		const synced = connection.synced(until - this.options.clock.monotonic());
		synced.catch(() => {
			if (scope.safe === synced) scope.safe = Promise.resolve();
		});
		return synced;
	}

	private pause(tries: number): Promise<void> {
		return new Promise((resolve) => {
			this.options.timers.set(resolve, Math.random() * Math.min(2 ** tries, 64));
		});
	}
}

/** A result and what it waits for. */
interface Decided<T> {
	readonly result: T | 'replayed';
	readonly safe: Promise<void>;
}
