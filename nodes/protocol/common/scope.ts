/** One scope in memory: what decisions are made on, and what they change. */
import type { Decision, Entries, Nonce, StoredValue } from './store.js';

/** How many nonces a claim looks at to forget them. One is added, so their number stays near that of those still needed. */
const NONCES_LOOKED_AT = 4;

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

	/** The entries in a map that no later decision changes. */
	copy(): Entries {
		return new Map(this.stored);
	}

	/** Whether a decision cannot be applied since its nonce was claimed before. */
	isReplayed({ nonce }: Decision<unknown>): boolean {
		return nonce !== undefined && this.nonces.has(nonce.token);
	}

	/**
	 * Makes a decision hold.
	 * @returns the tokens that were forgotten
	 */
	apply({ set, remove, nonce }: Decision<unknown>): readonly string[] {
		if (remove !== undefined) for (const name of remove) this.stored.delete(name);
		if (set !== undefined) for (const [name, value] of set) this.stored.set(name, value);
		return nonce === undefined ? [] : this.claim(nonce);
	}

	/**
	 * Each claim goes on with the nonces where the last one stopped, so that the work stays the same however many there are, and
	 * no nonce that must stay hides the ones behind it.
	 */
	private claim({ token, at, floor }: Nonce): readonly string[] {
		const forgotten: string[] = [];
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
			forgotten.push(known);
		}
		return forgotten;
	}
}
