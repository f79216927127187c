/**
 * Whether what the store holds can be read: another version of this package may have written it. Checks what reading
 * relies on. Each value is checked once, since values in a store never change.
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
import { COMMAND_NAMES } from './commands.js';
import type { DeviceRecord } from './exchange.js';
import type { Silence } from './memory.js';
import { COMMAND_STATES, type Command } from './queue.js';

const isTimeOrNever: Check = (value) => value === null || isNumber(value);
const isStep = isObjectOf({ state: isOneOf(COMMAND_STATES), time: isNumber });

const COMMAND = checkedOnce(
	isObjectOf({
		id: isString,
		seq: isNumber,
		nodeId: isString,
		command: isOneOf(COMMAND_NAMES),
		args: isObjectOf({}),
		queuedAt: isNumber,
		expiresAt: isTimeOrNever,
		due: isTimeOrNever,
		sent: isNumber,
		history: (value) => isListOf(isStep)(value) && (value as unknown[]).length > 0,
		told: isNumber,
	}),
);

const DEVICE = checkedOnce(
	isObjectOf({
		v: (value) => value === 1,
		ts: isNumber,
		seenAt: isNumber,
		floor: isNumber,
		stretches: isOptional(
			isListOf(isObjectOf({ from: isNumber, to: isNumber, newest: isNumber, forgotten: isNumber })),
		),
		condition: isObjectOf({ online: isBoolean, host: isObjectOf({ seen: isString }) }),
		untold: isOptional(
			isListOf(isObjectOf({ time: isNumber, edges: isListOf(isObjectOf({ event: isString })) })),
		),
	}),
);

const SILENCE = checkedOnce(isObjectOf({ time: isNumber, told: isBoolean }));

/** Whether this is a command that can be read. */
export function isCommand(value: unknown): value is Command {
	return COMMAND(value);
}

/** Whether this is what is remembered of a UPS. */
export function isDeviceRecord(value: unknown): value is DeviceRecord {
	return DEVICE(value);
}

/** Whether this says that a UPS never reported. */
export function isSilence(value: unknown): value is Silence {
	return SILENCE(value);
}
