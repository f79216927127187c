/**
 * Events of a UPS, derived from samples: in HTTP mode the UPS itself sends none. An event is an edge between what
 * was known and what a sample says, so that one change is told once, also across a restart of Node-RED.
 */

import type { HostSight } from './command-state.js';
import { minutesLeft } from './discharge.js';
import { isInputTooLow, isLossReported, type PowerState } from './power-state.js';
import { faultNames } from './telemetry-fields.js';

export type EventName =
	| 'refused'
	| 'online'
	| 'offline'
	| 'restarted'
	| 'mains-lost'
	| 'mains-restored'
	| 'battery-low'
	| 'battery-ok'
	| 'battery-removed'
	| 'battery-inserted'
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

/** What is remembered of a UPS between two reports. A member that no report ever told is missing. */
export interface Condition extends PowerState {
	readonly online: boolean;
	readonly host: HostSight;
}

/** An event without its device and time. */
export type Edge = Readonly<Record<string, unknown>> & { readonly event: EventName };

/** A state that is on or off, and the events of its changes. */
interface Rule {
	/** Undefined while it is not known. */
	readonly state: (condition: Condition) => boolean | undefined;
	/** What a first report need not tell; undefined: it tells either. */
	readonly usual: boolean | undefined;
	readonly on: EventName;
	readonly off: EventName;
	/** What the event says beside its name. */
	readonly details?: (condition: Condition, isOn: boolean) => object;
}

const RULES: readonly Rule[] = [
	{
		state: ({ online }) => online,
		usual: undefined,
		...{ on: 'online', off: 'offline' },
		details: ({ mains }, isOn) => (!isOn && mains === false ? { onBattery: true } : {}),
	},
	{
		state: isLossReported,
		usual: false,
		...{ on: 'mains-lost', off: 'mains-restored' },
		details: (condition, isOn) => (isOn ? inputOf(condition) : {}),
	},
	{
		state: ({ batteryLow }) => batteryLow,
		usual: false,
		...{ on: 'battery-low', off: 'battery-ok' },
		details: batteryOf,
	},
	{ state: ({ battery }) => battery, usual: true, on: 'battery-inserted', off: 'battery-removed' },
	{ state: ({ output }) => output, usual: true, on: 'output-on', off: 'output-off' },
];

/** The events from one condition to the next; `before` is undefined for a UPS that was never seen. */
export function edgesBetween(before: Condition | undefined, after: Condition): Edge[] {
	return [
		...RULES.flatMap((rule) => edgesOf(rule, before, after)),
		...faultEdges(before?.faults ?? 0, after.faults ?? 0),
		...hostEdges(before?.host, after.host),
	];
}

function edgesOf({ state, usual, on, off, details }: Rule, before: Condition | undefined, after: Condition) {
	const was = (before && state(before)) ?? usual;
	const is = state(after);
	if (is === undefined || is === was) return [];
	return [{ event: is ? on : off, ...details?.(after, is) }];
}

/** What was at the input as the mains were lost, volts. */
function inputOf(condition: Condition): object {
	const { inputVoltage } = condition;
	return inputVoltage === undefined
		? {}
		: { inputVoltage: inputVoltage / 1000, inputTooLow: isInputTooLow(condition) };
}

function batteryOf({ batteryLevel, discharge }: Condition): object {
	const batteryMinutes = minutesLeft(discharge);
	return {
		...(batteryLevel !== undefined && { batteryLevel }),
		...(batteryMinutes !== undefined && { batteryMinutes }),
	};
}

/** A fault is new when its name is: several numbers may have one name. */
function faultEdges(before: number, after: number): Edge[] {
	const known = faultNames(before);
	const faults = faultNames(after);
	if (faults.some((name) => !known.includes(name))) return [{ event: 'fault', faults }];
	return known.length > 0 && faults.length === 0 ? [{ event: 'fault-cleared' }] : [];
}

function hostEdges(before: HostSight | undefined, after: HostSight): Edge[] {
	if (before?.seen === 'up' && after.seen === 'down') return [{ event: 'host-down' }];
	if (before?.seen === 'down' && after.seen === 'up') return [{ event: 'host-up' }];
	if (before?.seen !== 'up' || after.seen !== 'up') return [];
	const restarted = (after.uptime ?? 0) < (before.uptime ?? 0);
	return restarted && after.uptime !== undefined ? [{ event: 'host-restarted' }] : [];
}
