/**
 * The commands of a UPS and the check of their arguments. The UPS itself takes nearly anything (fractions are cut,
 * text for a number counts as absent), so this check is stricter.
 * Source: HTTP mode quick start, "Available Commands"; the full HTTP mode document, "Commands".
 */
import { ProtocolError } from '../common/errors.js';

/** Arguments as they go over the wire. What is left out holds its default in the UPS. */
export type CommandArgs = Readonly<Record<string, number | string>>;

/** How later telemetry shows that a command took effect: the host is gone, or it started anew. */
export type Effect = 'host-gone' | 'host-restarted';

interface ArgumentRule {
	readonly name: string;
	/** A whole number from 0 to this, or `text` for a text of at most 64 bytes. */
	readonly max: number | 'text';
}

interface CommandRule {
	readonly args: readonly ArgumentRule[];
	/** Undefined for what leaves no trace in telemetry and does no harm when it happens twice. */
	readonly effect: Effect | undefined;
}

const COMMANDS = {
	'ui.beep': {
		args: [
			{ name: 'freq_hz', max: 65535 },
			{ name: 'dur_ms', max: 65535 },
		],
		effect: undefined,
	},
	'ui.display_msg': { args: [{ name: 'text', max: 'text' }], effect: undefined },
	'host.shutdown': { args: [{ name: 'delay_s', max: 65535 }], effect: 'host-gone' },
	'host.reset': { args: [{ name: 'delay_s', max: 65535 }], effect: 'host-restarted' },
	'power.cycle': { args: [{ name: 'off_ms', max: 60000 }], effect: 'host-restarted' },
} as const satisfies Record<string, CommandRule>;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** What the display takes; it shows the first 40 characters. */
export const MAX_TEXT_BYTES = 64;

/**
 * What shows that a command took effect. A command with an effect must never run twice for one request:
 * that is all but `ui.*`.
 */
export function effectOf(command: CommandName): Effect | undefined {
	return COMMANDS[command].effect;
}

/** @throws ProtocolError `ups-unknown-command` */
export function parseCommandName(name: unknown): CommandName {
	if (typeof name === 'string' && Object.hasOwn(COMMANDS, name)) return name as CommandName;
	throw new ProtocolError('ups-unknown-command', {
		command: printable(name),
		known: COMMAND_NAMES.join(', '),
	});
}

/**
 * Checks a command's arguments, given by their wire names. Decimal numbers may come as text, a number for the
 * display becomes text, `undefined` and a blank number are left out.
 * @param mayClear whether an empty text, which clears the display, was meant
 * @throws ProtocolError `ups-bad-argument` with the argument and what it may be
 */
export function parseArguments(command: CommandName, given: object, mayClear: boolean): CommandArgs {
	const rules: readonly ArgumentRule[] = COMMANDS[command].args;
	const unknown = Object.keys(given).find((name) => !rules.some((rule) => rule.name === name));
	if (unknown !== undefined) {
		throw badArgument(command, printable(unknown), rules.map((rule) => rule.name).join(', '));
	}
	const args: Record<string, number | string> = {};
	for (const { name, max } of rules) {
		const value: unknown = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined;
		const parsed = max === 'text' ? parseText(value, mayClear) : parseWhole(value, max);
		if (parsed instanceof Expected) throw badArgument(command, name, parsed.form);
		if (parsed !== undefined) args[name] = parsed;
	}
	return args;
}

/** The form that an argument should have, in signs that need no translation. */
class Expected {
	constructor(readonly form: string) {}
}

function parseWhole(value: unknown, max: number): number | undefined | Expected {
	if (value === undefined || value === null || value === '') return undefined;
	const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
	if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max) return number;
	return new Expected(`0..${max}`);
}

function parseText(value: unknown, mayClear: boolean): string | Expected {
	const expected = new Expected(`1..${MAX_TEXT_BYTES} bytes UTF-8, \\n`);
	if (typeof value !== 'string' && typeof value !== 'number') return expected;
	const text = String(value).replaceAll('\r\n', '\n');
	if (text === '' && !mayClear) return expected;
	// A lone surrogate has no UTF-8 form, and its replacement would make the whole answer invalid.
	const drawable = text.isWellFormed() && !CONTROL_CHARACTERS.test(text);
	return drawable && Buffer.byteLength(text) <= MAX_TEXT_BYTES ? text : expected;
}

/** All but the line break, which starts the display's next row. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

function badArgument(command: string, argument: string, expected: string): ProtocolError {
	return new ProtocolError('ups-bad-argument', { command, argument, expected });
}

/** A value for an error text: short, and never an object's content. */
function printable(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 40) : typeof value;
}

/** Where a command's arguments may come from; the first source that has one wins. */
export interface ArgumentSources {
	/** Fields of the node by wire name, as text; blank is none. */
	readonly fields: Readonly<Record<string, string>>;
	/** The text for the display, or an object of arguments where the message's payload is the text. */
	readonly display: unknown;
	/** The message's payload: an object of arguments by wire name, anything else holds none. */
	readonly payload: unknown;
}

/** Puts a command's arguments together, unchecked. An object in the payload counts only while a field is blank. */
export function collectArguments(command: CommandName, sources: ArgumentSources): Record<string, unknown> {
	const { display, payload } = sources;
	if (command === 'ui.display_msg') return isRecord(display) ? { ...display } : { text: display };
	const names: readonly string[] = COMMANDS[command].args.map((rule) => rule.name);
	const filled = names.filter((name) => (sources.fields[name] ?? '') !== '');
	const given = filled.length < names.length && isRecord(payload) ? { ...payload } : {};
	for (const name of filled) given[name] = sources.fields[name];
	return given;
}

/** A plain object. One that a function node made has the Object.prototype of its own context, not ours. */
function isRecord(value: unknown): value is Record<string, unknown> {
	if (typeof value !== 'object' || value === null) return false;
	const prototype: unknown = Object.getPrototypeOf(value);
	return prototype === null || Object.getPrototypeOf(prototype) === null;
}
