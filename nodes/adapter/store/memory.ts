import type { Change, Claim, CommitResult, Scope, StoredValue } from '../../protocol/common/store.js';
import type { Changes } from './changes.js';

/** The content of the files as read, per scope. */
export type Content = Map<string, ScopeContent>;
export interface ScopeContent {
	readonly entries: Map<string, StoredValue>;
	readonly tokens: Map<string, number>;
}

/** The same content in maps of its own, that may be changed or given away. */
export function copyOf(content: Content): Content {
	const scopes = [...content].map(
		([scope, { entries, tokens }]) =>
			[scope, { entries: new Map(entries), tokens: new Map(tokens) }] as const,
	);
	return new Map(scopes);
}

interface ScopeState {
	view: Scope;
	readonly tokens: Map<string, number>;
	/** Goes round the tokens; see `forgetTokens`. */
	hand: Iterator<[string, number]> | undefined;
}

const NEVER_WRITTEN: Scope = { version: 0, entries: new Map() };

/**
 * How many tokens a commit looks at. One is added, so with more than one forgotten the number of tokens stays
 * near that of the tokens that are still needed.
 */
const TOKENS_LOOKED_AT = 4;

/**
 * The truth while this process owns the files. A `Scope` handed out never changes afterwards: a commit makes a new
 * one. Versions live in memory only, since nobody holds one across a restart; within the process a scope's version
 * never goes back, which is why a scope that became empty keeps its state here (and nothing on disk).
 */
export class Memory {
	private scopes = new Map<string, ScopeState>();

	read(scope: string): Scope {
		return this.scopes.get(scope)?.view ?? NEVER_WRITTEN;
	}

	/**
	 * Decides on a change and applies it, in one step. A known token is `claimed` whatever the version.
	 * @param texts JSON of the values of `change.set`, in their order
	 * @param changes receives what is to be written
	 */
	apply(change: Change, texts: readonly string[], changes: Changes): CommitResult {
		const known = this.scopes.get(change.scope);
		if (change.claim !== undefined && known?.tokens.has(change.claim.token)) return 'claimed';
		if ((known?.view.version ?? 0) !== change.expect) return 'conflict';
		const state = known ?? this.create(change.scope, NEVER_WRITTEN, new Map());
		const entries = changedEntries(state.view.entries, change, texts, changes);
		state.view = { version: state.view.version + 1, entries };
		if (change.claim !== undefined) {
			state.tokens.set(change.claim.token, change.claim.at);
			changes.token(change.scope, change.claim.token, change.claim.at);
			forgetTokens(change.scope, state, change.claim, changes);
		}
		return 'done';
	}

	/**
	 * Replaces what is known by the content of the files. Tokens claimed here stay claimed; of the entries those
	 * survive that wait to be written. Versions move on, so that whoever decides on a scope as read before conflicts.
	 * @param unwritten the changes that are still to be written; receives the tokens that the files lack
	 */
	adopt(content: Content, unwritten: Changes): void {
		const before = this.scopes;
		this.scopes = new Map();
		for (const [scope, { entries, tokens }] of content) {
			const version = (before.get(scope)?.view.version ?? 0) + 1;
			this.create(scope, { version, entries }, tokens);
		}
		for (const [scope, old] of before) {
			const state =
				this.scopes.get(scope) ??
				this.create(scope, { version: old.view.version + 1, entries: new Map() }, new Map());
			for (const [token, at] of old.tokens) {
				if (state.tokens.has(token)) continue;
				state.tokens.set(token, at);
				unwritten.token(scope, token, at);
			}
			const names = unwritten.entries.get(scope);
			if (names !== undefined) overlay(state, old.view.entries, names.keys());
		}
	}

	/** Drops every entry and keeps the tokens: what others have written since is not known. */
	forgetEntries(): void {
		for (const state of this.scopes.values()) {
			state.view = { version: state.view.version + 1, entries: new Map() };
		}
	}

	/** Notes all that has to be written and removed so that files with this content say what memory says. */
	rewrite(content: Content, changes: Changes): void {
		for (const [scope, { entries, tokens }] of content) {
			for (const name of entries.keys()) changes.entry(scope, name, undefined);
			for (const token of tokens.keys()) changes.token(scope, token, undefined);
		}
		for (const [scope, { view, tokens }] of this.scopes) {
			for (const [name, value] of view.entries) changes.entry(scope, name, JSON.stringify(value));
			for (const [token, at] of tokens) changes.token(scope, token, at);
		}
	}

	private create(scope: string, view: Scope, tokens: Map<string, number>): ScopeState {
		const state: ScopeState = { view, tokens, hand: undefined };
		this.scopes.set(scope, state);
		return state;
	}
}

function changedEntries(
	entries: ReadonlyMap<string, StoredValue>,
	change: Change,
	texts: readonly string[],
	changes: Changes,
): ReadonlyMap<string, StoredValue> {
	if (change.set === undefined && change.remove === undefined) return entries;
	const copy = new Map(entries);
	for (const name of change.remove ?? []) {
		if (copy.delete(name)) changes.entry(change.scope, name, undefined);
	}
	for (const [index, [name, value]] of (change.set ?? []).entries()) {
		copy.set(name, value);
		changes.entry(change.scope, name, texts[index]);
	}
	return copy;
}

/**
 * Each commit moves the hand on by a few tokens, so that the work stays the same however many there are, and no
 * single token that must stay keeps the ones behind it from being looked at. Starting at the oldest every time
 * would step over all the deleted ones first.
 */
function forgetTokens(scope: string, state: ScopeState, claim: Claim, changes: Changes): void {
	for (let looked = 0; looked < TOKENS_LOOKED_AT; looked++) {
		state.hand ??= state.tokens.entries();
		const next = state.hand.next();
		if (next.done) {
			state.hand = undefined;
			return;
		}
		const [token, at] = next.value;
		if (at > claim.floor || token === claim.token) continue;
		state.tokens.delete(token);
		changes.token(scope, token, undefined);
	}
}

function overlay(state: ScopeState, values: ReadonlyMap<string, StoredValue>, names: Iterable<string>): void {
	const entries = new Map(state.view.entries);
	for (const name of names) {
		if (values.has(name)) entries.set(name, values.get(name));
		else entries.delete(name);
	}
	state.view = { version: state.view.version, entries };
}
