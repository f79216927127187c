/** Bodies of the web interface: `application/x-www-form-urlencoded`, as a PDU and its vendor's client write them. */
import { isUtf8 } from 'node:buffer';

/** The pairs of a body. Names are a stranger's, `__proto__` is one like any other. */
export type Form = ReadonlyMap<string, string>;

/** Bytes above ASCII, and the two characters that stand for others. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is what is looked past
const NEEDS_DECODING = /[%+]|[^\u0000-\u007f]/;

/**
 * Reads a body. Of a name that stands twice the last value counts, a blank value is kept, an escape that is none stays
 * as it is. A name or value whose bytes are no UTF-8 is read as Latin-1, so that no byte is lost and nothing thrown.
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
		if (needsDecoding) form.set(decodePart(name), decodePart(value));
		else form.set(name, value);
	}
	return form;
}

/** Writes a body: UTF-8 in percent escapes, a space as `+`. Only letters, digits and `_.-~` stay as they are. */
export function encodeForm(entries: Iterable<readonly [name: string, value: string]>): string {
	const pairs: string[] = [];
	for (const [name, value] of entries) pairs.push(`${encodePart(name)}=${encodePart(value)}`);
	return pairs.join('&');
}

function decodePart(part: string): string {
	if (!NEEDS_DECODING.test(part)) return part;
	const bytes = part
		.replaceAll('+', ' ')
		.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
	const buffer = Buffer.from(bytes, 'latin1');
	return isUtf8(buffer) ? buffer.toString('utf8') : bytes;
}

function encodePart(part: string): string {
	return encodeURIComponent(part.toWellFormed())
		.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
		.replaceAll('%20', '+');
}
