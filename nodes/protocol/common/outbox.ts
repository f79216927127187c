/**
 * The outbox of a device: notifications that no flow has got yet. They lie in the scope of the device and are stored in the
 * same update as the change that they are about, so neither a killed process nor a lost connection loses one.
 *
 * The process that added an item delivers it right after the update. If it does not, it may have died, and one other process
 * takes the item over. An item is delivered at least once, each time with the same content.
 */
import { isStoreError } from './errors.js';
import type { Decision, Entries, Store } from './store.js';

/** Names of entries that hold an item begin with this. */
export const OUTBOX = 'outbox/';

/** How long the process that added an item has to deliver it, milliseconds. */
const TAKE_OVER_AFTER = 5_000;

/** An item without a listener is tried again after twice the time of the last try, at least once a day. */
const LONGEST_WAIT = 24 * 3600_000;

/** An item without a listener for this long is removed, milliseconds. */
const FORGET_AFTER = 24 * 3600_000;

/** After its start a process removes no undelivered item for so long: the nodes of a flow may still appear. Milliseconds. */
const KEEP_AFTER_START = 3600_000;

/** How many items without a listener a device keeps, the newest. */
const MAX_ITEMS = 200;

/** An item in the store. */
export interface OutboxItem<T> {
	/** Its place among the items of the device. */
	readonly seq: number;
	/** When it was put in, milliseconds of the store's time. */
	readonly at: number;
	/** The process that delivers it. */
	readonly by: string;
	/** When that process began to have the item, milliseconds of the store's time. */
	readonly since: number;
	/** How often that process found no listener. Another one may take such an item over at once. */
	readonly tries: number;
	readonly content: T;
}

/** An item with the name of its entry. */
export type NamedItem<T> = readonly [name: string, item: OutboxItem<T>];

/** What an outbox needs from outside. */
export interface OutboxEnvironment {
	readonly store: Store;
	/** Milliseconds since some moment of this process. */
	monotonic(): number;
	/** Names this process: different for every process and every start. */
	readonly instance: string;
	report(error: unknown): void;
}

export interface OutboxOptions<T> {
	/** Whether a content can be read; one that another version wrote is left where it is. */
	isReadable(content: unknown): content is T;
	/**
	 * Delivers a content to a flow, synchronously.
	 * @param entries what the scope holds
	 * @returns false when there is no listener
	 */
	notify(scope: string, content: T, entries: Entries): boolean;
	/** What else an update that removes items changes, for example the due time of the device. */
	settle?(
		entries: Entries,
		left: readonly OutboxItem<T>[],
		now: number,
		scope: string,
	): Omit<Decision<void>, 'result'>;
}

export class Outbox<T> {
	private count = 0;
	private readonly startedAt: number;
	/** Work per scope; the next begins when it has ended. */
	private readonly running = new Map<string, Promise<void>>();
	/** Scopes to be looked at once more when the work has ended. */
	private readonly again = new Set<string>();
	/** Items that were delivered and may still be in the store, per scope. */
	private readonly delivered = new Map<string, Set<string>>();

	constructor(
		private readonly environment: OutboxEnvironment,
		private readonly options: OutboxOptions<T>,
	) {
		this.startedAt = environment.monotonic();
	}

	/**
	 * Entries that add contents to the outbox, for a decision to set. Call it within `decide`; a decision that is made again
	 * uses other names.
	 * @param entries what the decision is made on
	 * @param now the store's time
	 */
	put(entries: Entries, now: number, contents: readonly T[]): readonly NamedItem<T>[] {
		const first = (this.items(entries).at(-1)?.[1].seq ?? 0) + 1;
		const { instance: by } = this.environment;
		return contents.map((content, index) => {
			const item: OutboxItem<T> = { seq: first + index, at: now, by, since: now, tries: 0, content };
			return [`${OUTBOX}${by}.${++this.count}`, item];
		});
	}

	/** Items of a scope that can be read, oldest first. */
	items(entries: Entries): NamedItem<T>[] {
		const found: NamedItem<T>[] = [];
		for (const [name, value] of entries) {
			if (!name.startsWith(OUTBOX)) continue;
			const item = value as OutboxItem<T>;
			if (this.options.isReadable(item?.content)) found.push([name, item]);
		}
		return found.length > 1 ? found.sort(([, one], [, other]) => one.seq - other.seq) : found;
	}

	/** When the outbox has to be flushed next; undefined without items. */
	dueOf(items: readonly OutboxItem<T>[]): number | undefined {
		if (items.length === 0) return undefined;
		return Math.min(...items.map(({ since, tries }) => since + waitAfter(tries)));
	}

