/**
 * Applies an accepted POST: the stored state and the report go in, and the next state, the notifications and the commands for
 * the answer come out. Pure.
 */
import {
	afterPost,
	type Command,
	chooseForAnswer,
	delivered,
	type HostState,
	isDeliverable,
	isFinal,
	type Report,
} from './command-state.js';
import { effectOf } from './commands.js';
import {
	commandNotifications,
	type EventDetails,
	eventNotifications,
	eventsBetween,
	type Notification,
} from './events.js';
import { afterSample, afterWait, type PowerState, type PowerThresholds } from './power-state.js';
import type { DeviceRecord } from './records.js';
import {
	afterLate,
	bootSessionsAfter,
	hasRestarted,
	isLate,
	isSameBoot,
	isTooOld,
	momentOf,
} from './report-order.js';
import type { Decide, StoredUps } from './repository.js';
import type { Telemetry } from './telemetry.js';

/** An authentic POST. */
export interface Post {
	/** `X-W3PUPS-Ts`, seconds. */
	readonly ts: number;
	/** Milliseconds since the epoch, this machine's clock. */
	readonly receivedAt: number;
	/** Names the endpoint that it came to. */
	readonly endpoint: string;
	/** The id in its path. */
	readonly deviceId: string;
	/** Accepted difference of the clocks, seconds. */
	readonly clockSkew: number;
	readonly thresholds: PowerThresholds;
	readonly telemetry: Telemetry;
}

/** The same with the store's time, milliseconds since the epoch. */
export type TimedPost = Post & { readonly now: number };

/** What a POST is applied to. */
export type Before = Pick<StoredUps, 'device' | 'silence' | 'commands' | 'outboxDue'>;

/** The outcome of a POST. */
export interface Applied {
	readonly device: DeviceRecord;
	/** The changed commands, with the delivered ones. */
	readonly changed: readonly Command[];
	/** The commands of the answer in its order, as they were before. */
	readonly deliveries: readonly Command[];
	readonly notifications: readonly Notification[];
	/** Whether the outbox holds a notification that is due. */
	readonly hasNotifications: boolean;
	/** Commands in no final state. */
	readonly pending: number;
	/** Mains and battery after this report. */
	readonly power: PowerState;
}

/** The store's decision on a POST with a nonce, unless it is too old. */
export function decideOn(post: Post, nonce: string): Decide<Applied | 'stale-timestamp'> {
	return (stored, now) => {
		if (stored.device !== undefined && isTooOld(stored.device, post)) return { result: 'stale-timestamp' };
		const applied = applyTelemetry(stored, post, now);
		const { device, changed, deliveries, notifications } = applied;
		return {
			result: applied,
			device: device === stored.device ? undefined : device,
			commands: changed,
			notifications,
			nonce: { token: nonce, at: post.ts, floor: device.floor },
			// A command that must not run twice is sent only when its delivery survives a loss of power.
			durable: deliveries.some(({ command }) => effectOf(command) !== undefined),
		};
	};
}

/** @param now milliseconds since the epoch, the store's time */
export function applyTelemetry(before: Before, received: Post, now: number): Applied {
	const post: TimedPost = { ...received, now };
	const { device, commands, outboxDue } = before;
	const power = powerAfter(device?.condition ?? {}, post);
	if (device !== undefined && isLate(device, post))
		return { ...nothingNew(afterLate(device, post), before), power };
	const next = remember(device, post, power);
	const report = reportOf(device, next, post);
	const settled = commands.map((command) => afterPost(command, report));
	const deliveries = chooseForAnswer(settled.filter(isDeliverable));
	const after = settled.map((command) =>
		deliveries.includes(command) ? delivered(command, now, next.condition.host) : command,
	);
	const notifications = [
		...eventsOf(before, next, post),
		...commandNotifications(commands, after, post.deviceId),
	];
	return {
		device: next,
		changed: after.filter((command, index) => command !== commands[index]),
		deliveries,
		notifications,
		hasNotifications: notifications.length > 0 || outboxDue !== undefined,
		pending: countPending(after),
		power,
	};
}

/** The alarm about a UPS that never reported went to all endpoints; its first report ends the alarm at all of them. */
function eventsOf(before: Before, next: DeviceRecord, post: TimedPost): Notification[] {
	const { deviceId, endpoint, telemetry, now } = post;
	const { device, silence } = before;
	const restarted = device !== undefined && hasRestarted(device, telemetry);
	const edges = [...(restarted ? [RESTARTED] : []), ...eventsBetween(device?.condition, next.condition)];
	const endsSilence = device === undefined && silence !== undefined;
	return edges.flatMap((edge) => {
		const isForAll = endsSilence && edge.event === 'online';
		return eventNotifications([edge], deviceId, now, isForAll ? undefined : endpoint);
	});
}

/** A report without a power record changes only what depends on time. */
function powerAfter(before: PowerState, { telemetry, ts, thresholds, now }: TimedPost): PowerState {
	const { power, uptime } = telemetry;
	if (power === undefined) return afterWait(before, now, thresholds);
	return afterSample(before, power, { receivedAt: now, ts, uptime }, thresholds);
}

const RESTARTED: EventDetails = { event: 'restarted' };

/** Commands in no final state. */
export function countPending(commands: readonly Command[]): number {
	return commands.filter((command) => !isFinal(command)).length;
}

function nothingNew(device: DeviceRecord, { commands, outboxDue }: Before): Omit<Applied, 'power'> {
	const hasNotifications = outboxDue !== undefined;
	return {
		device,
		changed: [],
		deliveries: [],
		notifications: [],
		hasNotifications,
		pending: countPending(commands),
	};
}

function remember(before: DeviceRecord | undefined, post: TimedPost, power: PowerState): DeviceRecord {
	const { telemetry, now, ts, receivedAt, endpoint, deviceId: sentId, clockSkew } = post;
	const forgettable = Math.floor(receivedAt / 1000) - clockSkew - 1;
	const sameBoot = before !== undefined && !hasRestarted(before, telemetry);
	const hostThisBoot = telemetry.host !== undefined || (sameBoot && before.hostThisBoot);
	const floor = Math.min(Math.max(before?.floor ?? 0, forgettable), ts - 1);
	const bootSessions = bootSessionsAfter(before?.bootSessions ?? [], momentOf(post), floor);
	return {
		v: 1,
		ts,
		...(telemetry.uptime !== undefined && { uptime: telemetry.uptime }),
		hostThisBoot,
		endpoint,
		sentId,
		seenAt: now,
		floor,
		bootSessions,
		condition: { ...power, online: true, host: hostNow(before?.condition.host, telemetry, hostThisBoot) },
	};
}

/** For so many seconds after its own start a UPS may not have a record of its host. */
const HOST_SILENCE = 90;

function hostNow(
	before: HostState = { seen: 'unknown' },
	telemetry: Telemetry,
	hostThisBoot: boolean,
): HostState {
	const { host, uptime = 0 } = telemetry;
	if (host === undefined) {
		return hostThisBoot || uptime >= HOST_SILENCE ? { ...before, seen: 'down' } : before;
	}
	return host.uptime === undefined ? { ...before, seen: 'up' } : { seen: 'up', uptime: host.uptime };
}

function reportOf(before: DeviceRecord | undefined, after: DeviceRecord, post: TimedPost): Report {
	const { telemetry, ts, now } = post;
	return {
		now,
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
