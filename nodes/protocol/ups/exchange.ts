/**
 * One accepted POST: what is remembered of a UPS goes in with what the UPS says, and what is to be remembered from
 * now on, what happened, and what the answer carries come out. Pure: nothing is read, written or sent.
 */
import { chooseForAnswer } from './answer.js';
import { type Condition, type Edge, edgesBetween } from './edges.js';
import { afterSample, afterWait, type PowerState, type PowerThresholds } from './power-state.js';
import {
	afterPost,
	type Command,
	delivered,
	type HostSight,
	isDeliverable,
	isFinal,
	type Report,
} from './queue.js';
import {
	isForgotten,
	isOfKnownBoot,
	isWithin,
	type Moment,
	type Stretch,
	stretchesAfter,
} from './stretches.js';
import type { Telemetry } from './telemetry.js';

/** What is remembered of a UPS, beside its commands. */
export interface DeviceRecord {
	/** Version of this record's form. */
	readonly v: 1;
	/** Ts of the newest accepted POST, seconds, the UPS's clock. */
	readonly ts: number;
	/** Its `uptime_s`. */
	readonly uptime?: number;
	/** A POST that seemed late did not fit this one: the UPS may have restarted, and its clock been set back. */
	readonly mayHaveRestarted?: true;
	/** Whether the host's record has been seen since the UPS started. */
	readonly hostThisBoot: boolean;
	/** The endpoint of the newest accepted POST; unknown to records of 0.1.0. */
	readonly endpoint?: string;
	/** The id in its path, where that is not the configured one. */
	readonly sentId?: string;
	/** When a POST was last accepted, milliseconds since the epoch, this machine's clock. */
	readonly seenAt: number;
	/** Ts up to which nonces may have been forgotten: nothing as old as that is accepted again. */
	readonly floor: number;
	/** The starts of the UPS and settings of its clock that are known, the present one first. Older records have none. */
	readonly stretches?: readonly Stretch[];
	readonly condition: Condition;
	/** Events that no flow has been told yet, oldest first. */
	readonly untold?: readonly UntoldEdges[];
}

/** What happened at one moment (milliseconds since the epoch), and the endpoint at which it is to be told. */
export interface UntoldEdges {
	readonly time: number;
	readonly endpoint?: string;
	readonly edges: readonly Edge[];
}

/** How many moments are kept for a flow that is not there: the newest tell how things are. */
const MAX_UNTOLD = 8;

/** The record with these edges still to be told, at an endpoint or (undefined) at all. */
export function withUntold(
	device: DeviceRecord,
	time: number,
	edges: readonly Edge[],
	endpoint: string | undefined,
): DeviceRecord {
	if (edges.length === 0) return device;
	const entry: UntoldEdges = { time, edges, ...(endpoint !== undefined && { endpoint }) };
	return { ...device, untold: [...(device.untold ?? []), entry].slice(-MAX_UNTOLD) };
}

/** What is remembered of a UPS; commands in their order. */
export interface Memory {
	readonly device: DeviceRecord | undefined;
	/** Whether it was noticed, and told, that the UPS had never reported. */
	readonly silence?: { readonly told: boolean } | undefined;
	readonly commands: readonly Command[];
}

/** An authentic POST. */
export interface Post {
	/** `X-W3PUPS-Ts`, seconds. */
	readonly ts: number;
	/** Milliseconds since the epoch, this machine's clock. */
	readonly receivedAt: number;
	/** Names the endpoint that it came to. */
	readonly endpoint: string;
	/** The id in its path, where that is not the configured one. */
	readonly sentId?: string | undefined;
	/** Accepted difference of the clocks, seconds. */
	readonly clockSkew: number;
	readonly thresholds: PowerThresholds;
	readonly telemetry: Telemetry;
}

/** What becomes of a POST. */
export interface Exchange {
	readonly device: DeviceRecord;
	/** The commands that changed, those delivered included. */
	readonly changed: readonly Command[];
	/** What the answer carries, in its order, as it was before. */
	readonly deliveries: readonly Command[];
	readonly edges: readonly Edge[];
	/** Commands in no final state. */
	readonly pending: number;
	/** What this report says of mains and battery, together with what was known before. */
	readonly power: PowerState;
}

