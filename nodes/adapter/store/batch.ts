/** Changes that become one transaction, and who waits for it. */
import type { Decision, StoredValue } from '../../protocol/common/store.js';

/** So many turns of the event loop are waited for at most: a transaction costs more than what is in it. */
const MAX_TURNS = 24;

/**
 * What a batch changes in one scope, copied between threads: flat lists of names with JSON and of tokens with times, where null
 * removes.
 */
export interface ScopeChange {
	readonly scope: string;
	readonly entries: readonly (string | null)[];
	readonly nonces: readonly (string | number | null)[];
	/** Null removes it, undefined leaves it as it was. */
	readonly due: number | null | undefined;
}

/** Who waits for a batch, or for a scope to be loaded. */
export interface Waiter {
	resolve(): void;
	reject(error: unknown): void;
}

interface Change {
	/** Undefined: removed. */
	readonly entries: Map<string, StoredValue>;
	readonly nonces: Map<string, number | null>;
	due: number | null | undefined;
	/** The one that the database is given, which may be an earlier one. */
	writtenDue: number | null | undefined;
}

export class Batch {
	/** Whether the transaction is synced to the disk. */
	isDurable = false;
	isGathered = false;
	isCommitted = false;
	private readonly changes = new Map<string, Change>();
	private waiters: Waiter[] = [];

	/**
	 * @param forgotten tokens of nonces that the decision made superfluous
	 * @param writtenDue the due time that the database is given
	 */
	add(
		scope: string,
		decision: Decision<unknown>,
		forgotten: readonly string[],
		writtenDue: number | null | undefined,
	): void {
		const { set, remove, nonce, due, durable } = decision;
		let change = this.changes.get(scope);
		if (change === undefined) {
			change = { entries: new Map(), nonces: new Map(), due: undefined, writtenDue: undefined };
			this.changes.set(scope, change);
		}
		if (remove !== undefined) for (const name of remove) change.entries.set(name, undefined);
		if (set !== undefined) for (const [name, value] of set) change.entries.set(name, value);
		if (nonce !== undefined) change.nonces.set(nonce.token, nonce.at);
		for (const token of forgotten) change.nonces.set(token, null);
		if (due !== undefined) change.due = due;
		if (writtenDue !== undefined) change.writtenDue = writtenDue;
		if (durable) this.isDurable = true;
	}

	wait(waiter: Waiter): void {
		this.waiters.push(waiter);
	}

	/** Calls back once a turn of the event loop has brought nothing new. */
	gather(ready: () => void): void {
		let known = 0;
		let turns = 0;
		const turn = (): void => {
			const { length } = this.waiters;
			if (length === known || ++turns > MAX_TURNS) {
				this.isGathered = true;
				ready();
			} else {
				known = length;
				setImmediate(turn);
			}
		};
		setImmediate(turn);
	}

	/** What the database is to write. Only the last value of an entry counts, so values become JSON here and not before. */
	content(): ScopeChange[] {
		return [...this.changes].map(([scope, { entries, nonces, writtenDue }]) => ({
			scope,
			entries: [...entries].flatMap(([name, value]) => [
				name,
				value === undefined ? null : JSON.stringify(value),
			]),
			nonces: [...nonces].flat(),
			due: writtenDue,
		}));
	}

	/** The due times that it changes. */
	*dues(): Iterable<readonly [scope: string, due: number | null]> {
		for (const [scope, { due }] of this.changes) if (due !== undefined) yield [scope, due];
	}

	commit(): void {
		this.isCommitted = true;
		this.changes.clear();
		for (const { resolve } of this.waiters.splice(0)) resolve();
	}

	reject(error: unknown): void {
		for (const { reject } of this.waiters.splice(0)) reject(error);
	}
}
