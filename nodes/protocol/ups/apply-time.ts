/** What the passing of time does to a UPS from which nothing comes, and when. Pure. */
import { afterTime, type Command, dueAt, longestWait, shifted } from './command-state.js';
import { commandNotifications, eventNotifications, eventsBetween } from './events.js';
import { afterWait, lossDueAt, type PowerThresholds } from './power-state.js';
import type { DeviceRecord, Silence } from './records.js';
import type { StoredUps, UpsChange } from './repository.js';

/** How long whoever was called at a due time has before it is called again, milliseconds. */
const RETRY = 5_000;

/** What the passing of time means for a UPS, in a process. */
export interface Listening {
	readonly settings: PowerThresholds & { readonly offlineAfter: number };
	/** For how long this process has listened to the UPS without a report, milliseconds by its monotonic clock. */
	readonly listened: number;
	/** Whether other processes listen to it as well. */
	readonly isShared: boolean;
}

/** When somebody has to look at a UPS next, milliseconds since the epoch; null for never. */
export function nextDue(stored: StoredUps, listening: Listening, now: number): number | null {
	const { device, commands, outboxDue } = stored;
	const due = earliest([
		...commands.map(dueAt),
		device && lossDueAt(device.condition, listening.settings),
		// What another process should have told is taken over right after this update.
		outboxDue !== undefined && outboxDue <= now ? now + RETRY : outboxDue,
		silenceDue(stored, listening, now),
	]);
	return due === undefined ? null : Math.ceil(due);
}

/** Whether a UPS counts as silent: both by the stored time of its last report and by what this process has listened. */
function isSilent(device: DeviceRecord | undefined, listening: Listening, now: number): boolean {
	return silentFor(device, listening, now) >= listening.settings.offlineAfter;
}

/** The least of these, without those that are undefined. */
export function earliest(times: readonly (number | undefined)[]): number | undefined {
	const known = times.filter((time) => time !== undefined);
	return known.length === 0 ? undefined : Math.min(...known);
}

function silenceDue(stored: StoredUps, listening: Listening, now: number): number | undefined {
	const { device, isAwaited } = stored;
	const { isShared, settings } = listening;
	if (!isAwaited && device?.condition.online !== true) return undefined;
	const left = settings.offlineAfter - silentFor(device, listening, now);
	if (!isShared) return now + left;
	// Another process may have listened for longer, and is called at the same due time.
	const storedDue = device === undefined ? now : device.seenAt + settings.offlineAfter;
	return storedDue > now ? storedDue : now + Math.min(left, RETRY);
}

/** Neither a restart nor a clock that is set makes it longer; a stored time in the future tells nothing. */
function silentFor(device: DeviceRecord | undefined, { listened }: Listening, now: number): number {
	const stored = device === undefined ? listened : now - device.seenAt;
	return stored < 0 ? listened : Math.min(stored, listened);
}

/** What is different at a moment without a report. */
export type Changes = Pick<UpsChange<never>, 'device' | 'commands' | 'silence' | 'notifications'>;

/**
 * @param deviceId the configured id
 * @param now milliseconds since the epoch, the store's time
 */
export function applyTime(stored: StoredUps, deviceId: string, listening: Listening, now: number): Changes {
	const sentId = stored.device?.sentId ?? deviceId;
	const late = stored.commands.filter((command) => afterTime(command, now) !== command);
	const commands = late.map((command) => afterTime(command, now));
	const ended = commandNotifications(late, commands, sentId);
	if (stored.isAwaited && isSilent(undefined, listening, now)) {
		const silence: Silence = { time: now };
		const never = eventNotifications([{ event: 'offline', never: true }], deviceId, now, undefined);
		return { commands, silence, notifications: [...never, ...ended] };
	}
	const { device } = stored;
	if (device === undefined) return { commands, notifications: ended };
	const after = deviceAfterTime(device, listening, now);
	const edges = eventsBetween(device.condition, after.condition);
	if (edges.length === 0) return { commands, notifications: ended };
	return {
		device: after,
		commands,
		notifications: [...eventNotifications(edges, sentId, now, device.endpoint), ...ended],
	};
}

/** What a step of this machine's clock moves: what was some time ago still is, and what has time left has that time left. */
export function applyClockStep({ device, commands }: StoredUps, milliseconds: number): Changes {
	return {
		device: device && deviceShifted(device, milliseconds),
		commands: commands
			.filter((command) => dueAt(command) !== undefined)
			.map((command) => shifted(command, milliseconds)),
	};
}

/** Commands whose deadline lies further ahead than it ever could have waited under a clock that was wrong. */
export function withinTheirTime(commands: readonly Command[], now: number): Command[] {
	return commands.flatMap((command) => {
		const due = dueAt(command);
		const latest = now + longestWait(command);
		return due !== undefined && due > latest ? [shifted(command, latest - due)] : [];
	});
}

function deviceAfterTime(device: DeviceRecord, listening: Listening, now: number): DeviceRecord {
	const { condition } = device;
	const power = afterWait(condition, now, listening.settings);
	const online = condition.online && !isSilent(device, listening, now);
	return { ...device, condition: { ...condition, ...power, online } };
}

function deviceShifted(device: DeviceRecord, milliseconds: number): DeviceRecord {
	const { onBatterySince } = device.condition;
	const since = onBatterySince !== undefined && { onBatterySince: onBatterySince + milliseconds };
	return { ...device, seenAt: device.seenAt + milliseconds, condition: { ...device.condition, ...since } };
}