/** @param mayDeliver whether a command may go into this answer */
export function exchange(memory: Memory, post: Post, mayDeliver: (command: Command) => boolean): Exchange {
	const { device, commands } = memory;
	const power = powerAfter(device?.condition ?? {}, post);
	if (device !== undefined && isLate(device, post))
		return { ...nothingNew(afterLate(device, post), commands), power };
	const next = remember(device, post, power);
	const report = reportOf(device, next, post);
	const settled = commands.map((command) => afterPost(command, report));
	const deliveries = chooseForAnswer(
		settled.filter((command) => isDeliverable(command) && mayDeliver(command)),
	);
	const after = settled.map((command) =>
		deliveries.includes(command) ? delivered(command, post.receivedAt, next.condition.host) : command,
	);
	const restarted = device !== undefined && hasRestarted(device, post.telemetry);
	const edges = [...(restarted ? [RESTARTED] : []), ...edgesBetween(device?.condition, next.condition)];
	return {
		device: withNews(memory, next, post, edges),
		changed: after.filter((command, index) => command !== commands[index]),
		deliveries,
		edges,
		pending: countPending(after),
		power,
	};
}

/** The first report of a UPS whose silence was told at all endpoints ends that silence at all of them. */
function withNews(before: Memory, next: DeviceRecord, post: Post, edges: readonly Edge[]): DeviceRecord {
	const endsSilence = before.device === undefined && before.silence?.told === true;
	const forAll = edges.filter(({ event }) => endsSilence && event === 'online');
	const others = edges.filter((edge) => !forAll.includes(edge));
	const { receivedAt, endpoint } = post;
	return withUntold(withUntold(next, receivedAt, forAll, undefined), receivedAt, others, endpoint);
}

/** A report without a power record leaves things as they were, but time has passed. */
function powerAfter(before: PowerState, { telemetry, ts, receivedAt, thresholds }: Post): PowerState {
	const { power, uptime } = telemetry;
	if (power === undefined) return afterWait(before, receivedAt, thresholds);
	return afterSample(before, power, { receivedAt, ts, uptime }, thresholds);
}

/**
 * What is remembered of a UPS at a moment without a report; the same record where nothing changed.
 * @param isSilent whether it counts as offline by now
 */
export function deviceAfterTime(
	device: DeviceRecord,
	now: number,
	isSilent: boolean,
	thresholds: PowerThresholds,
): DeviceRecord {
	const { condition: before } = device;
	const power = afterWait(before, now, thresholds);
	const condition = { ...before, ...power, online: before.online && !isSilent };
	const edges = edgesBetween(before, condition);
	return edges.length === 0 ? device : withUntold({ ...device, condition }, now, edges, device.endpoint);
}

/** The record after the machine's clock was set: what was some time ago still is. */
export function deviceShifted(device: DeviceRecord, milliseconds: number): DeviceRecord {
	const { onBatterySince } = device.condition;
	const since = onBatterySince !== undefined && { onBatterySince: onBatterySince + milliseconds };
	const condition = { ...device.condition, ...since };
	return { ...device, seenAt: device.seenAt + milliseconds, condition };
}

const RESTARTED: Edge = { event: 'restarted' };

/** Commands in no final state. */
export function countPending(commands: readonly Command[]): number {
	return commands.filter((command) => !isFinal(command)).length;
}

/**
 * Whether a POST is so old that it may have been accepted before and its nonce been forgotten. One without uptime is
 * judged by its time alone: a floor further ahead than the clocks may differ in both directions comes from a clock that
 * has been set back since, and holds no longer.
 */
export function isTooOld(device: DeviceRecord, post: Post): boolean {
	if (post.telemetry.uptime !== undefined) return isForgotten(device.stretches ?? [], momentOf(post));
	return post.ts <= device.floor && device.floor - post.ts <= 2 * post.clockSkew;
}

/**
 * Whether a newer POST was accepted before this one. Two accepted POSTs can't be further apart than the clocks may
 * differ in both directions, unless a clock was set back: then the present one counts. So does one whose uptime proves that it
 * is newer.
 */
function isLate(device: DeviceRecord, post: Post): boolean {
	const { ts, clockSkew } = post;
	return ts < device.ts && device.ts - ts <= 2 * clockSkew && !isNewerByUptime(device, post);
}

/**
 * A late POST of the same boot has a lower uptime. That of an earlier boot can have a higher one: then it comes from a boot that
 * is known, or its uptime has grown by more than time has passed, by far more than the clocks may differ.
 */
function isNewerByUptime(device: DeviceRecord, post: Post): boolean {
	const { uptime } = post.telemetry;
	if (device.uptime === undefined || uptime === undefined || uptime <= device.uptime) return false;
	const excess = uptime - device.uptime - secondsPassed(device, post);
	if (Math.abs(excess) <= BOOT_SLACK) return true;
	return excess <= 2 * post.clockSkew && !isOfKnownBoot(device.stretches ?? [], momentOf(post));
}

