/**
 * How a vehicle lies in the store: a scope with an entry for the vehicle, one for its `config`, one for when it was seen, and its
 * outbox.
 */
import { OUTBOX, Outbox, type OutboxEnvironment } from '../common/outbox.js';
import type { Decision, Entries, StoredValue } from '../common/store.js';
import { type Meaning, shared } from './config.js';
import type { Json } from './json.js';
import { areMeanings, isSeen, isStoredEvent, isVehicleRecord } from './records.js';
import type { Seen } from './seen.js';
import type { EcuState } from './status.js';

const SCOPE = 'wican/';
const VEHICLE = 'vehicle';
const CONFIG = 'config';
const SEEN = 'seen';

/** Something that happened to a vehicle, as it waits in the outbox. */
export interface StoredEvent {
	readonly event: VehicleEventName;
	/** Milliseconds since the epoch. */
	readonly time: number;
	readonly deviceId?: string;
	readonly previousDeviceId?: string;
	readonly remoteAddress?: string;
}

export type VehicleEventName =
	| 'started'
	| 'ecu-online'
	| 'ecu-offline'
	| 'offline'
	| 'online'
	| 'device-changed'
	| 'stale'
	| 'fresh';

/** What is remembered of a vehicle beside units and classes. Nothing in it is secret. */
export interface VehicleRecord {
	readonly deviceId?: string;
	readonly firmware?: string;
	/** The safe part of the last `status`; a webhook sends only what changed, so older members stay. */
	readonly status: Json;
	/** When a status that differed from the one before came, milliseconds since the epoch. */
	readonly statusAt?: number;
	readonly ecu?: EcuState;
	readonly online: boolean;
	/** A digest of the values that stand still; undefined while they move. */
	readonly stale?: string | undefined;
}

/** What is remembered of a vehicle; a vehicle that never reported has neither a record nor a time. */
export interface StoredVehicle {
	readonly vehicle: VehicleRecord | undefined;
	readonly config: readonly Meaning[];
	readonly seen: Seen | undefined;
	/** When the outbox has to be looked at next, milliseconds of the store's time; undefined where it is empty. */
	readonly outboxDue?: number | undefined;
	/**
	 * Names of entries that can't be read: another version wrote them, or they are damaged. They count for nothing, and are
	 * replaced as soon as the vehicle tells the same anew.
	 */
	readonly unreadable: readonly string[];
}

/** What a decision changes; what it leaves out stays. */
export interface VehicleChange {
	readonly vehicle?: VehicleRecord;
	readonly config?: readonly Meaning[];
	readonly seen?: Seen | undefined;
	/** What flows are to be told. */
	readonly events?: readonly StoredEvent[];
	/** Whether a loss of power must not undo it. */
	readonly durable?: boolean;
	/** Whether the due time is set anew even where nothing changes. */
	readonly isRescheduled?: boolean;
}

/** What the repository needs from the registry of vehicles. */
export interface RepositoryOptions {
	/** Tells a flow. @returns false when nobody listens */
	tell(key: string, event: StoredEvent): boolean;
	/** When a vehicle is due next by its silence, milliseconds; null for never, undefined where other processes decide that. */
	silenceDue(key: string, stored: StoredVehicle, now: number): number | null | undefined;
}

const NO_CONFIG: readonly Meaning[] = [];

/** What is known of a vehicle that never reported. */
export const UNKNOWN_VEHICLE: StoredVehicle = {
	...{ vehicle: undefined, config: NO_CONFIG, seen: undefined, unreadable: [] },
};

export class VehicleRepository {
	private readonly outbox: Outbox<StoredEvent>;

	constructor(
		private readonly environment: OutboxEnvironment,
		private readonly options: RepositoryOptions,
	) {
		this.outbox = new Outbox<StoredEvent>(environment, {
			isReadable: isStoredEvent,
			notify: (scope, event) => options.tell(keyOf(scope), event),
			settle: (entries, _left, now, scope) => ({
				due: this.dueOf(keyOf(scope), this.storedIn(entries), now),
			}),
		});
	}

	/**
	 * Changes what is remembered of a vehicle. `decide` is pure and may be called again.
	 * @returns the last decision
	 * @throws ProtocolError of the store
	 */
	async update<T extends VehicleChange>(
		key: string,
		decide: (stored: StoredVehicle, now: number) => T,
	): Promise<T> {
		// Without a nonce nothing is replayed.
		return (await this.environment.store.update(SCOPE + key, (entries, now) => {
			const stored = this.storedIn(entries);
			return this.decisionOf(key, entries, stored, decide(stored, now), now);
		})) as T;
	}

	/** Tells what lies in the outbox of a vehicle. Never rejects. */
	flush(key: string): Promise<void> {
		return this.outbox.flush(SCOPE + key);
	}

	/** Calls a listener for each vehicle that is due. */
	onDue(listener: (key: string) => void): () => void {
		return this.environment.store.onDue(SCOPE, (scope) => listener(keyOf(scope)));
	}

	private decisionOf<T extends VehicleChange>(
		key: string,
		entries: Entries,
		stored: StoredVehicle,
		change: T,
		now: number,
	): Decision<T> {
		const { vehicle, config, seen, events = [], durable } = change;
		const items = events.length === 0 ? [] : this.outbox.put(entries, now, events);
		const set: (readonly [string, StoredValue])[] = [...items];
		if (vehicle !== undefined) set.push([VEHICLE, vehicle]);
		if (config !== undefined) set.push([CONFIG, shared(config)]);
		if (seen !== undefined) set.push([SEEN, seen]);
		const isRescheduled = change.isRescheduled === true && entries.size > 0;
		if (set.length === 0 && !isRescheduled) return { result: change };
		const after = {
			...stored,
			vehicle: vehicle ?? stored.vehicle,
			seen: seen ?? stored.seen,
			outboxDue: stored.outboxDue ?? this.outbox.dueOf(items.map(([, item]) => item)),
		};
		return { result: change, set, durable, due: this.dueOf(key, after, now) };
	}

	private storedIn(entries: Entries): StoredVehicle {
		const [vehicle, config, seen] = [entries.get(VEHICLE), entries.get(CONFIG), entries.get(SEEN)];
		const unreadable: string[] = [];
		if (vehicle !== undefined && !isVehicleRecord(vehicle)) unreadable.push(VEHICLE);
		if (config !== undefined && !areMeanings(config)) unreadable.push(CONFIG);
		for (const [name, value] of entries)
			if (name.startsWith(OUTBOX) && !isStoredEvent((value as { content?: unknown } | null)?.content))
				unreadable.push(name);
		const items = this.outbox.items(entries).map(([, item]) => item);
		return {
			vehicle: isVehicleRecord(vehicle) ? vehicle : undefined,
			config: areMeanings(config) ? config : NO_CONFIG,
			seen: isSeen(seen) ? seen : undefined,
			outboxDue: this.outbox.dueOf(items),
			unreadable,
		};
	}

	private dueOf(key: string, stored: StoredVehicle, now: number): number | null | undefined {
		const silence = this.options.silenceDue(key, stored, now);
		if (silence === undefined) return undefined;
		const due = Math.min(silence ?? Number.POSITIVE_INFINITY, stored.outboxDue ?? Number.POSITIVE_INFINITY);
		return Number.isFinite(due) ? Math.ceil(due) : null;
	}
}

function keyOf(scope: string): string {
	return scope.slice(SCOPE.length);
}
