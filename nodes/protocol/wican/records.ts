/** Whether what the store holds of a vehicle can be read: another version of this package may have written it. */
import {
	checkedOnce,
	isBoolean,
	isListOf,
	isNumber,
	isObjectOf,
	isOneOf,
	isOptional,
	isString,
} from '../common/shape.js';
import type { Meaning } from './config.js';
import type { StoredEvent, VehicleRecord } from './repository.js';
import type { Seen } from './seen.js';

const isMeaning = (value: unknown): boolean => isListOf(isString)(value) && (value as unknown[]).length === 3;

const MEANINGS = checkedOnce(isListOf(isMeaning));

const VEHICLE = checkedOnce(
	isObjectOf({
		deviceId: isOptional(isString),
		firmware: isOptional(isString),
		status: isObjectOf({}),
		statusAt: isOptional(isNumber),
		ecu: isOptional(isOneOf(['online', 'offline'])),
		online: isBoolean,
		stale: isOptional(isString),
	}),
);

const SEEN = checkedOnce(isObjectOf({ at: isNumber, gaps: isListOf(isNumber) }));

const EVENT = checkedOnce(isObjectOf({ event: isString, time: isNumber }));

/** Whether this is what is remembered of a vehicle beside units and classes. */
export function isVehicleRecord(value: unknown): value is VehicleRecord {
	return VEHICLE(value);
}

/** Whether these are units and classes of parameters. */
export function areMeanings(value: unknown): value is readonly Meaning[] {
	return MEANINGS(value);
}

/** Whether this says when a vehicle was seen. */
export function isSeen(value: unknown): value is Seen {
	return SEEN(value);
}

/** Whether this is something that a flow is to be told. */
export function isStoredEvent(value: unknown): value is StoredEvent {
	return EVENT(value);
}
