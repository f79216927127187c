import { DueTimes } from '../../nodes/protocol/common/due-times.js';
import { ProtocolError } from '../../nodes/protocol/common/errors.js';
import { Scope } from '../../nodes/protocol/common/scope.js';
import type { Decision, Entries, Store, StoredValue, StoreState } from '../../nodes/protocol/common/store.js';
import type { ManualTime } from './manual-time.js';

/** What is kept of one scope. */
interface Kept {
	readonly entries: Map<string, StoredValue>;
	readonly nonces: Map<string, number>;
}

type Disk = Map<string, Kept>;

/** A change that was made. */
export type Commit = Omit<Decision<unknown>, 'result'> & { readonly scope: string };

/** An update or a read that waits for its turn. */
interface Work {
	succeed(): void;
	fail(error: ProtocolError): void;
	/** Undefined for a read. */
	readonly change?: Commit;
}

/**
 * A store as the contract allows it at its worst, over a disk that can be slow or fail. Updates are decided at once, each on
 * what the ones before it decided, and kept in their order. A restart or a kill of Node-RED is a new service over
 * `afterKill()`; several Node-REDs are services over one store that is `shared`.
 */
export class TestStore implements Store {
	/** Whether several processes use it. */
	shared = false;
	/** While true updates and reads wait for `release`. */
	delaying = false;
	/** While true nobody is called at due times, as by a server that nobody has asked yet. */
	callsNobody = false;
	/** While true scopes cannot be read. */
	unreadable = false;
	/** While set every update rejects with `store-outcome-unknown`: the change was made or not. */
	unknownOutcome: 'made' | 'not made' | undefined;
	/** By how many milliseconds its clock is ahead of the machine's. */
	ahead = 0;
	/** Every change that was made and was not empty, oldest first. */
	readonly commits: Commit[] = [];
	private isFailing = false;
	private current: StoreState = { name: 'ready' };
	private isOver = false;
	private readonly dues = new Map<string, number>();
	private readonly dueTimes: DueTimes;
	private readonly listeners = new Set<(state: StoreState) => void>();
	/** What decisions are made on: not kept yet. */
	private decided: Disk = new Map();
	private waiting: Work[] = [];

	constructor(
		private readonly time: ManualTime,
		private readonly disk: Disk = new Map(),
	) {
		const clock = { now: () => this.now(), monotonic: () => time.monotonic() };
		this.dueTimes = new DueTimes(clock, time, (error) => {
			throw error;
		});
	}

	/** While true nothing can be kept: updates reject, and the state is `unavailable` from the first one on. */
	get failing(): boolean {
		return this.isFailing;
	}

	set failing(isFailing: boolean) {
		this.isFailing = isFailing;
		if (!isFailing) this.setState({ name: 'ready' });
	}

	get state(): StoreState {
		return this.current;
	}

	setState(state: StoreState): void {
		if (state.name === this.current.name) return;
		this.current = state;
		for (const listener of this.listeners) listener(state);
	}

