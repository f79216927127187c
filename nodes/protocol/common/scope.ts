/** One scope in memory: what decisions are made on, and what they change. */
import type { Decision, Entries, Nonce, StoredValue } from './store.js';

/** How many nonces a claim looks at to forget them. One is added, so their number stays near that of those still needed. */
const NONCES_LOOKED_AT = 4;

/** What a decision has changed. */
export interface Applied {
	/** Nonces that were forgotten. */
	readonly forgotten: readonly string[];
	/** Makes the scope what it was before. Later decisions must have been undone first. */
	undo(): void;
}

export class Scope {
	private looked: Iterator<[string, number]>;

	/** @param nonces when each was made, by token, oldest claim first */
	constructor(
		private readonly stored: Map<string, StoredValue> = new Map(),
		private readonly nonces: Map<string, number> = new Map(),
	) {
		this.looked = nonces.entries();
	}

	get entries(): Entries {
		return this.stored;
	}

	get isEmpty(): boolean {
		return this.stored.size === 0 && this.nonces.size === 0;
	}

	/** When each nonce that is known was made, by token. */
	get claims(): ReadonlyMap<string, number> {
		return this.nonces;
	}

	/** The entries in a map that no later decision changes. */
	copy(): Entries {
		return new Map(this.stored);
	}

	/** Whether a decision cannot be applied since its nonce was claimed before. */
	isReplayed({ nonce }: Decision<unknown>): boolean {
		return nonce !== undefined && this.nonces.has(nonce.token);
	}

	/** Makes a decision hold. */
	apply({ set = [], remove = [], nonce }: Decision<unknown>): Applied {
		const { stored } = this;
		const names = [...remove, ...set.map(([name]) => name)];
		const before = names.map((name) => [name, stored.has(name), stored.get(name)] as const);
		for (const name of remove) stored.delete(name);
		for (const [name, value] of set) stored.set(name, value);
		const forgotten = nonce === undefined ? [] : this.claim(nonce);
		return {
			forgotten: forgotten.map(([token]) => token),
			undo: () => {
				for (const [name, was, value] of before.reverse())
					if (was) stored.set(name, value);
					else stored.delete(name);
				if (nonce !== undefined) this.nonces.delete(nonce.token);
				for (const [token, at] of forgotten) this.nonces.set(token, at);
			},
		};
	}

	/**
	 * Each claim goes on with the nonces where the last one stopped, so that the work stays the same however many there are, and
	 * no nonce that must stay hides the ones behind it.
	 */
	private claim({ token, at, floor }: Nonce): (readonly [token: string, at: number])[] {
		const forgotten: [string, number][] = [];
		this.nonces.set(token, at);
		for (let looked = 0; looked < NONCES_LOOKED_AT; looked++) {
			const next = this.looked.next();
			if (next.done) {
				this.looked = this.nonces.entries();
				break;
			}
			const [known, knownAt] = next.value;
			if (knownAt > floor || known === token) continue;
			this.nonces.delete(known);
			forgotten.push([known, knownAt]);
		}
		return forgotten;
	}
}
