/**
 * What the store keeps of a UPS beside its commands, and whether what it holds can be read: another version of this package
 * may have written it. Checks what reading relies on. Each value is checked once, since values in a store never change.
 */
import {
	type Check,
	checkedOnce,
	isBoolean,
	isListOf,
	isNumber,
	isObjectOf,
	isOneOf,
	isOptional,
	isString,
} from '../common/shape.js';
import { COMMAND_STATES, type Command } from './command-state.js';
import { COMMAND_NAMES } from './commands.js';
import type { Condition, Notification } from './events.js';
import type { BootSession } from './report-order.js';

/** What is stored of a UPS after its newest report. */
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
	/** The endpoint of the newest accepted POST. */
	readonly endpoint: string;
	/** The id in its path; the configured one may be longer. */
	readonly sentId: string;
	/** When a POST was last accepted, milliseconds since the epoch, the store's time. */
	readonly seenAt: number;
	/** Ts up to which nonces may have been forgotten: no POST as old as that is accepted. */
	readonly floor: number;
	/** The present one first. */
	readonly bootSessions: readonly BootSession[];
	readonly condition: Condition;
}

/** A UPS that never reported since it was configured. */
export interface Silence {
	/** When that was noticed, milliseconds since the epoch. */
	readonly time: number;
}

const isTimeOrNever: Check = (value) => value === null || isNumber(value);
const isStep = isObjectOf({ state: isOneOf(COMMAND_STATES), time: isNumber });

export const isCommand = checkedOnce(
	isObjectOf({
		...{ id: isString, nodeId: isString, command: isOneOf(COMMAND_NAMES), args: isObjectOf({}) },
		...{ seq: isNumber, queuedAt: isNumber, maxAge: isNumber, sent: isNumber },
		...{ expiresAt: isTimeOrNever, due: isTimeOrNever },
		history: (value) => isListOf(isStep)(value) && (value as unknown[]).length > 0,
	}),
) as (value: unknown) => value is Command;

export const isDeviceRecord = checkedOnce(
	isObjectOf({
		v: (value) => value === 1,
		...{ ts: isNumber, seenAt: isNumber, floor: isNumber, endpoint: isString, sentId: isString },
		bootSessions: isListOf(
			isObjectOf({ from: isNumber, to: isNumber, newest: isNumber, forgotten: isNumber }),
		),
		condition: isObjectOf({ online: isBoolean, host: isObjectOf({ seen: isString }) }),
	}),
) as (value: unknown) => value is DeviceRecord;

export const isSilence = checkedOnce(isObjectOf({ time: isNumber })) as (value: unknown) => value is Silence;

const isEventNotification = isObjectOf({
	event: isObjectOf({ event: isString, deviceId: isString, time: isNumber }),
	endpoint: isOptional(isString),
});
const isCommandNotification = isObjectOf({
	nodeId: isString,
	report: isObjectOf({
		id: isString,
		command: isOneOf(COMMAND_NAMES),
		state: isOneOf(COMMAND_STATES),
		time: isNumber,
	}),
});

export const isNotification = checkedOnce(
	(value) => isEventNotification(value) || isCommandNotification(value),
) as (value: unknown) => value is Notification;
