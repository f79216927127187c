/**
 * Whether what the store holds can be read: another version of this package may have written it. Checks what reading
 * relies on. Each value is checked once, since values in a store never change.
 */
import { COMMAND_NAMES } from './commands.js';
import type { DeviceRecord } from './exchange.js';
import type { Silence } from './memory.js';
import { COMMAND_STATES, type Command } from './queue.js';

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isNumber: Check = (value) => typeof value === 'number';
const isString: Check = (value) => typeof value === 'string';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isTimeOrNever: Check = (value) => value === null || isNumber(value);
const isOneOf =
	(words: readonly string[]): Check =>
	(value) =>
		isString(value) && words.includes(value as string);
const isOptional =
	(check: Check): Check =>
	(value) =>
		value === undefined || check(value);
const isListOf =
	(check: Check): Check =>
	(value) =>
		Array.isArray(value) && value.every(check);
const isRecord =
	(shape: Shape): Check =>
	(value) => {
		if (typeof value !== 'object' || value === null) return false;
		return Object.entries(shape).every(([name, check]) => check((value as Record<string, unknown>)[name]));
	};

const isStep = isRecord({ state: isOneOf(COMMAND_STATES), time: isNumber });

const COMMAND = isRecord({
	id: isString,
	seq: isNumber,
	nodeId: isString,
	command: isOneOf(COMMAND_NAMES),
	args: isRecord({}),
	queuedAt: isNumber,
	expiresAt: isTimeOrNever,
	due: isTimeOrNever,
	sent: isNumber,
	history: (value) => isListOf(isStep)(value) && (value as unknown[]).length > 0,
	told: isNumber,
});

const DEVICE = isRecord({
	v: (value) => value === 1,
	ts: isNumber,
	seenAt: isNumber,
	floor: isNumber,
	stretches: isOptional(
		isListOf(isRecord({ from: isNumber, to: isNumber, newest: isNumber, forgotten: isNumber })),
	),
	condition: isRecord({ online: isBoolean, host: isRecord({ seen: isString }) }),
	untold: isOptional(isListOf(isRecord({ time: isNumber, edges: isListOf(isRecord({ event: isString })) }))),
});

const SILENCE = isRecord({ time: isNumber, told: isBoolean });

/** Values that were checked, with what came out. */
const checked = new WeakMap<object, boolean>();

function once(check: Check, value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	const known = checked.get(value);
	if (known !== undefined) return known;
	const isGood = check(value);
	checked.set(value, isGood);
	return isGood;
}

/** Whether this is a command that can be read. */
export function isCommand(value: unknown): value is Command {
	return once(COMMAND, value);
}

/** Whether this is what is remembered of a UPS. */
export function isDeviceRecord(value: unknown): value is DeviceRecord {
	return once(DEVICE, value);
}

/** Whether this says that a UPS never reported. */
export function isSilence(value: unknown): value is Silence {
	return once(SILENCE, value);
}
