/** Changes that are on their way to the database together, and who waits for them. */
import type { Applied, Scope } from '../../protocol/common/scope.js';
import type { Decision } from '../../protocol/common/store.js';
import type { Changes } from './sqlite-messages.js';

/** So many turns of the event loop are waited for at most: a transaction costs more than what is in it. */
const MAX_TURNS = 24;

export class Batch {
	private readonly entries = new Map<string, readonly [string, string, string | null]>();
	private readonly nonces: (string | number)[] = [];
	private readonly forgotten: string[] = [];
	private isDurable = false;
	private readonly undos: (() => void)[] = [];
	/** Whether turns of the event loop have been waited for. */
	isGathered = false;
	/** The scopes that it changes. */
	readonly scopes = new Set<string>();
	/** Resolves once the changes are committed. */
	readonly committed: Promise<void>;
	commit: () => void = () => {};
	fail: (error: unknown) => void = () => {};

	constructor() {
		this.committed = new Promise((resolve, reject) => {
			this.commit = resolve;
			this.fail = reject;
		});
		this.committed.catch(() => undefined);
	}

	/** @param texts JSON of the values that the decision sets, in their order */
	add(scope: string, decision: Decision<unknown>, texts: readonly string[], applied: Applied): void {
		const { set = [], remove = [], nonce, durable = false } = decision;
		for (const name of remove) this.note(scope, name, null);
		for (const [index, [name]] of set.entries()) this.note(scope, name, texts[index] ?? null);
		if (nonce !== undefined) this.nonces.push(scope, nonce.token, nonce.at);
		for (const token of applied.forgotten) this.forgotten.push(scope, token);
		this.isDurable ||= durable;
		this.undos.push(applied.undo);
		this.scopes.add(scope);
	}

	/** Adds all that a scope holds, for a database that was made anew. */
	addAll(name: string, scope: Scope): void {
		for (const [entry, value] of scope.entries) this.note(name, entry, JSON.stringify(value));
		for (const [token, at] of scope.claims) this.nonces.push(name, token, at);
		this.isDurable = true;
		this.scopes.add(name);
	}

	/** Makes the scopes in memory what they were before. Later batches must have been undone first. */
	undo(): void {
		for (const undo of this.undos.reverse()) undo();
	}

	get changes(): Changes {
		const { nonces, forgotten, isDurable: durable } = this;
		return { entries: [...this.entries.values()].flat(), nonces, forgotten, durable };
	}

	/** Calls back once a turn of the event loop has brought nothing new. */
	gather(ready: () => void): void {
		const wait = (known: number, turns: number): void => {
			setImmediate(() => {
				const { length } = this.undos;
				if (length > known && turns < MAX_TURNS) wait(length, turns + 1);
				else ready();
			});
		};
		wait(0, 1);
	}

	private note(scope: string, name: string, text: string | null): void {
		this.entries.set(`${scope}\0${name}`, [scope, name, text]);
	}
}