	/**
	 * Delivers the items of this process in a scope, and those that others have not delivered in time. Never rejects: what
	 * fails is tried again later.
	 */
	flush(scope: string): Promise<void> {
		const running = this.running.get(scope);
		if (running !== undefined) {
			this.again.add(scope);
			return running;
		}
		const work = this.run(scope).finally(() => this.running.delete(scope));
		this.running.set(scope, work);
		return work;
	}

	private async run(scope: string): Promise<void> {
		do {
			this.again.delete(scope);
			try {
				await this.deliverAll(scope);
			} catch (error) {
				// The store reports its own failures; the items are tried again at their due time.
				if (!isStoreError(error)) this.environment.report(error);
				return;
			}
		} while (this.again.has(scope));
	}

	private async deliverAll(scope: string): Promise<void> {
		const { store, instance } = this.environment;
		let entries = await store.read(scope);
		let items = this.items(entries);
		if (items.length === 0) return;
		const abandoned = items.filter(([, item]) => this.isAbandoned(item));
		if (abandoned.length > 0) {
			await this.takeOver(scope, abandoned);
			entries = await store.read(scope);
			items = this.items(entries);
		}
		const own = items.filter(([, { by }]) => by === instance);
		await this.deliverOwn(scope, own, entries);
	}

	/** Where no other process uses the store, the one that added an item has ended. */
	private isAbandoned({ by, since, tries }: OutboxItem<T>): boolean {
		const { store, instance } = this.environment;
		if (by === instance) return false;
		return !store.shared || tries > 0 || store.now() >= since + TAKE_OVER_AFTER;
	}

	/** Makes items of others this process's own; of several processes that try it one succeeds. */
	private async takeOver(scope: string, abandoned: readonly NamedItem<T>[]): Promise<void> {
		const { store, instance: by } = this.environment;
		await store.update(scope, (entries, now) => {
			const still = abandoned.filter(([name, { by: owner, since }]) => {
				const item = entries.get(name) as OutboxItem<T> | undefined;
				return item?.by === owner && item.since === since;
			});
			const set = still.map(([name, item]) => [name, { ...item, by, since: now }] as const);
			return { result: undefined, set };
		});
	}

	private async deliverOwn(scope: string, own: readonly NamedItem<T>[], entries: Entries): Promise<void> {
		const delivered = this.delivered.get(scope) ?? new Set<string>();
		const undelivered = own.filter(([name, { content }]) => {
			if (delivered.has(name)) return false;
			if (!this.notify(scope, content, entries)) return true;
			delivered.add(name);
			return false;
		});
		if (delivered.size > 0) this.delivered.set(scope, delivered);
		const isDueAgain = undelivered.some(
			([, item]) => this.environment.store.now() >= item.since + waitAfter(item.tries),
		);
		if (delivered.size === 0 && !isDueAgain && own.length <= MAX_ITEMS) return;
		await this.remove(scope, delivered, undelivered);
		this.delivered.delete(scope);
	}

	private notify(scope: string, content: T, entries: Entries): boolean {
		try {
			return this.options.notify(scope, content, entries);
		} catch (error) {
			this.environment.report(error);
			return true;
		}
	}

	/** Removes the delivered items, and counts a try of the others. */
	private async remove(
		scope: string,
		delivered: ReadonlySet<string>,
		undelivered: readonly NamedItem<T>[],
	): Promise<void> {
		const { store, instance } = this.environment;
		const mayForget = this.environment.monotonic() - this.startedAt >= KEEP_AFTER_START;
		await store.update(scope, (entries, now) => {
			const forgotten = undelivered.filter(
				([, { at }], index) =>
					index < undelivered.length - MAX_ITEMS || (mayForget && now - at >= FORGET_AFTER),
			);
			const remove = [...delivered, ...forgotten.map(([name]) => name)].filter((name) => entries.has(name));
			const tried = undelivered.filter(
				([name, { since, tries }]) =>
					!remove.includes(name) &&
					now >= since + waitAfter(tries) &&
					(entries.get(name) as OutboxItem<T> | undefined)?.by === instance,
			);
			const set = tried.map(
				([name, item]) => [name, { ...item, since: now, tries: item.tries + 1 }] as const,
			);
			const after = new Map(entries);
			for (const name of remove) after.delete(name);
			for (const [name, item] of set) after.set(name, item);
			const left = this.items(after).map(([, item]) => item);
			const more = this.options.settle?.(after, left, now, scope);
			return {
				...more,
				result: undefined,
				set: [...set, ...(more?.set ?? [])],
				remove: [...remove, ...(more?.remove ?? [])],
			};
		});
	}
}

function waitAfter(tries: number): number {
	return Math.min(TAKE_OVER_AFTER * 2 ** tries, LONGEST_WAIT);
}
