/** When something is due at a UPS although nothing comes from it. Pure. */
import { dueAt } from './command-state.js';
import { lossDueAt, type PowerThresholds } from './power-state.js';
import type { DeviceRecord } from './records.js';
import type { StoredUps } from './repository.js';

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
	return due ?? null;
}

/** Whether a UPS counts as silent: both by the stored time of its last report and by what this process has listened. */
export function isSilent(device: DeviceRecord | undefined, listening: Listening, now: number): boolean {
	return silentFor(device, listening, now) >= listening.settings.offlineAfter;
}

/** The least of these, without those that are undefined. */
export function earliest(times: readonly (number | undefined)[]): number | undefined {
	const known = times.filter((time) => time !== undefined);
	return known.length === 0 ? undefined : Math.min(...known);
}

function silenceDue(stored: StoredUps, listening: Listening, now: number): number | undefined {
	const { device, isAwaited } = stored;
	if (!isAwaited && device?.condition.online !== true) return undefined;
	const left = listening.settings.offlineAfter - silentFor(device, listening, now);
	const isSilentForOthers =
		listening.isShared && device !== undefined && now - device.seenAt >= listening.settings.offlineAfter;
	return now + (isSilentForOthers ? Math.min(left, RETRY) : left);
}

/** Neither a restart nor a clock that is set makes it longer; a stored time in the future tells nothing. */
function silentFor(device: DeviceRecord | undefined, { listened }: Listening, now: number): number {
	const stored = device === undefined ? listened : now - device.seenAt;
	return stored < 0 ? listened : Math.min(stored, listened);
}
