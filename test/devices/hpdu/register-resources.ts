import { ACTIONS } from './actions.js';
import { splitKey } from './bank.js';
import type { Call, Handler } from './call.js';
import type { Pairs } from './form.js';
import { Refusal } from './refusal.js';
import type { Register } from './registers.js';
import { isReadable, isWritable, mayReadHere, mayWriteHere } from './rights.js';

/** A register as a path names it: all channels, or one. */
interface Target {
	readonly register: Register;
	readonly channels: readonly number[];
}

const count = (to: number): number[] => Array.from({ length: to }, (_, n) => n + 1);

function find({ device, unit, args }: Call): Target {
	const [key = '', repeats] = args;
	const whole = unit.bank.registers.get(key);
	const [mnemonic, channel] = whole ? [key, 0] : splitKey(key);
	const register = whole ?? unit.bank.registers.get(mnemonic);
	if (!register) {
		throw new Refusal(404);
	}
	const all = unit.bank.channels(register);
	const { repeatedForm } = device.options;
	const bareIsEnough = register.repeats === 1 || repeatedForm !== 'n-only';
	if (repeats !== undefined) {
		const right =
			repeatedForm !== 'bare-only' && channel === 0 && [register.repeats, all].includes(Number(repeats));
		if (!right) {
			throw new Refusal(404);
		}
	} else if (channel > all || (channel > 0 && register.repeats === 1) || (channel === 0 && !bareIsEnough)) {
		throw new Refusal(404);
	}
	return { register, channels: channel > 0 ? [channel] : count(unit.shown(register)) };
}

function keyOf(register: Register, channel: number): string {
	return register.repeats === 1 ? register.mnemonic : `${register.mnemonic}_${channel}`;
}

/** The channels of a register with their values. */
export function readPairs(
	{ unit }: Pick<Call, 'unit'>,
	register: Register,
	channels: readonly number[],
): Pairs {
	return channels.map((channel) => [keyOf(register, channel), unit.read(register, channel)]);
}

export const getRegister: Handler = (call) => {
	const { register, channels } = find(call);
	if (!mayReadHere(register, call)) {
		throw new Refusal(403);
	}
	return { pairs: readPairs(call, register, channels) };
};

/** A value on its way into a channel. */
export interface Write {
	readonly register: Register;
	readonly channel: number;
	readonly value: string;
}

/**
 * Stores values and does what they cause. All are looked at before the first is stored.
 *
 * @throws Refusal 422 when one is rejected
 */
export function writeAll({ device, unit }: Call, writes: readonly Write[]): void {
	if (!writes.every(({ register, value }) => unit.bank.accepts(register, value))) {
		throw new Refusal(422);
	}
	for (const { register, channel, value } of writes) {
		unit.bank.store(register, channel, value);
		const act = Object.hasOwn(ACTIONS, register.mnemonic) ? ACTIONS[register.mnemonic] : undefined;
		act?.(device, unit, channel, unit.bank.stored(register, channel));
	}
}

export const postRegister: Handler = (call) => {
	const { register, channels } = find(call);
	if (channels.length > 1 && call.device.options.wholeWrites === false) {
		throw new Refusal(405);
	}
	const named = new Map(call.form);
	const written = channels.filter((channel) => named.has(keyOf(register, channel)));
	if (written.length === 0) {
		throw new Refusal(mayWriteHere(register, channels[0] ?? 1, call) ? 400 : 403);
	}
	if (!written.every((channel) => mayWriteHere(register, channel, call))) {
		throw new Refusal(403);
	}
	writeAll(
		call,
		written.map((channel) => ({ register, channel, value: named.get(keyOf(register, channel)) ?? '' })),
	);
	const told = isReadable(register, call.user);
	return {
		pairs: told
			? readPairs(call, register, channels)
			: call.form.filter(([key]) => splitKey(key)[0] === register.mnemonic),
	};
};

export const getGroup: Handler = (call) => {
	const [name = ''] = call.args;
	const registers = [...call.unit.bank.registers.values()].filter(
		({ group }) => name === 'all' || group === name,
	);
	if (registers.length === 0) {
		throw new Refusal(404);
	}
	const readable = registers.filter((register) => mayReadHere(register, call));
	return {
		pairs: readable.flatMap((register) => readPairs(call, register, count(call.unit.shown(register)))),
	};
};

const list =
	(allowed: typeof isReadable): Handler =>
	({ unit, user }) => ({
		pairs: [...unit.bank.registers.values()]
			.filter((register) => allowed(register, user))
			.map(({ mnemonic }) => [mnemonic, 'true']),
	});

export const getReadable = list(isReadable);

export const getWritable = list((register, user) => isWritable(register, user));
