/** How the memory of a vehicle lies in the store: one scope, with an entry for the vehicle and one for its `config`. */
import type { Scope, Store, StoredValue } from '../common/store.js';
import type { Meaning } from './config.js';
import type { Json } from './json.js';
import { areMeanings, isVehicleRecord } from './records.js';
import type { EcuState } from './status.js';

const VEHICLE = 'vehicle';
const CONFIG = 'config';

/** Something that happened to a vehicle, as it waits to be told. */
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
	/** When it was last heard of before it last fell silent, milliseconds since the epoch. */
	readonly heardAt?: number;
	/** Usual time between two POSTs, milliseconds. */
	readonly interval?: number;
	/** Events that may not have been told yet, oldest first. */
	readonly untold: readonly StoredEvent[];
}

/** What is remembered of a vehicle; a vehicle that never reported has neither. */
export interface VehicleMemory {
	readonly vehicle: VehicleRecord | undefined;
	readonly config: readonly Meaning[];
}

/** The memory of a vehicle, as it was read. */
export interface StoredMemory extends VehicleMemory {
	/**
	 * Names of entries that can't be read: another version wrote them, or they are damaged. They count for nothing, and are
	 * replaced as soon as the vehicle tells the same anew.
	 */
	readonly unreadable: readonly string[];
}

/** What a decision changes; what it leaves out stays. */
export interface MemoryChange {
	readonly vehicle?: VehicleRecord;
	readonly config?: readonly Meaning[];
	/** Whether a loss of power must not undo it. */
	readonly flush?: boolean;
}

const NO_CONFIG: readonly Meaning[] = [];

/** The scope of a vehicle in the store. */
export function scopeOf(key: string): string {
	return `wican/${key}`;
}

/** Reads what is remembered of a vehicle. */
export async function recall(store: Store, key: string): Promise<StoredMemory> {
	return memoryIn(await store.read(scopeOf(key)));
}

/**
 * Changes what is remembered of a vehicle. `decide` is called again when something else changed it in the meantime,
 * so it must not have effects of its own.
 * @returns the last decision
 * @throws ProtocolError of the store; the last decision holds in memory then, see `Store.commit`
 */
export async function change<T extends MemoryChange>(
	store: Store,
	key: string,
	decide: (memory: VehicleMemory) => T,
): Promise<T> {
	const scope = scopeOf(key);
	for (;;) {
		const read = await store.read(scope);
		const decision = decide(memoryIn(read));
		const set: [string, StoredValue][] = [];
		if (decision.vehicle !== undefined) set.push([VEHICLE, decision.vehicle]);
		if (decision.config !== undefined) set.push([CONFIG, decision.config]);
		if (set.length === 0) return decision;
		const flush = decision.flush && { flush: true };
		if ((await store.commit({ scope, expect: read.version, set, ...flush })) === 'done') return decision;
	}
}

function memoryIn({ entries }: Scope): StoredMemory {
	const [vehicle, config] = [entries.get(VEHICLE), entries.get(CONFIG)];
	const unreadable: string[] = [];
	if (vehicle !== undefined && !isVehicleRecord(vehicle)) unreadable.push(VEHICLE);
	if (config !== undefined && !areMeanings(config)) unreadable.push(CONFIG);
	return {
		vehicle: isVehicleRecord(vehicle) ? vehicle : undefined,
		config: areMeanings(config) ? config : NO_CONFIG,
		unreadable,
	};
}
