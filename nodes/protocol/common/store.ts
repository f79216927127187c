/**
 * What must outlive a restart. A scope is everything that is remembered of one device. It is read and changed as a
 * whole, so that a store can be a map in memory, a file of this process, or a server that several processes share.
 */
import type { ProtocolError } from './errors.js';

/** Anything that JSON can hold. A value is never changed in place: a decision sets a new one. */
export type StoredValue = unknown;

/** What is remembered of one device, by name. A scope that was never written has no entries. */
export type Entries = ReadonlyMap<string, StoredValue>;

/** A token that can be claimed once per scope. */
export interface Nonce {
	readonly token: string;
	/** When the token was made, in any unit that grows. */
	readonly at: number;
	/** Tokens of this scope made at or before this may be forgotten. */
	readonly floor: number;
}

/** What one update changes: all of it or nothing. An empty decision changes nothing. */
export interface Decision<T> {
	readonly result: T;
	readonly set?: readonly (readonly [name: string, value: StoredValue])[] | undefined;
	readonly remove?: readonly string[] | undefined;
	/** The update changes nothing and gives `replayed` if this was claimed before. */
	readonly nonce?: Nonce | undefined;
	/** The update resolves only when a loss of power cannot undo it; otherwise when a killed process cannot. */
	readonly durable?: boolean | undefined;
	/**
	 * When somebody has to look at the scope next: milliseconds of the store's time, null for never; undefined leaves it
	 * as it was.
	 */
	readonly due?: number | null | undefined;
}

/**
 * `opening`: not known yet; updates wait. `ready`: what is kept outlives this process. `memory-only`: nothing does.
 * `unavailable`: nothing can be kept at present. `error` says why.
 */
export interface StoreState {
	readonly name: 'opening' | 'ready' | 'memory-only' | 'unavailable';
	readonly error?: ProtocolError | undefined;
}

/**
 * Updates and reads of a scope resolve in the order in which one process called them: what a read gives, or what an update
 * was decided on, is as safe by then as the updates before it promised.
 */
export interface Store {
	/**
	 * Reads a scope as it is after all updates that were called before in this process.
	 * @throws ProtocolError `store-unavailable` or another of the store's
	 */
	read(scope: string): Promise<Entries>;

	/**
	 * Changes a scope by a pure function of what it holds. `decide` may be called again, when another process changed the
	 * scope meanwhile. What it throws rejects the update, and nothing changes.
	 * @param decide is given the entries and the store's time in milliseconds since the epoch
	 * @returns the result of the last decision, or `replayed` when its nonce was claimed before
	 * @throws ProtocolError `store-outcome-unknown` when the change may have been made or not, `store-unavailable` or another
	 * of the store's when it was not. The scope is to be read again either way.
	 */
	update<T>(scope: string, decide: (entries: Entries, now: number) => Decision<T>): Promise<T | 'replayed'>;

	/** The store's time, milliseconds since the epoch. Processes that share a store share its time. */
	now(): number;

	/** Whether other processes may change it too. Its time is then a server's, which no process sets. */
	readonly shared: boolean;

	readonly state: StoreState;
	onState(listener: (state: StoreState) => void): () => void;

	/**
	 * Calls the listener for each scope that begins with a prefix once its `due` has passed, and again every few seconds until
	 * an update has moved it. Processes that share a store may all be called.
	 */
	onDue(prefix: string, listener: (scope: string) => void): () => void;
}
