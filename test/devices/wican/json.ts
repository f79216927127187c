/**
 * JSON as the firmware writes it: compact, with names in the order and number in which they are added (so a name
 * may come twice), and with bytes copied as they are, whether they are valid UTF-8 or not.
 */

/** A string, or the bytes of one. */
export type Text = string | Buffer;

export type Json = Text | number | boolean | null | Members | readonly Json[];

export type Member = readonly [name: Text, value: Json];

/** An object. Not a plain one, which could not hold a name twice. */
export class Members {
	readonly entries: readonly Member[];

	constructor(entries: Iterable<Member>) {
		this.entries = [...entries];
	}

	/** The members of a plain object, in its order. */
	static of(plain: Readonly<Record<string, Json>>): Members {
		return new Members(Object.entries(plain));
	}
}

const ESCAPES = new Map([
	['"', '\\"'],
	['\\', '\\\\'],
	['\b', '\\b'],
	['\f', '\\f'],
	['\n', '\\n'],
	['\r', '\\r'],
	['\t', '\\t'],
]);

/** One character per byte. */
function bytesOf(text: Text): string {
	return Buffer.from(text).toString('latin1');
}

function quote(text: Text): string {
	const escaped = [...bytesOf(text)].map((c) => {
		const control = c < ' ' ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c;
		return ESCAPES.get(c) ?? control;
	});
	return `"${escaped.join('')}"`;
}

/** With 15 digits where those say as much as a double can, else with as many as it takes; what is none as null. */
function writeNumber(value: number): string {
	if (!Number.isFinite(value)) {
		return 'null';
	}
	const short = Number(value.toPrecision(15));
	const sameValue = Math.abs(short - value) <= Math.abs(value) * Number.EPSILON;
	return String(sameValue ? short : value);
}

function write(value: Json): string {
	if (value instanceof Members) {
		return `{${value.entries.map(([name, one]) => `${quote(name)}:${write(one)}`).join(',')}}`;
	}
	if (typeof value === 'string' || Buffer.isBuffer(value)) {
		return quote(value);
	}
	if (typeof value === 'number') {
		return writeNumber(value);
	}
	return value === null || typeof value === 'boolean' ? String(value) : `[${value.map(write).join(',')}]`;
}

/** The bytes of a JSON text. */
export function encodeJson(value: Json): Buffer {
	return Buffer.from(write(value), 'latin1');
}

/** The first `limit` bytes of a text, even if that cuts a character. */
export function firstBytes(text: Text, limit: number): Text {
	const bytes = Buffer.from(text);
	return bytes.length <= limit ? text : bytes.subarray(0, limit);
}
