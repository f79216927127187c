/** What is nearly valid: what a real device writes, spoilt here and there. */
import fc from 'fast-check';
import { ODD_VALUES } from './spelling.js';

/** Bytes that have broken parsers before. */
const TOKENS: readonly Buffer[] = [
	...['"__proto__"', '"constructor"', '"toString"', '__proto__=1', 'null', 'true', '{}', '[]', '""', '0'],
	...['1e999', '-0', '0.1e-7', '9'.repeat(400), '123456789012345678901', '\\ud800', '\\u0000', '\\"', '\\'],
	...['{"a":'.repeat(40), '['.repeat(40), `${'[['.repeat(20)}${']]'.repeat(20)}`, '"', '{', '}', '[', ']'],
	...['%00', '%', '%zz', '%E9', '%C3%A9', '&', '=', '&=&', '+', ';', ',', ':', '?', '#', '/', '//', '..'],
	...['\r\n', '\n', '\0', '\t', ' ', '\xff\xfe', '\xc3', '\xed\xa0\x80', '\xef\xbb\xbf', '\x7f', '\x85'],
	...['NaN', 'undefined', '0x10', '12E4', ' 1', '1 ', '-', '.', '_', '_1', '_0', 'A'.repeat(300)],
].map((text) => Buffer.from(text, 'latin1'));

const NUMBERS: readonly Buffer[] = [
	...['0', '-0', '-1', '1e308', '1e999', '-1e999', '0.1', '65535', '65536', '4294967295', '4294967296'],
	...['9007199254740993', '9'.repeat(60), '1e-400', '8640000000000000', '8640000000001', 'null', '"1"', '01'],
].map((text) => Buffer.from(text, 'latin1'));

const NAMES: readonly Buffer[] = [
	...[
		'__proto__',
		'constructor',
		'toString',
		'hasOwnProperty',
		'',
		'status',
		'config',
		'autopid_data',
		'gps',
	],
	...['power', 'host', 'version', 'acks', 'timestamp', 'batt_voltage', 'a'.repeat(300), '\xe9', '\\u0041'],
].map((text) => Buffer.from(text, 'latin1'));

/** One thing that is done to bytes, at a place, with something that decides how. */
type Change = (bytes: Buffer, at: number, how: number) => Buffer;

const pick = (list: readonly Buffer[], how: number): Buffer => list[how % list.length] ?? Buffer.alloc(0);

const spliced = (bytes: Buffer, from: number, to: number, middle: Buffer): Buffer =>
	Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(to)]);

/** Changes one byte in place of a copy of all others. */
function withByte(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
	const changed = Buffer.from(bytes);
	const byte = changed[at];
	if (byte !== undefined) changed[at] = change(byte);
	return changed;
}

const isDigit = (byte: number | undefined): boolean =>
	byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x2d);

/** The first number from here on. */
function numberFrom(bytes: Buffer, at: number): readonly [from: number, to: number] {
	let from = at;
	while (from < bytes.length && !isDigit(bytes[from])) from++;
	let to = from;
	while (isDigit(bytes[to])) to++;
	return [from, to];
}

/** What stands in the first quotes from here on. */
function quotedFrom(bytes: Buffer, at: number): readonly [from: number, to: number] {
	const from = bytes.indexOf('"', at) + 1;
	const to = bytes.indexOf('"', from);
	return from > 0 && to >= 0 ? [from, to] : [at, at];
}

/** Where a member of an object, or a pair of a form, ends that begins here. */
function memberEnd(bytes: Buffer, from: number): number {
	const ends = [',', '}', '&'].map((mark) => bytes.indexOf(mark, from)).filter((end) => end >= 0);
	return ends.length === 0 ? bytes.length : Math.min(...ends);
}

const CHANGES: readonly Change[] = [
	// A bit.
	(bytes, at, how) => withByte(bytes, at, (byte) => byte ^ (1 << (how % 8))),
	// A byte.
	(bytes, at, how) => withByte(bytes, at, () => how % 256),
	// The end is missing, or the beginning, or some of the middle.
	(bytes, at) => bytes.subarray(0, at),
	(bytes, at, how) => bytes.subarray(Math.min(at, how % 40)),
	(bytes, at, how) => spliced(bytes, at, at + 1 + (how % 24), Buffer.alloc(0)),
	// Something is put in, or stands in the place of something else.
	(bytes, at, how) => spliced(bytes, at, at, pick(TOKENS, how)),
	(bytes, at, how) => spliced(bytes, at, at + 1 + (how % 5), pick(TOKENS, how)),
	// Some of it comes twice.
	(bytes, at, how) => spliced(bytes, at, at, bytes.subarray(at, at + 1 + (how % 80))),
	// Another number, another name.
	(bytes, at, how) => {
		const [from, to] = numberFrom(bytes, at);
		return spliced(bytes, from, to, pick(NUMBERS, how));
	},
	(bytes, at, how) => {
		const [from, to] = quotedFrom(bytes, at);
		return spliced(bytes, from, to, pick(NAMES, how));
	},
	// A member comes again, behind a comma or an ampersand.
	(bytes, at, how) => {
		const [from] = quotedFrom(bytes, at);
		const end = memberEnd(bytes, from);
		const again = bytes.subarray(Math.max(0, from - 1), end);
		return spliced(bytes, end, end, Buffer.concat([Buffer.from(how % 3 === 0 ? '&' : ','), again]));
	},
];

/** Longer ones would only be slow. */
const LONGEST = 100_000;

const step = fc.tuple(fc.nat(CHANGES.length - 1), fc.nat(), fc.nat());

/** What is done to bytes, one change after the other. */
export type Spoiling = readonly (readonly [kind: number, place: number, how: number])[];

/** Up to so many changes; also none. */
export const spoiling = (mostChanges: number): fc.Arbitrary<Spoiling> =>
	fc.array(step, { maxLength: mostChanges });

export function spoilt(bytes: Buffer, changes: Spoiling): Buffer {
	let result = bytes;
	for (const [kind, place, how] of changes) {
		const change = CHANGES[kind];
		if (change !== undefined) result = change(result, place % (result.length + 1), how);
	}
	return result.subarray(0, LONGEST);
}

/** One of these, with up to so many changes. */
export function mutated(samples: readonly Buffer[], mostChanges = 5): fc.Arbitrary<Buffer> {
	const cases = fc.tuple(fc.constantFrom(...samples), spoiling(mostChanges));
	return cases.map(([bytes, changes]) => spoilt(bytes, changes));
}

/** As `mutated`, of texts of one byte per character: what stands in headers and paths. */
export function mutatedText(samples: readonly string[], mostChanges = 4): fc.Arbitrary<string> {
	return mutated(
		samples.map((sample) => Buffer.from(sample, 'latin1')),
		mostChanges,
	).map((bytes) => bytes.toString('latin1'));
}

/** What a function node can put where a text, number or object is wanted. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
	fc.constantFrom<unknown>(null, true, false, '', ' ', 0, -1, 1.5, 1e21, [], {}, [[]]),
	fc.constantFrom<unknown>('\ud800', 'a'.repeat(500), '__proto__', Buffer.from('x')),
	fc.constantFrom<unknown>(Object.create(null), { toString: null, valueOf: null }, ...ODD_VALUES.values()),
	fc.integer(),
	fc.double(),
	fc.string({ maxLength: 20 }),
	fc.array(fc.oneof(fc.integer(), fc.string({ maxLength: 5 })), { maxLength: 4 }),
);
