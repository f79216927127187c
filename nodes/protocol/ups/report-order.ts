/**
 * Where a POST stands among those that were accepted before: newer, late, or too old. The clock minus the uptime identifies one
 * boot session of the UPS, which is one boot with one setting of its clock. Both are signed, and within a session both only grow:
 * a POST of a known session that is not newer than the forgotten nonces of it may be a replay, however the clocks have been set
 * since. A POST of an unknown session can't be one.
 */
import type { Post, TimedPost } from './apply-telemetry.js';
import type { DeviceRecord } from './records.js';
import type { Telemetry } from './telemetry.js';

/** Times in seconds by the UPS's clock. */
export interface BootSession {
	/** Least and greatest time of the boot, as accepted POSTs had it. */
	readonly from: number;
	readonly to: number;
	/** Ts of the newest accepted POST. */
	readonly newest: number;
	/** Ts up to which nonces may have been forgotten. */
	readonly forgotten: number;
}

/** Seconds. A POST without an uptime belongs to no session. */
export interface Moment {
	readonly ts: number;
	readonly uptime: number | undefined;
}

/** How many seconds the UPS's two clocks may drift apart between two POSTs of one boot session. */
const SLACK = 10;

/** How many sessions are kept, the last used ones. */
const MAX_SESSIONS = 16;

/**
 * The sessions after a POST was accepted; its own comes first.
 * @param floor Ts up to which nonces are forgotten
 */
export function bootSessionsAfter(
	before: readonly BootSession[],
	{ ts, uptime }: Moment,
	floor: number,
): readonly BootSession[] {
	const forget = (session: BootSession): BootSession => {
		const forgotten = Math.max(session.forgotten, Math.min(session.newest, floor));
		return forgotten === session.forgotten ? session : { ...session, forgotten };
	};
	if (uptime === undefined) return before.map(forget);
	const start = ts - uptime;
	const known = before.find((session) => isNear(session, start, SLACK));
	const current: BootSession = {
		from: Math.min(known?.from ?? start, start),
		to: Math.max(known?.to ?? start, start),
		newest: Math.max(known?.newest ?? ts, ts),
		forgotten: known?.forgotten ?? 0,
	};
	const others = before.filter((session) => session !== known);
	return [current, ...others].slice(0, MAX_SESSIONS).map(forget);
}

/** Whether a POST may have been accepted before, though its nonce is forgotten. */
export function isForgotten(sessions: readonly BootSession[], { ts, uptime }: Moment): boolean {
	return uptime !== undefined && sessions.some((one) => isNear(one, ts - uptime, 0) && ts <= one.forgotten);
}

/** Whether a POST changes no session: it lies between others of its own. */
export function isWithin(sessions: readonly BootSession[], { ts, uptime }: Moment): boolean {
	return uptime === undefined || sessions.some((one) => isNear(one, ts - uptime, 0) && ts <= one.newest);
}

function isNear({ from, to }: BootSession, start: number, slack: number): boolean {
	return start >= from - slack && start <= to + slack;
}

export function momentOf({ ts, telemetry }: Post): Moment {
	return { ts, uptime: telemetry.uptime };
}

/**
 * Whether a POST is so old that its nonce may be forgotten. One without uptime is judged by its time alone: a floor further ahead
 * than the clocks may differ in both directions comes from a clock that was set back since, and does not count.
 */
export function isTooOld(device: DeviceRecord, post: Post): boolean {
	if (post.telemetry.uptime !== undefined) return isForgotten(device.bootSessions, momentOf(post));
	return post.ts <= device.floor && device.floor - post.ts <= 2 * post.clockSkew;
}

/**
 * Whether a newer POST was accepted before this one. Two accepted POSTs can't be further apart than the clocks may differ in both
 * directions, unless a clock was set back: then this one counts. A POST whose uptime proves that it is newer counts too.
 */
export function isLate(device: DeviceRecord, post: TimedPost): boolean {
	const { ts, clockSkew } = post;
	return ts < device.ts && device.ts - ts <= 2 * clockSkew && !isNewerByUptime(device, post);
}

/**
 * A late POST of the same boot has a lower uptime. One of an earlier boot can have a higher uptime: then its session is known, or
 * its uptime has grown by more than the time passed, by far more than the clocks may differ.
 */
function isNewerByUptime(device: DeviceRecord, post: TimedPost): boolean {
	const { ts, telemetry, clockSkew } = post;
	const { uptime } = telemetry;
	if (device.uptime === undefined || uptime === undefined || uptime <= device.uptime) return false;
	const excess = uptime - device.uptime - secondsPassed(device, post);
	if (Math.abs(excess) <= SLACK) return true;
	const isKnownSession = device.bootSessions.some((one) => isNear(one, ts - uptime, SLACK));
	return excess <= 2 * clockSkew && !isKnownSession;
}

/** Seconds since the last accepted POST, by the store's time. */
function secondsPassed({ seenAt }: DeviceRecord, { now }: TimedPost): number {
	return (now - seenAt) / 1000;
}

/** The record after a late POST. One that does not fit the boot of the newer POST suggests a restart. */
export function afterLate(device: DeviceRecord, post: Post): DeviceRecord {
	const { uptime = 0 } = post.telemetry;
	const fits = Math.abs(uptime - (device.uptime ?? 0) - (post.ts - device.ts)) <= SLACK;
	const moment = momentOf(post);
	const { bootSessions: known, floor } = device;
	const next = isWithin(known, moment)
		? device
		: { ...device, bootSessions: bootSessionsAfter(known, moment, floor) };
	return fits || device.mayHaveRestarted ? next : { ...next, mayHaveRestarted: true };
}

export function hasRestarted(before: DeviceRecord, telemetry: Telemetry): boolean {
	return telemetry.uptime !== undefined && before.uptime !== undefined && telemetry.uptime < before.uptime;
}

/**
 * Whether the UPS certainly did not restart in between. A grown uptime is not enough for a command that must not run twice: a UPS
 * that restarted soon after its last POST may be up for longer now than it was then. In that case its uptime has grown by less
 * than its clock, or, where its clock was set back, by less than this machine's.
 */
export function isSameBoot(before: DeviceRecord, post: TimedPost): boolean {
	const { ts, telemetry } = post;
	if (telemetry.uptime === undefined || before.uptime === undefined || before.mayHaveRestarted) return false;
	const grown = telemetry.uptime - before.uptime;
	const byItsClock = ts - before.ts;
	const passed = grown - byItsClock > SLACK ? secondsPassed(before, post) : byItsClock;
	return grown >= 0 && passed - grown <= SLACK;
}
