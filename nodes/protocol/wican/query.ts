/** The query of a request as a WiCAN writes it: what its user typed, without any encoding (v4) or with (v6). */
import { setMember } from './json.js';

/** The bytes of neighbouring escapes belong together: a letter may need several. */
const ESCAPES = /(?:%[0-9a-f]{2})+/gi;

/**
 * Decodes percent-escapes. What is no escape stays as typed (`%`, `%zz`), a `+` too, since v4 firmware does not
 * encode; bytes that are not UTF-8 become U+FFFD. Never throws.
 */
export function percentDecode(text: string): string {
	if (!text.includes('%')) return text;
	return text.replace(ESCAPES, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'));
}

/** A device has room for sixteen. More are a stranger's, and each message of a body would repeat them. */
const MAX_PARTS = 32;

/**
 * Reads a raw query (without `?`) into a plain object. Of a repeated name the last value wins; a name without `=`
 * has the value ''; parts without a name are left out, and all after the thirty-second. Names are only names,
 * `__proto__` as well.
 */
export function parseQuery(query: string): Record<string, string> {
	const values: Record<string, string> = {};
	if (query === '') return values;
	for (const part of query.split('&', MAX_PARTS)) {
		const equals = part.indexOf('=');
		const name = percentDecode(equals < 0 ? part : part.slice(0, equals));
		if (name === '') continue;
		const value = equals < 0 ? '' : percentDecode(part.slice(equals + 1));
		setMember(values, name, value);
	}
	return values;
}

/** A key that stands in a query, as it is to be found there. */
export interface QueryKey {
	/** Name of the parameter, not encoded, not empty. */
	readonly name: string;
	/** How many `&` the key itself holds: sent without encoding, it spans one part more for each. */
	readonly separators: number;
	/** Whether a value is the key. */
	matches(value: string): boolean;
}

/**
 * So many values under the key's name are compared. A device sends the key and up to eight parameters; more would be
 * a stranger's way to keep us busy.
 */
const MAX_VALUES = 16;

/** Whether the key stands in a raw query under its name, encoded or not, in any of the parts. */
export function holdsKey(query: string, key: QueryKey): boolean {
	let values = 0;
	for (let part = 0; part >= 0 && values < MAX_VALUES; part = nextPart(query, part)) {
		const value = valueStart(query, part, key.name);
		if (value < 0) continue;
		values++;
		if (keyEnd(query, value, key) >= 0) return true;
	}
	return false;
}

/**
 * A raw query without the key, and without any other value under the key's name: an old key is no less a secret.
 */
export function withoutKey(query: string, key: QueryKey): string {
	const kept: string[] = [];
	for (let part = 0; part >= 0; ) {
		const value = valueStart(query, part, key.name);
		const end = value < 0 ? -1 : keyEnd(query, value, key);
		if (value < 0) kept.push(query.slice(part, partEnd(query, part)));
		part = nextPart(query, end < 0 ? part : end);
	}
	return kept.join('&');
}

/** Where the value of a part begins if the part has this name, else -1. */
function valueStart(query: string, part: number, name: string): number {
	// As typed first, since a name that was not encoded may itself hold `=` and `&`.
	const typed = part + name.length;
	if (query.startsWith(name, part) && query[typed] === '=') return typed + 1;
	const text = query.slice(part, partEnd(query, part));
	const equals = text.indexOf('=');
	return equals >= 0 && percentDecode(text.slice(0, equals)) === name ? part + equals + 1 : -1;
}

/**
 * Where the key that begins here ends, or -1. Only spans with as many `&` as the key are looked at, so that the work
 * grows with the length of the query and not with its square.
 */
function keyEnd(query: string, start: number, key: QueryKey): number {
	for (const separators of key.separators === 0 ? [0] : [0, key.separators]) {
		const end = spanEnd(query, start, separators);
		const span = query.slice(start, end);
		if (key.matches(span) || (span.includes('%') && key.matches(percentDecode(span)))) return end;
	}
	return -1;
}

/** Where the span from here over so many `&` ends, which is the end of the query if there are fewer. */
function spanEnd(query: string, start: number, separators: number): number {
	let end = partEnd(query, start);
	for (let left = separators; left > 0; left--) end = partEnd(query, end + 1);
	return end;
}

function partEnd(query: string, from: number): number {
	const end = query.indexOf('&', from);
	return end < 0 ? query.length : end;
}

/** Where the part behind the next `&` begins, or -1. */
function nextPart(query: string, from: number): number {
	const separator = query.indexOf('&', from);
	return separator < 0 ? -1 : separator + 1;
}
