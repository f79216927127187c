/** What the passing of time changes of a UPS that sends nothing, and when. Pure. */
import { silentFor } from '../common/presence.js';
import { afterTime, type Command, dueAt, longestWait, shifted } from './command-state.js';
import { commandNotifications, eventNotifications, eventsBetween } from './events.js';
import { afterWait, lossDueAt, type PowerThresholds } from './power-state.js';
import type { DeviceRecord } from './records.js';
import type { StoredUps, UpsChange } from './repository.js';

/** After a due time has passed without an update it is due again after so many milliseconds. */
const RETRY = 5_000;

/** How a process listens to a UPS. */
export interface Listening {
	readonly settings: PowerThresholds & { readonly offlineAfter: number };
	/** For how long this process has got no report, milliseconds by its monotonic clock. */
	readonly listened: number;
	/** Whether other processes listen as well. */
	readonly isShared: boolean;
}

/** When the passing of time changes something next, milliseconds since the epoch; null for never. */
export function nextDue(stored: StoredUps, listening: Listening, now: number): number | null {
	const { device, commands, outboxDue } = stored;
	const due = earliest([
		...commands.map(dueAt),
		device && lossDueAt(device.condition, listening.settings),
		// Right after this update the process takes over what another one should have delivered.
		outboxDue !== undefined && outboxDue <= now ? now + RETRY : outboxDue,
		silenceDue(stored, listening, now),
	]);
	return due === undefined ? null : Math.ceil(due);
}

/** The least of the defined times. */
export function earliest(times: readonly (number | undefined)[]): number | undefined {
	const known = times.filter((time) => time !== undefined);
	return known.length === 0 ? undefined : Math.min(...known);
}

function silenceDue(stored: StoredUps, listening: Listening, now: number): number | undefined {
	const { device, isAwaited } = stored;
	const { isShared, settings } = listening;
	if (!isAwaited && device?.condition.online !== true) return undefined;
	const left = settings.offlineAfter - silenceOf(device, listening, now);
	if (!isShared) return now + left;
	// Another process may have listened for longer, and has the same due time.
	const storedDue = device === undefined ? now : device.seenAt + settings.offlineAfter;
	return storedDue > now ? storedDue : now + Math.min(left, RETRY);
}

/** For how long a UPS has been silent, milliseconds. */
function silenceOf(device: DeviceRecord | undefined, { listened }: Listening, now: number): number {
	return device === undefined ? listened : silentFor(device.seenAt, listened, now);
}

type Changes = Pick<UpsChange<never>, 'device' | 'commands' | 'silence' | 'notifications'>;

/**
 * What is different at a moment without a report.
 * @param deviceId the configured id
 * @param now milliseconds since the epoch, the store's time
 */
export function applyTime(stored: StoredUps, deviceId: string, listening: Listening, now: number): Changes {
	const { device, isAwaited } = stored;
	const { settings } = listening;
	const sentId = device?.sentId ?? deviceId;
	const late = stored.commands.filter((command) => afterTime(command, now) !== command);
	const commands = late.map((command) => afterTime(command, now));
	const ended = commandNotifications(late, commands, sentId);
	const isSilent = silenceOf(device, listening, now) >= settings.offlineAfter;
	if (isAwaited && isSilent) {
		const never = eventNotifications([{ event: 'offline', never: true }], deviceId, now, undefined);
		return { commands, silence: { time: now }, notifications: [...never, ...ended] };
	}
	if (device === undefined) return { commands, notifications: ended };
	const { condition } = device;
	const online = condition.online && !isSilent;
	const after = { ...condition, ...afterWait(condition, now, settings), online };
	const events = eventsBetween(condition, after);
	if (events.length === 0) return { commands, notifications: ended };
	const notifications = [...eventNotifications(events, sentId, now, device.endpoint), ...ended];
	return { device: { ...device, condition: after }, commands, notifications };
}

/** Moves stored times with a step of this machine's clock, so all time spans stay the same. */
export function applyClockStep({ device, commands }: StoredUps, milliseconds: number): Changes {
	return {
		device: device && deviceShifted(device, milliseconds),
		commands: commands
			.filter((command) => dueAt(command) !== undefined)
			.map((command) => shifted(command, milliseconds)),
	};
}

/** The commands whose deadline was set by a wrong clock, too far ahead, with the latest possible one. */
export function withinTheirTime(commands: readonly Command[], now: number): Command[] {
	return commands.flatMap((command) => {
		const due = dueAt(command);
		const latest = now + longestWait(command);
		return due !== undefined && due > latest ? [shifted(command, latest - due)] : [];
	});
}

function deviceShifted(device: DeviceRecord, milliseconds: number): DeviceRecord {
	const { onBatterySince } = device.condition;
	const since = onBatterySince !== undefined && { onBatterySince: onBatterySince + milliseconds };
	return { ...device, seenAt: device.seenAt + milliseconds, condition: { ...device.condition, ...since } };
}
