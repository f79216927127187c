/** How the memory of a UPS lies in the store: a scope per UPS, an entry for the UPS and one or two per command. */
import type { Change, Claim, Scope, Store, StoredValue } from '../common/store.js';
import type { DeviceRecord, Memory } from './exchange.js';
import { type Command, stateOf } from './queue.js';
import { isCommand, isDeviceRecord, isSilence } from './records.js';

const DEVICE = 'device';
const SILENCE = 'silence';
const COMMAND = 'command/';
const MESSAGE = 'message/';

/** The scope of a UPS in the store. */
export function scopeOf(deviceId: string): string {
	return `ups/${deviceId}`;
}

/** A UPS that never reported since it was configured. */
export interface Silence {
	/** When that was noticed, milliseconds since the epoch. */
	readonly time: number;
	/** Whether a flow has been told. */
	readonly told: boolean;
}

/** What a decision changes in the memory of a UPS. */
export interface MemoryChange {
	readonly device?: DeviceRecord;
	readonly commands?: readonly Command[];
	readonly silence?: Silence;
	/** The message that ordered a command, as far as JSON can hold it. */
	readonly message?: { readonly id: string; readonly value: StoredValue };
	/** Ids of commands that are over and told. */
	readonly forget?: readonly string[];
	readonly claim?: Claim;
	readonly flush?: boolean;
}

/** The memory of a UPS with its message texts. */
export interface StoredMemory extends Memory {
	readonly silence: Silence | undefined;
	/** Whether the UPS never reported, and that was not noticed yet. */
	readonly isAwaited: boolean;
	/**
	 * Names of entries that can't be read: another version wrote them, or they are damaged. They stay where they are, for the
	 * version that can read them, and count for nothing.
	 */
	readonly unreadable: readonly string[];
	messageOf(commandId: string): StoredValue | undefined;
}

/** Reads what is remembered of a UPS. */
export async function recall(store: Store, deviceId: string): Promise<StoredMemory> {
	return memoryIn(await store.read(scopeOf(deviceId)));
}

/**
 * Changes what is remembered of a UPS. `decide` is called again when something else changed it in the meantime, so
 * it must not have effects of its own; what it returns last is what was committed.
 * @returns the decision, or undefined when its claim was made before
 * @throws ProtocolError of the store; `decide`'s last decision holds in memory then, see `Store.commit`
 */
export async function change<T extends MemoryChange>(
	store: Store,
	deviceId: string,
	decide: (memory: StoredMemory) => T,
): Promise<T | undefined> {
	const scope = scopeOf(deviceId);
	for (;;) {
		const read = await store.read(scope);
		const decision = decide(memoryIn(read));
		const wanted = changeOf(scope, read.version, decision);
		if (wanted === undefined) return decision;
		const result = await store.commit(wanted);
		if (result === 'claimed') return undefined;
		if (result === 'done') return decision;
	}
}

/**
 * Takes back the last step of commands, which could not be kept: they are again as they were before it. One that has
 * gone on meanwhile stays.
 * @throws ProtocolError of the store; the commands are as they were all the same
 */
export async function restore(store: Store, deviceId: string, before: readonly Command[]): Promise<void> {
	if (before.length === 0) return;
	await change(store, deviceId, ({ commands }) => ({
		commands: commands.flatMap((command) => {
			const was = before.find(({ id }) => id === command.id);
			return was !== undefined && isOneStepOn(was, command) ? [{ ...was, told: command.told }] : [];
		}),
	}));
}

/** Whether a command is now what a delivery or a withdrawal made of it. */
function isOneStepOn(was: Command, now: Command): boolean {
	if (stateOf(now) === 'cancelled') return stateOf(was) === 'queued';
	return stateOf(now) === 'sent' && now.sent === was.sent + 1;
}

/** Undefined when there is nothing to change. */
function changeOf(scope: string, expect: number, decision: MemoryChange): Change | undefined {
	const { device, silence, commands = [], message, forget = [], claim, flush } = decision;
	const set: [string, StoredValue][] = commands.map((command) => [COMMAND + command.id, command]);
	if (device !== undefined) set.push([DEVICE, device]);
	if (silence !== undefined) set.push([SILENCE, silence]);
	if (message !== undefined) set.push([MESSAGE + message.id, message.value]);
	const remove = forget.flatMap((id) => [COMMAND + id, MESSAGE + id]);
	if (set.length === 0 && remove.length === 0 && claim === undefined) return undefined;
	return { scope, expect, set, remove, ...(claim && { claim }), ...(flush && { flush }) };
}

function memoryIn({ entries }: Scope): StoredMemory {
	const commands: Command[] = [];
	const unreadable: string[] = [];
	for (const [name, value] of entries) {
		if (!name.startsWith(COMMAND)) continue;
		if (isCommand(value)) commands.push(value);
		else unreadable.push(name);
	}
	if (commands.length > 1) commands.sort((a, b) => a.seq - b.seq);
	const stored = entries.get(DEVICE);
	const isReadable = isDeviceRecord(stored);
	if (stored !== undefined && !isReadable) unreadable.push(DEVICE);
	const silence = entries.get(SILENCE);
	return {
		device: isReadable ? upgraded(stored) : undefined,
		commands,
		silence: isSilence(silence) ? silence : undefined,
		isAwaited: stored === undefined && silence === undefined,
		unreadable,
		messageOf: (commandId) => entries.get(MESSAGE + commandId),
	};
}

/** A record as 0.1.0 wrote it has the begin of an outage beside the condition. */
type StoredDevice = DeviceRecord & { readonly onBatterySince?: number };

function upgraded(stored: StoredDevice): DeviceRecord {
	if (stored.onBatterySince === undefined) return stored;
	const { onBatterySince, ...device } = stored;
	return { ...device, condition: { ...device.condition, onBatterySince } };
}
