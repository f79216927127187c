/**
 * Events of a UPS, derived from samples: in HTTP mode the UPS itself sends none. An event is an edge between what
 * was known and what a sample says, so that one change is told once, also across a restart of Node-RED.
 */
import type { HostSight } from './queue.js';
import { faultNames } from './telemetry-fields.js';

export type EventName =
	| 'refused'
	| 'online'
	| 'offline'
	| 'restarted'
	| 'mains-lost'
	| 'mains-restored'
	| 'output-off'
	| 'output-on'
	| 'fault'
	| 'fault-cleared'
	| 'host-down'
	| 'host-up'
	| 'host-restarted';

/** The payload of an event's message. `time` in milliseconds since the epoch. */
export interface UpsEvent {
	readonly event: EventName;
	readonly deviceId: string;
	readonly time: number;
	readonly [detail: string]: unknown;
}

/** What is remembered of a UPS between two samples. A member that no sample ever told is missing. */
export interface Condition {
	readonly online: boolean;
	readonly mains?: boolean;
	readonly output?: boolean;
	/** Bits, as sent. */
	readonly faults?: number;
	readonly host: HostSight;
}

/** An event without its device and time. */
export type Edge = Readonly<Record<string, unknown>> & { readonly event: EventName };

/** Turns into true and false that are told; `quiet` is what a first sample need not tell. */
const SWITCHES = [
	{ of: 'online', up: 'online', down: 'offline', quiet: undefined },
	{ of: 'mains', up: 'mains-restored', down: 'mains-lost', quiet: true },
	{ of: 'output', up: 'output-on', down: 'output-off', quiet: true },
] as const;

/** The edges from one condition to the next; `before` is undefined for a UPS that was never seen. */
export function edgesBetween(before: Condition | undefined, after: Condition): Edge[] {
	const edges: Edge[] = [];
	for (const { of, up, down, quiet } of SWITCHES) {
		const was = before?.[of] ?? quiet;
		const is = after[of];
		if (is !== undefined && is !== was) edges.push({ event: is ? up : down });
	}
	return [
		...edges,
		...faultEdges(before?.faults ?? 0, after.faults ?? 0),
		...hostEdges(before?.host, after.host),
	];
}

/** A new bit is a new fault; fewer bits are told only when none is left. */
function faultEdges(before: number, after: number): Edge[] {
	if ((after & ~before) !== 0) return [{ event: 'fault', faults: faultNames(after) }];
	return before !== 0 && after === 0 ? [{ event: 'fault-cleared' }] : [];
}

function hostEdges(before: HostSight | undefined, after: HostSight): Edge[] {
	if (before?.seen === 'up' && after.seen === 'down') return [{ event: 'host-down' }];
	if (before?.seen === 'down' && after.seen === 'up') return [{ event: 'host-up' }];
	if (before?.seen !== 'up' || after.seen !== 'up') return [];
	const restarted = (after.uptime ?? 0) < (before.uptime ?? 0);
	return restarted && after.uptime !== undefined ? [{ event: 'host-restarted' }] : [];
}
