/** Where a POST stands among those that were accepted before it: newer, late, too old, from the same start of the UPS or not. */
import type { Post, TimedPost } from './apply-telemetry.js';
import type { DeviceRecord } from './records.js';
import type { Telemetry } from './telemetry.js';

/** Times in seconds by the UPS's clock. */
export interface BootSession {
	/** Least and greatest time of the start of the UPS, as accepted POSTs told it. */
	readonly from: number;
	readonly to: number;
	/** Ts of the newest accepted POST. */
	readonly newest: number;
	/** Ts up to which nonces may have been forgotten. */
	readonly forgotten: number;
}

/** What places a POST on a session, seconds. Without an uptime it is on none. */
export interface Moment {
	readonly ts: number;
	readonly uptime: number | undefined;
}

/** A clock that is kept right by less than this goes on with its session. Seconds. */
const SLACK = 10;

/** How many bootSessions are kept: those that had a POST last. */
const MAX_SESSIONS = 16;

/**
 * The bootSessions after a POST was accepted; the one it belongs to comes first.
 * @param floor Ts up to which nonces are forgotten by now
 */
export function bootSessionsAfter(
	before: readonly BootSession[],
	{ ts, uptime }: Moment,
	floor: number,
): readonly BootSession[] {
	if (uptime === undefined) return before.map((session) => forgetting(session, floor));
	const start = ts - uptime;
	const known = before.find((session) => isNearStart(session, start));
	const current: BootSession = {
		from: Math.min(known?.from ?? start, start),
		to: Math.max(known?.to ?? start, start),
		newest: Math.max(known?.newest ?? ts, ts),
		forgotten: known?.forgotten ?? 0,
	};
	const others = before.filter((session) => session !== known);
	return [current, ...others].slice(0, MAX_SESSIONS).map((session) => forgetting(session, floor));
}

/** Whether a POST tells nothing new of the bootSessions: it lies between others of its own. */
export function isWithin(bootSessions: readonly BootSession[], { ts, uptime }: Moment): boolean {
	return uptime === undefined || bootSessions.some((one) => hasStart(one, ts - uptime) && ts <= one.newest);
}

/** Whether a POST comes from a start of the UPS, or a setting of its clock, from which one was accepted before. */
export function isOfKnownBoot(bootSessions: readonly BootSession[], { ts, uptime }: Moment): boolean {
	return uptime !== undefined && bootSessions.some((one) => isNearStart(one, ts - uptime));
}

/** Whether a POST may have been accepted before, though its nonce is not known any more. */
export function isForgotten(bootSessions: readonly BootSession[], { ts, uptime }: Moment): boolean {
	return (
		uptime !== undefined && bootSessions.some((one) => hasStart(one, ts - uptime) && ts <= one.forgotten)
	);
}

function isNearStart({ from, to }: BootSession, start: number): boolean {
	return start >= from - SLACK && start <= to + SLACK;
}

function hasStart({ from, to }: BootSession, start: number): boolean {
	return start >= from && start <= to;
}

function forgetting(session: BootSession, floor: number): BootSession {
	const forgotten = Math.max(session.forgotten, Math.min(session.newest, floor));
	return forgotten === session.forgotten ? session : { ...session, forgotten };
}

/**
 * Whether a POST is so old that it may have been accepted before and its nonce been forgotten. One without uptime is
 * judged by its time alone: a floor further ahead than the clocks may differ in both directions comes from a clock that
 * has been set back since, and holds no longer.
 */
export function isTooOld(device: DeviceRecord, post: Post): boolean {
	if (post.telemetry.uptime !== undefined) return isForgotten(device.bootSessions, momentOf(post));
	return post.ts <= device.floor && device.floor - post.ts <= 2 * post.clockSkew;
}

/**
 * Whether a newer POST was accepted before this one. Two accepted POSTs can't be further apart than the clocks may
 * differ in both directions, unless a clock was set back: then the present one counts. So does one whose uptime proves that it
 * is newer.
 */
export function isLate(device: DeviceRecord, post: TimedPost): boolean {
	const { ts, clockSkew } = post;
	return ts < device.ts && device.ts - ts <= 2 * clockSkew && !isNewerByUptime(device, post);
}

/**
 * A late POST of the same boot has a lower uptime. That of an earlier boot can have a higher one: then it comes from a boot that
 * is known, or its uptime has grown by more than time has passed, by far more than the clocks may differ.
 */
function isNewerByUptime(device: DeviceRecord, post: TimedPost): boolean {
	const { uptime } = post.telemetry;
	if (device.uptime === undefined || uptime === undefined || uptime <= device.uptime) return false;
	const excess = uptime - device.uptime - secondsPassed(device, post);
	if (Math.abs(excess) <= BOOT_SLACK) return true;
	return excess <= 2 * post.clockSkew && !isOfKnownBoot(device.bootSessions, momentOf(post));
}

/** Seconds since the last accepted POST, by the store's time. */
function secondsPassed({ seenAt }: DeviceRecord, { now }: TimedPost): number {
	return (now - seenAt) / 1000;
}

/** A POST that is really late comes from the boot of the newer one, and is older by its uptime as well. */
export function afterLate(device: DeviceRecord, post: Post): DeviceRecord {
	const { uptime = 0 } = post.telemetry;
	const fits = Math.abs(uptime - (device.uptime ?? 0) - (post.ts - device.ts)) <= BOOT_SLACK;
	const moment = momentOf(post);
	const { bootSessions: known } = device;
	const placed = isWithin(known, moment)
		? device
		: { ...device, bootSessions: bootSessionsAfter(known, moment, device.floor) };
	return fits || device.mayHaveRestarted ? placed : { ...placed, mayHaveRestarted: true };
}

export function momentOf({ ts, telemetry }: Post): Moment {
	return { ts, uptime: telemetry.uptime };
}

export function hasRestarted(before: DeviceRecord, telemetry: Telemetry): boolean {
	return telemetry.uptime !== undefined && before.uptime !== undefined && telemetry.uptime < before.uptime;
}

/** How many seconds the UPS's two clocks may drift apart between two POSTs before a restart is suspected. */
const BOOT_SLACK = 10;

/**
 * Whether the UPS certainly did not restart in between. An uptime that grew is not enough for a command that must
 * not run twice: a UPS that restarted soon after its last POST may already be up for longer than it was then. But
 * then its uptime has grown by less than its clock, or, where its clock was set back, by less than this machine's.
 */
export function isSameBoot(before: DeviceRecord, post: TimedPost): boolean {
	const { ts, telemetry } = post;
	if (telemetry.uptime === undefined || before.uptime === undefined || before.mayHaveRestarted) return false;
	const grown = telemetry.uptime - before.uptime;
	const byItsClock = ts - before.ts;
	const passed = grown - byItsClock > BOOT_SLACK ? secondsPassed(before, post) : byItsClock;
	return grown >= 0 && passed - grown <= BOOT_SLACK;
}
