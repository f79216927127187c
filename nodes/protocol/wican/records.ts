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
import type { VehicleRecord } from './memory.js';

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
		heardAt: isOptional(isNumber),
		interval: isOptional(isNumber),
		untold: isListOf(isObjectOf({ event: isString, time: isNumber })),
	}),
);

/** Whether this is what is remembered of a vehicle beside units and classes. */
export function isVehicleRecord(value: unknown): value is VehicleRecord {
	return VEHICLE(value);
}

/** Whether these are units and classes of parameters. */
export function areMeanings(value: unknown): value is readonly Meaning[] {
	return MEANINGS(value);
}
