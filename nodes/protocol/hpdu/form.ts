/** Bodies of the web interface: `application/x-www-form-urlencoded`, as a PDU and its vendor's client write them. */
import { isAscii, isUtf8 } from 'node:buffer';
import { fieldOf } from './fields.js';

/** The pairs of a body. Names are a stranger's, `__proto__` is one like any other. */
export type Form = ReadonlyMap<string, string>;

/** Bytes above ASCII, and the two characters that stand for others. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is what is looked past
const NEEDS_DECODING = /[%+]|[^\u0000-\u007f]/;

/** Bytes that begin a character of UTF-8 and, in Latin-1, are letters that hardly any text ends with. */
const CUT_SIGNS: ReadonlySet<number | undefined> = new Set([0xc2, 0xc3]);

/**
 * Reads a body. Of a name that stands twice the last value counts, a blank value is kept, an escape that is none stays
 * as it is. A value that a PDU has cut inside a UTF-8 character keeps its whole characters. Other names and values whose
 * bytes are no UTF-8 are read as Latin-1, so that no byte is lost and nothing thrown.
 */
export function decodeForm(body: Uint8Array): Map<string, string> {
	// One character for each byte, whatever the encoding turns out to be.
	const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
	const needsDecoding = NEEDS_DECODING.test(text);
	const form = new Map<string, string>();
	for (const pair of text.split('&')) {
		if (pair === '') continue;
		const cut = pair.indexOf('=');
		const name = cut < 0 ? pair : pair.slice(0, cut);
		const value = cut < 0 ? '' : pair.slice(cut + 1);
		const key = needsDecoding ? decodePart(name) : name;
		form.set(key, needsDecoding ? decodePart(value, lengthOf(key)) : value);
	}
	return form;
}

/** Writes a body: UTF-8 in percent escapes, a space as `+`. Only letters, digits and `_.-~` stay as they are. */
export function encodeForm(entries: Iterable<readonly [name: string, value: string]>): string {
	const pairs: string[] = [];
	for (const [name, value] of entries) pairs.push(`${encodePart(name)}=${encodePart(value)}`);
	return pairs.join('&');
}

/** @param length bytes that the PDU has room for, where that is known */
function decodePart(part: string, length?: number): string {
	if (!NEEDS_DECODING.test(part)) return part;
	const bytes = part
		.replaceAll('+', ' ')
		.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
	const buffer = Buffer.from(bytes, 'latin1');
	return isUtf8(buffer) ? buffer.toString('utf8') : (decodeCut(buffer, length) ?? bytes);
}

/** Bytes of one value of a register, undefined where no table has it. */
function lengthOf(key: string): number | undefined {
	const [mnemonic = ''] = key.split('_', 1);
	return fieldOf(mnemonic)?.length;
}

/**
 * The whole characters of UTF-8 that was cut inside one, undefined where it does not look like that. What a PDU has behind
 * a NUL is not part of the text. A last byte alone could be Latin-1 too: it is taken for a cut where the text has other
 * characters of UTF-8, fills its register, or would end with a letter that texts do not end with.
 */
function decodeCut(buffer: Buffer, length: number | undefined): string | undefined {
	const end = buffer.indexOf(0);
	const text = end < 0 ? buffer : buffer.subarray(0, end);
	if (isUtf8(text)) return text.toString('utf8');
	const whole = text.subarray(0, text.length - cutBytes(text));
	if (whole.length === text.length || !isUtf8(whole)) return undefined;
	const isCut = !isAscii(whole) || text.length === length || CUT_SIGNS.has(text.at(-1));
	return isCut ? whole.toString('utf8') : undefined;
}

/** How many bytes at the end of a text are the beginning of a character that is not complete. */
function cutBytes(text: Buffer): number {
	for (let count = 1; count <= 3 && count <= text.length; count++) {
		const byte = text[text.length - count] ?? 0;
		if (byte >= 0xc2 && byte <= 0xf4) return count < bytesOfCharacter(byte) ? count : 0;
		if (byte < 0x80 || byte > 0xbf) return 0;
	}
	return 0;
}

/** Source: RFC 3629, chapter 3. */
function bytesOfCharacter(first: number): number {
	if (first < 0xe0) return 2;
	return first < 0xf0 ? 3 : 4;
}

function encodePart(part: string): string {
	return encodeURIComponent(part.toWellFormed())
		.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
		.replaceAll('%20', '+');
}
