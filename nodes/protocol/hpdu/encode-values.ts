/**
 * Checks what is to be written before anything is sent: a PDU cuts a text that is too long without a word.
 * Source: WEBAPI, "POST /register/<mnemonic>"; lengths and types are those of the register table.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { CONTROL_CHARACTERS, type Field, fieldOf } from './fields.js';
import { badArgument, keyOf, parseChannel, parseTarget, type Target } from './mnemonic.js';

/** One value as it goes over the wire. */
export interface Entry {
	/** Its key in a form: `stinnm_2`. */
	readonly key: string;
	readonly target: Target;
	/** The key under which the flow gave it: `stinnm` for one of `{ stinnm: { 1: "a", 2: "b" } }`. */
	readonly given: string;
	readonly text: string;
}

/** A value that does not fit, with the form that would. */
class Unfit {
	constructor(readonly expected: string) {}
}

type Encode = (value: unknown, field: Field) => string | Unfit;

/** What 16 bits hold in the PDU's own coding of decimals: hundredths up to 327.67, tenths above. */
const GREATEST_FIXED = 3276.8;
/** With more than these a JavaScript number would not be exact. */
const MOST_NUMBER_BYTES = 6;

const ENCODERS: Readonly<Record<Field['type'], Encode>> = {
	int: encodeInteger,
	fixed: encodeFixed,
	ascii: encodeAscii,
	ipv4: (value) =>
		typeof value === 'string' && isIPv4(value.trim()) ? value.trim() : new Unfit('192.168.1.10'),
	ipv6: encodeIpv6,
	mac: encodeMac,
};

/**
 * Checks and encodes values by mnemonic or mnemonic_channel. A repeated register takes `{ 1: "a", 2: "b" }` or an array
 * whose first is channel 1. Numbers may be decimal text, a boolean is 1 or 0 where a whole number is wanted. Of a
 * register that no table knows the value only becomes text.
 * @throws ProtocolError `hpdu-bad-argument` with `argument` (the key) and `expected`, never the value
 */
export function encodeValues(values: unknown): Entry[] {
	if (!isRecord(values)) throw badArgument('payload', '{ stdvnm: "..." }');
	const entries = new Map<string, Entry>();
	for (const [given, value] of Object.entries(values)) {
		for (const entry of encodeValue(given, value)) {
			if (entries.has(entry.key)) throw badArgument(entry.key, '1');
			entries.set(entry.key, entry);
		}
	}
	if (entries.size === 0) throw badArgument('payload', '{ stdvnm: "..." }');
	return [...entries.values()];
}

/**
 * Checks and encodes the value, or values, of one register or channel.
 * @param given mnemonic or mnemonic_channel
 * @throws ProtocolError `hpdu-bad-argument`
 */
export function encodeValue(given: string, value: unknown): Entry[] {
	const target = parseTarget(given);
	const { mnemonic } = target;
	const isSeveral = Array.isArray(value) || isRecord(value);
	if (!isSeveral || target.channel !== undefined) return [encodeOne(given, target, value)];
	const channels = Array.isArray(value) ? channelsOf(mnemonic, value) : Object.entries(value);
	if (channels.length === 0) throw badArgument(mnemonic, '{ 1: "...", 2: "..." }');
	return channels.map(([digits, each]) =>
		encodeOne(given, { mnemonic, channel: parseChannel(mnemonic, digits) }, each),
	);
}

/** The length is checked first: an array may say that it is longer than any memory. */
function channelsOf(
	mnemonic: string,
	values: readonly unknown[],
): (readonly [digits: string, value: unknown])[] {
	parseChannel(mnemonic, String(values.length));
	return Array.from(values, (value, index) => [String(index + 1), value] as const);
}

function encodeOne(given: string, target: Target, value: unknown): Entry {
	const key = keyOf(target);
	const field = fieldOf(target.mnemonic);
	// Which channel a bare value would go to only the PDU knows.
	if (field !== undefined && field.channels > 1 && target.channel === undefined) {
		throw badArgument(key, `${key}_1..${field.channels}`);
	}
	const text = field === undefined ? encodeUnknown(value) : ENCODERS[field.type](value, field);
	if (text instanceof Unfit) throw badArgument(key, text.expected);
	return { key, target, given: given.trim(), text };
}

function encodeInteger(value: unknown, { length, range }: Field): string | Unfit {
	const text = typeof value === 'boolean' ? String(Number(value)) : digitsOf(value);
	if (length > MOST_NUMBER_BYTES) return text !== undefined && /^\d+$/.test(text) ? text : new Unfit('0..');
	// No register of the table is told to be signed.
	const [least, greatest] = range ?? [0, 256 ** length - 1];
	const number = text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) + 0 : Number.NaN;
	return number >= least && number <= greatest ? String(number) : new Unfit(`${least}..${greatest}`);
}

function encodeFixed(value: unknown): string | Unfit {
	const text = digitsOf(value);
	const isDecimal = text !== undefined && /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text);
	const number = isDecimal ? Number(text) : Number.NaN;
	if (!(number >= 0 && number <= GREATEST_FIXED)) return new Unfit(`0..${GREATEST_FIXED}`);
	// What arithmetic leaves behind the sixth place (0.1 + 0.2) was never meant, and no PDU keeps it.
	return String(Number(number.toFixed(6)));
}

/** A number, or text that may be one, written without an exponent; undefined for anything else. */
function digitsOf(value: unknown): string | undefined {
	if (typeof value === 'string') return value.trim();
	if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
	return Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER
		? undefined
		: decimalText(value);
}

function decimalText(number: number): string {
	const text = String(number);
	return text.includes('e') ? number.toFixed(20) : text;
}

function encodeAscii(value: unknown, { length, isWhole = false }: Field): string | Unfit {
	const unfit = new Unfit(isWhole ? `${length} ASCII` : `0..${length} bytes UTF-8`);
	if (typeof value !== 'string' && !(typeof value === 'number' && Number.isFinite(value))) return unfit;
	const text = String(value);
	// A lone surrogate has no UTF-8 form.
	if (!text.isWellFormed() || CONTROL_CHARACTERS.test(text)) return unfit;
	const bytes = Buffer.byteLength(text);
	const fits = isWhole ? bytes === length && text.length === length : bytes <= length;
	return fits ? text : unfit;
}

function encodeIpv6(value: unknown): string | Unfit {
	const text = typeof value === 'string' ? value.trim() : '';
	// A zone is this machine's affair, and has no place in the sixteen bytes.
	return isIPv6(text) && !text.includes('%') ? text : new Unfit('2001:db8::10');
}

function encodeMac(value: unknown): string | Unfit {
	const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
	if (!/^(?:[\da-f]{2}[:-]?){5}[\da-f]{2}$/.test(text)) return new Unfit('00:1a:2b:3c:4d:5e');
	return (text.match(/[\da-f]{2}/g) ?? []).join(':');
}

function encodeUnknown(value: unknown): string | Unfit {
	if (typeof value === 'boolean') return value ? '1' : '0';
	const text = typeof value === 'number' ? digitsOf(value) : value;
	return typeof text === 'string' && text.isWellFormed() ? text : new Unfit('123, "..."');
}

/** A plain object. One that a function node made has the Object.prototype of its own context, not ours. */
function isRecord(value: unknown): value is Record<string, unknown> {
	if (typeof value !== 'object' || value === null) return false;
	const prototype: unknown = Object.getPrototypeOf(value);
	return prototype === null || Object.getPrototypeOf(prototype) === null;
}
