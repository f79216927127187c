/**
 * Events of a UPS and the notifications that flows get. In HTTP mode the UPS itself sends no events: an event is a change
 * between the stored condition and a report, so one change is one event, also across a restart of Node-RED.
 */
import { minutesLeft } from './battery.js';
import type { Command, HostState } from './command-state.js';
import type { CommandReport } from './messages.js';
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

/** What is stored of a UPS between two reports. A member that no report ever had is missing. */
export interface Condition extends PowerState {
	readonly online: boolean;
	readonly host: HostState;
}

/** An event without its device and time. */
export type EventDetails = Readonly<Record<string, unknown>> & { readonly event: EventName };

/** A state that is on or off, and the events of its transitions. */
interface Rule {
	/** Undefined while it is not known. */
	readonly state: (condition: Condition) => boolean | undefined;
	/** The state of which a first report makes no event; undefined: it makes one of either. */
	readonly usual: boolean | undefined;
	readonly on: EventName;
	readonly off: EventName;
	/** What the event holds beside its name. */
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
export function eventsBetween(before: Condition | undefined, after: Condition): EventDetails[] {
	return [
		...RULES.flatMap((rule) => eventsOf(rule, before, after)),
		...faultEvents(before?.faults ?? 0, after.faults ?? 0),
		...hostEvents(before?.host, after.host),
	];
}

function eventsOf({ state, usual, on, off, details }: Rule, before: Condition | undefined, after: Condition) {
	const was = (before && state(before)) ?? usual;
	const is = state(after);
	if (is === undefined || is === was) return [];
	return [{ event: is ? on : off, ...details?.(after, is) }];
}

/** The input at the loss of mains, volts. */
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
function faultEvents(before: number, after: number): EventDetails[] {
	const known = faultNames(before);
	const faults = faultNames(after);
	if (faults.some((name) => !known.includes(name))) return [{ event: 'fault', faults }];
	return known.length > 0 && faults.length === 0 ? [{ event: 'fault-cleared' }] : [];
}

function hostEvents(before: HostState | undefined, after: HostState): EventDetails[] {
	if (before?.seen === 'up' && after.seen === 'down') return [{ event: 'host-down' }];
	if (before?.seen === 'down' && after.seen === 'up') return [{ event: 'host-up' }];
	if (before?.seen !== 'up' || after.seen !== 'up') return [];
	const restarted = (after.uptime ?? 0) < (before.uptime ?? 0);
	return restarted && after.uptime !== undefined ? [{ event: 'host-restarted' }] : [];
}

/** An event, delivered at one endpoint or (undefined) at all. */
export interface EventNotification {
	readonly event: UpsEvent;
	readonly endpoint?: string;
}

/** A state of a command, delivered to the node that queued it. */
interface CommandNotification {
	readonly nodeId: string;
	readonly report: CommandReport;
}

/** What lies in the outbox of a UPS. Any process that has the flow can deliver it. */
export type Notification = EventNotification | CommandNotification;

/**
 * @param deviceId as the UPS sends it
 * @param time milliseconds since the epoch
 */
export function eventNotifications(
	events: readonly EventDetails[],
	deviceId: string,
	time: number,
	endpoint: string | undefined,
): EventNotification[] {
	return events.map((event) => ({
		event: { ...event, deviceId, time },
		...(endpoint !== undefined && { endpoint }),
	}));
}

/**
 * The states that commands have reached.
 * @param before the same commands as they were, in the same order; none for new ones
 */
export function commandNotifications(
	before: readonly Command[],
	after: readonly Command[],
	deviceId: string,
): CommandNotification[] {
	return after.flatMap((now, index) => {
		const { nodeId, id, command, args, queuedAt, expiresAt, sent, history } = now;
		return history.slice(before[index]?.history.length ?? 0).map(({ state, time, reason }) => ({
			nodeId,
			report: {
				...{ id, deviceId, command, args, state, time, queuedAt, expiresAt, sent },
				...(reason !== undefined && { reason }),
			},
		}));
	});
}
