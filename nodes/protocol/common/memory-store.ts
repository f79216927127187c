/** A store that ends with the process: for tests, for programs that use the protocol alone, and where there is no place to keep anything. */
import { DueTimes } from './due-times.js';
import { Scope } from './scope.js';
import type { Decision, Entries, Store, StoreState } from './store.js';
import type { Clock, Timers } from './time.js';

export interface MemoryStoreEnvironment {
	readonly clock: Clock;
	readonly timers: Timers;
	/** Takes what a listener throws. */
	report(error: unknown): void;
}

export class MemoryStore implements Store {
	readonly shared: boolean = false;
	private readonly scopes = new Map<string, Scope>();
	private readonly dueTimes: DueTimes;

	constructor(
		private readonly environment: MemoryStoreEnvironment,
		readonly state: StoreState = { name: 'memory-only' },
	) {
		const { clock, timers, report } = environment;
		this.dueTimes = new DueTimes(clock, timers, report);
	}

	now(): number {
		return this.environment.clock.now();
	}

	async read(scope: string): Promise<Entries> {
		return this.scopes.get(scope)?.copy() ?? new Map();
	}

	async update<T>(
		name: string,
		decide: (entries: Entries, now: number) => Decision<T>,
	): Promise<T | 'replayed'> {
		const scope = this.scopes.get(name) ?? new Scope();
		const decision = decide(scope.entries, this.now());
		if (scope.isReplayed(decision)) return 'replayed';
		scope.apply(decision);
		if (scope.isEmpty) this.scopes.delete(name);
		else this.scopes.set(name, scope);
		if (decision.due !== undefined) this.dueTimes.set(name, decision.due);
		return decision.result;
	}

	/** Never called: the state of memory does not change. */
	onState(): () => void {
		return () => {};
	}

	onDue(prefix: string, listener: (scope: string) => void): () => void {
		return this.dueTimes.onDue(prefix, listener);
	}

	/** Ends all timers. */
	close(): void {
		this.dueTimes.clear();
	}
}