	onState(listener: (state: StoreState) => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	now(): number {
		return this.time.now() + this.ahead;
	}

	onDue(prefix: string, listener: (scope: string) => void): () => void {
		return this.dueTimes.onDue(prefix, (scope) => void (this.callsNobody || listener(scope)));
	}

	/** The store that a process finds which starts now, were this one killed. This one stays as it is; `stop` ends it. */
	afterKill(): TestStore {
		const next = new TestStore(this.time, copyOf(this.disk));
		next.shared = this.shared;
		for (const [scope, due] of this.dues) next.setDue(scope, due);
		return next;
	}

	/** Nobody uses it any more: what waits never comes, and nothing is due. */
	stop(): void {
		this.isOver = true;
		this.waiting = [];
		this.dueTimes.clear();
	}

	/** One process of several over this store; after `end` nothing reaches it any more, nor it the store. */
	process(): Store & { end(): void } {
		const store = this;
		const never = new Promise<never>(() => {});
		let isOver = false;
		return {
			read: (scope) => (isOver ? never : store.read(scope).then((found) => (isOver ? never : found))),
			update: (scope, decide) =>
				isOver ? never : store.update(scope, decide).then((result) => (isOver ? never : result)),
			now: () => store.now(),
			get shared() {
				return store.shared;
			},
			get state() {
				return store.state;
			},
			onState: (listener) => store.onState((state) => void (isOver || listener(state))),
			onDue: (prefix, listener) => store.onDue(prefix, (scope) => void (isOver || listener(scope))),
			end() {
				isOver = true;
			},
		};
	}

	/** Lets the updates and reads that wait go on. */
	release(): void {
		this.delaying = false;
		this.settle();
	}

	/** What is kept, by name. */
	entriesOf(scope: string): Record<string, unknown> {
		return Object.fromEntries(this.disk.get(scope)?.entries ?? []);
	}

	noncesOf(scope: string): string[] {
		return [...(this.disk.get(scope)?.nonces.keys() ?? [])];
	}

	dueOf(scope: string): number | undefined {
		return this.dues.get(scope);
	}

	/** Puts entries there as another process or version may have left them. */
	put(scope: string, entries: Readonly<Record<string, StoredValue>>): void {
		for (const disk of [this.disk, this.decided])
			for (const [name, value] of Object.entries(entries)) keptIn(disk, scope).entries.set(name, value);
	}

	read(scope: string): Promise<Entries> {
		return this.wait((resolve, reject) => ({
			succeed: () => {
				if (this.unreadable) reject(new ProtocolError('store-unavailable'));
				else resolve(new Map(this.disk.get(scope)?.entries));
			},
			fail: () => resolve(new Map(this.disk.get(scope)?.entries)),
		}));
	}

	async update<T>(
		name: string,
		decide: (entries: Entries, now: number) => Decision<T>,
	): Promise<T | 'replayed'> {
		const kept = keptIn(this.decided, name, this.disk);
		const scope = new Scope(kept.entries, kept.nonces);
		if (!this.isOver && this.unreadable) throw this.unavailable();
		// A decision may be made again at any time: only the last one counts.
		decide(scope.copy(), this.now());
		const { result, ...change } = asStored(decide(scope.copy(), this.now()));
		const isReplayed = scope.isReplayed({ result, ...change });
		if (!isReplayed) scope.apply({ result, ...change });
		return this.wait((resolve, reject) => ({
			succeed: () => resolve(isReplayed ? 'replayed' : result),
			fail: reject,
			change: isReplayed ? { scope: name } : { scope: name, ...change },
		}));
	}

	private wait<T>(
		workOf: (resolve: (value: T) => void, reject: (error: ProtocolError) => void) => Work,
	): Promise<T> {
		return new Promise<T>((resolve, reject) => {
			if (this.isOver) return;
			this.waiting.push(workOf(resolve, reject));
			if (!this.delaying) this.settle();
		});
	}

	private settle(): void {
		const failed = new Set<string>();
		for (const work of this.waiting.splice(0)) {
			const { change } = work;
			// A decision that changes nothing may have been made on changes that could not be kept.
			const isAsked = this.failing && this.shared && change !== undefined;
			if (!isAsked && (change === undefined || (isEmpty(change) && !failed.has(change.scope))))
				work.succeed();
			else if (this.failing) {
				failed.add(change.scope);
				work.fail(this.unavailable());
			} else this.keep(change, work);
		}
		// What was decided and not kept is gone.
		this.decided = new Map();
	}

	private keep(change: Commit, work: Work): void {
		const { unknownOutcome } = this;
		if (unknownOutcome !== 'not made') {
			this.commits.push(change);
			const { entries, nonces } = keptIn(this.disk, change.scope);
			new Scope(entries, nonces).apply({ result: undefined, ...change });
			if (change.due !== undefined) this.setDue(change.scope, change.due);
		}
		if (unknownOutcome === undefined) work.succeed();
		else work.fail(new ProtocolError('store-outcome-unknown'));
	}

	private unavailable(): ProtocolError {
		const error = new ProtocolError('store-unavailable');
		this.setState({ name: 'unavailable', error });
		return error;
	}

	private setDue(scope: string, due: number | null): void {
		if (due === null) this.dues.delete(scope);
		else this.dues.set(scope, due);
		this.dueTimes.set(scope, due);
	}
}

/** A scope that a change can be made on; where there is none, one like that of another disk. */
function keptIn(disk: Disk, scope: string, other: Disk = new Map()): Kept {
	const kept = disk.get(scope) ?? keptLike(other.get(scope));
	disk.set(scope, kept);
	return kept;
}

const keptLike = (kept: Kept | undefined): Kept => ({
	entries: new Map(kept?.entries),
	nonces: new Map(kept?.nonces),
});

const copyOf = (disk: Disk): Disk => new Map([...disk].map(([scope, kept]) => [scope, keptLike(kept)]));

/** The decision as a store keeps it: values are what JSON makes of them. */
function asStored<T>({ set, ...decision }: Decision<T>): Decision<T> {
	if (set === undefined) return decision;
	return { ...decision, set: set.map(([name, value]) => [name, JSON.parse(JSON.stringify(value))] as const) };
}

const isEmpty = ({ set = [], remove = [], nonce, due }: Commit): boolean =>
	set.length === 0 && remove.length === 0 && nonce === undefined && due === undefined;