/** Seconds since the last accepted POST, by this machine's clock. */
function secondsPassed({ seenAt }: DeviceRecord, { receivedAt }: Post): number {
	return (receivedAt - seenAt) / 1000;
}

/** A POST that is really late comes from the boot of the newer one, and is older by its uptime as well. */
function afterLate(device: DeviceRecord, post: Post): DeviceRecord {
	const { uptime = 0 } = post.telemetry;
	const fits = Math.abs(uptime - (device.uptime ?? 0) - (post.ts - device.ts)) <= BOOT_SLACK;
	const moment = momentOf(post);
	const { stretches: known = [] } = device;
	const placed = isWithin(known, moment)
		? device
		: { ...device, stretches: stretchesAfter(known, moment, device.floor) };
	return fits || device.mayHaveRestarted ? placed : { ...placed, mayHaveRestarted: true };
}

function momentOf({ ts, telemetry }: Post): Moment {
	return { ts, uptime: telemetry.uptime };
}

function nothingNew(device: DeviceRecord, commands: readonly Command[]): Omit<Exchange, 'power'> {
	return { device, changed: [], deliveries: [], edges: [], pending: countPending(commands) };
}

function remember(before: DeviceRecord | undefined, post: Post, power: PowerState): DeviceRecord {
	const { telemetry, ts, receivedAt, endpoint, sentId, clockSkew } = post;
	const forgettable = Math.floor(receivedAt / 1000) - clockSkew - 1;
	const sameBoot = before !== undefined && !hasRestarted(before, telemetry);
	const hostThisBoot = telemetry.host !== undefined || (sameBoot && before.hostThisBoot);
	const floor = Math.min(Math.max(before?.floor ?? 0, forgettable), ts - 1);
	const stretches = stretchesAfter(before?.stretches ?? [], momentOf(post), floor);
	return {
		v: 1,
		ts,
		...(telemetry.uptime !== undefined && { uptime: telemetry.uptime }),
		hostThisBoot,
		endpoint,
		...(sentId !== undefined && { sentId }),
		seenAt: receivedAt,
		floor,
		stretches,
		...(before?.untold && { untold: before.untold }),
		condition: { ...power, online: true, host: hostNow(before?.condition.host, telemetry, hostThisBoot) },
	};
}

/** For how long after its own start a UPS may not have heard of its host yet, in seconds. */
const HOST_SILENCE = 90;

function hostNow(
	before: HostSight = { seen: 'unknown' },
	telemetry: Telemetry,
	hostThisBoot: boolean,
): HostSight {
	const { host, uptime = 0 } = telemetry;
	if (host === undefined) {
		return hostThisBoot || uptime >= HOST_SILENCE ? { ...before, seen: 'down' } : before;
	}
	return host.uptime === undefined ? { ...before, seen: 'up' } : { seen: 'up', uptime: host.uptime };
}

function reportOf(before: DeviceRecord | undefined, after: DeviceRecord, post: Post): Report {
	const { telemetry, ts, receivedAt } = post;
	return {
		now: receivedAt,
		ts,
		acks: new Set(telemetry.acks),
		rejected: new Map(telemetry.rejected.map(({ id, reason }) => [id, reason])),
		sameBoot: before !== undefined && isSameBoot(before, post),
		host: {
			before: before?.condition.host ?? { seen: 'unknown' },
			after: after.condition.host,
			present: telemetry.host !== undefined,
		},
	};
}

function hasRestarted(before: DeviceRecord, telemetry: Telemetry): boolean {
	return telemetry.uptime !== undefined && before.uptime !== undefined && telemetry.uptime < before.uptime;
}

/** How many seconds the UPS's two clocks may drift apart between two POSTs before a restart is suspected. */
const BOOT_SLACK = 10;

/**
 * Whether the UPS certainly did not restart in between. An uptime that grew is not enough for a command that must
 * not run twice: a UPS that restarted soon after its last POST may already be up for longer than it was then. But
 * then its uptime has grown by less than its clock, or, where its clock was set back, by less than this machine's.
 */
function isSameBoot(before: DeviceRecord, post: Post): boolean {
	const { ts, telemetry } = post;
	if (telemetry.uptime === undefined || before.uptime === undefined || before.mayHaveRestarted) return false;
	const grown = telemetry.uptime - before.uptime;
	const byItsClock = ts - before.ts;
	const passed = grown - byItsClock > BOOT_SLACK ? secondsPassed(before, post) : byItsClock;
	return grown >= 0 && passed - grown <= BOOT_SLACK;
}
