/**
 * What must outlive a restart, as few atomic operations. A scope is everything that is remembered of one device;
 * it is read, compared and written as a whole, so that an implementation may live outside this process (a
 * database shared by several) as well as in a file of its own.
 */

/** Anything that JSON can hold. Values in a store are never changed in place: write a new one. */
export type StoredValue = unknown;

/** A scope as read. `version` counts its commits; a scope that was never written has version 0 and no entries. */
export interface Scope {
	readonly version: number;
	readonly entries: ReadonlyMap<string, StoredValue>;
}

/** A token that may be claimed once (a nonce). */
export interface Claim {
	readonly token: string;
	/** When the token was made, in any unit that grows. */
	readonly at: number;
	/** Tokens of this scope made at or before this may be forgotten. */
	readonly floor: number;
}

/** What one commit changes: all of it or nothing. */
export interface Change {
	readonly scope: string;
	/** The version that was read; the commit is a `conflict` when the scope has another by now. */
	readonly expect: number;
	readonly set?: readonly (readonly [name: string, value: StoredValue])[];
	readonly remove?: readonly string[];
	readonly claim?: Claim;
	/** Resolve only when the change would survive a loss of power; otherwise it survives a killed process. */
	readonly flush?: boolean;
}

/** `claimed`: the token was claimed before; `conflict`: read again and decide anew. Both changed nothing. */
export type CommitResult = 'done' | 'conflict' | 'claimed';

export interface Store {
	/** Reads a scope. Resolves without I/O where the store can answer from memory. */
	read(scope: string): Promise<Scope>;
	/**
	 * Applies a change. Whether it is `done`, in conflict or claimed is decided at the moment of the call, without
	 * an await in between; the promise resolves when the change is kept as `flush` asks.
	 * @throws ProtocolError `store-unavailable` or `store-in-use` when it could not be kept. The change then holds
	 * in memory all the same (tokens stay claimed) and is written as soon as the store recovers: who does not want
	 * that commits the opposite.
	 */
	commit(change: Change): Promise<CommitResult>;
	/** False while writing fails; true again after the first commit that was kept. */
	readonly healthy: boolean;
}
