/** What the main thread and the worker of the SQLite store say to each other. */

/** Changes of many scopes that become one transaction. Lists are flat, since they are copied between threads. */
export interface Changes {
	/** Scope, name and JSON of the value; null removes the entry. */
	readonly entries: readonly (string | null)[];
	/** Scope, token and when it was made. */
	readonly nonces: readonly (string | number)[];
	/** Scope and token. */
	readonly forgotten: readonly string[];
	/** Whether the transaction is synced to the disk. */
	readonly durable: boolean;
}

/** What the database holds of one scope. */
export interface StoredScope {
	/** Name and JSON of the value. */
	readonly entries: readonly (readonly [string, string])[];
	/** Token and when it was made, oldest first. */
	readonly nonces: readonly (readonly [string, number])[];
}

/** What happened while the database was opened or checked; undefined: nothing that anybody has to know. */
export interface Finding {
	readonly code: 'store-damaged' | 'store-replaced';
	/** Where the damaged file was moved to. */
	readonly file?: string;
	/** What was wrong. */
	readonly reason: string;
}

export type Request =
	| { readonly kind: 'open' }
	| { readonly kind: 'load'; readonly scope: string }
	| { readonly kind: 'write'; readonly changes: Changes }
	| { readonly kind: 'check' }
	| { readonly kind: 'close' };

export interface Failure {
	readonly code: 'store-unavailable' | 'store-in-use' | 'store-too-new';
	/** What SQLite or the operating system says. */
	readonly reason: string;
}

export interface Reply {
	readonly id: number;
	readonly failure?: Failure;
	/** The worker ended before it answered: nobody knows what it has done. */
	readonly isLost?: boolean;
	readonly scope?: StoredScope;
	readonly finding?: Finding | undefined;
}
