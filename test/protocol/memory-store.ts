import { ProtocolError } from '../../nodes/protocol/common/errors.js';
import type { Change, CommitResult, Scope, Store, StoredValue } from '../../nodes/protocol/common/store.js';

interface ScopeState {
	version: number;
	entries: ReadonlyMap<string, StoredValue>;
	readonly tokens: Map<string, number>;
}

type Disk = Map<string, Pick<ScopeState, 'entries' | 'tokens'>>;

/**
 * A store without files that behaves as the contract of stores says, with a disk that can fail or be slow. A
 * restart of Node-RED is a new station over the same store; a kill is one over `afterKill()`.
 */
export class MemoryStore implements Store {
	healthy = true;
	/** While true the disk takes nothing. */
	failing = false;
	/** While true scopes can't be read either. */
	unreadable = false;
	/** While true commits wait for `release`. */
	delaying = false;
	/** Every commit that was not in conflict, oldest first. */
	readonly commits: Change[] = [];
	private readonly scopes = new Map<string, ScopeState>();
	private readonly unwritten = new Set<string>();
	private waiting: (() => void)[] = [];

	constructor(private readonly disk: Disk = new Map()) {
		for (const [scope, { entries, tokens }] of disk) {
			this.scopes.set(scope, { version: 1, entries, tokens: new Map(tokens) });
		}
	}

	/** The store that a process finds which starts after this one was killed. */
	afterKill(): MemoryStore {
		return new MemoryStore(new Map(this.disk));
	}

	/** Lets the commits that wait go on. */
	release(): void {
		this.delaying = false;
		for (const go of this.waiting.splice(0)) go();
	}

	async read(scope: string): Promise<Scope> {
		if (this.unreadable) throw new ProtocolError('store-unavailable');
		const { version, entries } = this.stateOf(scope);
		return { version, entries };
	}

	/** What is remembered, by name. */
	entriesOf(scope: string): Record<string, unknown> {
		return Object.fromEntries(this.stateOf(scope).entries);
	}

	tokensOf(scope: string): string[] {
		return [...this.stateOf(scope).tokens.keys()];
	}

	commit(change: Change): Promise<CommitResult> {
		const result = this.apply(change);
		return result === 'done' ? this.keep(change) : Promise.resolve(result);
	}

	private async keep(change: Change): Promise<CommitResult> {
		this.commits.push(change);
		this.unwritten.add(change.scope);
		if (this.delaying) await new Promise<void>((resolve) => this.waiting.push(resolve));
		this.healthy = !this.failing;
		if (this.failing) throw new ProtocolError('store-unavailable');
		for (const scope of this.unwritten) {
			const { entries, tokens } = this.stateOf(scope);
			this.disk.set(scope, { entries, tokens: new Map(tokens) });
		}
		this.unwritten.clear();
		return 'done';
	}

	private apply({ scope, expect, set = [], remove = [], claim }: Change): CommitResult {
		const state = this.stateOf(scope);
		if (claim !== undefined && state.tokens.has(claim.token)) return 'claimed';
		if (state.version !== expect) return 'conflict';
		const entries = new Map(state.entries);
		for (const name of remove) entries.delete(name);
		for (const [name, value] of set) entries.set(name, JSON.parse(JSON.stringify(value)));
		if (claim !== undefined) {
			for (const [token, at] of state.tokens) if (at <= claim.floor) state.tokens.delete(token);
			state.tokens.set(claim.token, claim.at);
		}
		this.scopes.set(scope, { version: expect + 1, entries, tokens: state.tokens });
		return 'done';
	}

	private stateOf(scope: string): ScopeState {
		return this.scopes.get(scope) ?? { version: 0, entries: new Map(), tokens: new Map() };
	}
}
