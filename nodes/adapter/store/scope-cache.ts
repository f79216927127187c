/** The scopes that are in memory, those used last at the end, and who waits for one to be loaded. */
import { Scope } from '../../protocol/common/scope.js';
import type { Batch, Waiter } from './batch.js';
import type { StoredScope } from './sqlite-worker.js';

/** The database has the others. */
const MAX_SCOPES = 20_000;

export interface Cached {
	scope: Scope;
	/** The due time that the database has, or is about to have; undefined: none, or not known. */
	due?: number | undefined;
	/** The last batch that changes it. */
	batch: Batch | undefined;
	/** Who waits until it is loaded; undefined once it is. */
	waiting: Waiter[] | undefined;
}

export class ScopeCache {
	private readonly scopes = new Map<string, Cached>();
	private wanted: string[] = [];

	/** A scope that is not in memory is wanted then. */
	find(name: string): Cached {
		const known = this.scopes.get(name);
		const cached = known ?? { scope: new Scope(), batch: undefined, waiting: [] };
		if (known === undefined) this.wanted.push(name);
		else this.scopes.delete(name);
		this.scopes.set(name, cached);
		return cached;
	}

	/** Whether scopes are to be loaded. */
	get isWanting(): boolean {
		return this.wanted.length > 0;
	}

	/** The scopes that are to be loaded. */
	takeWanted(): string[] {
		return this.wanted.splice(0);
	}

	/** Takes a scope into memory for those who wait for it. */
	fill(name: string, { entries, nonces }: StoredScope): void {
		const cached = this.scopes.get(name);
		if (cached?.waiting === undefined) return;
		const { waiting } = cached;
		const parsed = entries.map(([entry, json]) => [entry, JSON.parse(json)] as const);
		cached.scope = new Scope(new Map(parsed), new Map(nonces));
		cached.waiting = undefined;
		for (const { resolve } of waiting) resolve();
	}

	/** Drops scopes that have not been used for the longest time and are as the database has them. */
	shrink(): void {
		for (const [name, { batch, waiting }] of this.scopes) {
			if (this.scopes.size <= MAX_SCOPES) break;
			if (waiting === undefined && batch?.isCommitted !== false) this.scopes.delete(name);
		}
	}

	/** Drops all scopes, and rejects who waits for one. */
	drop(error: unknown): void {
		const dropped = [...this.scopes.values()];
		this.scopes.clear();
		this.wanted = [];
		for (const { waiting = [] } of dropped) for (const { reject } of waiting) reject(error);
	}
}
