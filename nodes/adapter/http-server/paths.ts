/** A request target in parts. Both are as sent, apart from raw bytes above 0x7f, which are taken for UTF-8. */
export interface Target {
	readonly path: string;
	/** Without the question mark; empty where there is none. */
	readonly query: string;
}

/** Where a route listens: exactly at `prefix`, or, with a suffix, at prefix + anything + suffix. */
export interface PathPattern {
	readonly prefix: string;
	readonly suffix?: string;
}

const ABSOLUTE_FORM = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i;
const RAW_BYTES = /[\u0080-\u00ff]/;
const NOT_ASCII = /\P{ASCII}+/gu;
const ENCODED = /(?:%[0-9a-f]{2})+/gi;

/** Splits a request target (RFC 9112, 3.2) in origin-form or absolute-form; any other form has an empty path. */
export function parseTarget(url: string): Target {
	const text = RAW_BYTES.test(url) ? Buffer.from(url, 'latin1').toString('utf8') : url;
	const start = text.startsWith('/') ? 0 : (ABSOLUTE_FORM.exec(text)?.[0].length ?? -1);
	if (start < 0) return { path: '', query: '' };
	const mark = text.indexOf('?', start);
	if (mark < 0) return { path: text.slice(start) || '/', query: '' };
	return { path: text.slice(start, mark) || '/', query: text.slice(mark + 1) };
}

/** Joins parts of a path, with one slash where they meet, one in front and none doubled; case is kept. */
export function joinPath(...parts: string[]): string {
	return `/${parts.join('/')}`.replace(/\/{2,}/g, '/');
}

/** Without slashes at the end; the root becomes the empty string. */
export function trimEnd(path: string): string {
	let end = path.length;
	while (end > 0 && path.charCodeAt(end - 1) === 0x2f) end--;
	return end === path.length ? path : path.slice(0, end);
}

/** A path as it is shown and as devices send it: what is outside ASCII percent-encoded (RFC 3987, 3.1). */
export function encodedPath(path: string): string {
	return path.replace(NOT_ASCII, (text) => encodeURIComponent(text.toWellFormed()));
}

/** Percent-encoded UTF-8 as text; what is none, and what means something else when decoded, such as %2F, is kept. */
function decoded(text: string): string {
	try {
		return decodeURI(text);
	} catch {
		return text;
	}
}

/** One text for all spellings: whether something is percent-encoded, in which hex digits, and case do not matter. */
function comparable(path: string): string {
	return (path.includes('%') ? path.replace(ENCODED, decoded) : path).toLowerCase();
}

/**
 * The form in which paths without a variable part are compared: neither case, doubled nor last slashes, nor the way in
 * which letters outside ASCII are encoded matter.
 */
export function canonicalPath(path: string): string {
	const single = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
	return comparable(trimEnd(single));
}

/** The fixed beginning of a path with a variable part, as it is compared. It ends in a slash. */
export function canonicalPrefix(prefix: string): string {
	return comparable(prefix);
}

/**
 * Where the fixed beginning ends in a path, -1 if the path does not begin with it. Slashes may be doubled in the
 * path, except at the end of the beginning: there the variable part starts, which is taken as sent.
 */
function endOfPrefix(path: string, prefix: string): number {
	if (path.startsWith(prefix)) return prefix.length;
	let end = 0;
	for (const character of prefix) {
		if (character !== '/') continue;
		while (path[end] === '/' && path[end - 1] === '/') end++;
		end = path.indexOf('/', end) + 1;
		if (end === 0) return -1;
	}
	return canonicalPath(path.slice(0, end)) === trimEnd(prefix) ? end : -1;
}

/**
 * The variable part of a path between two fixed ones (both as they are compared), undefined if the path has none there.
 * Case of the fixed parts does not matter. The path comes without slashes at its end.
 */
export function variablePart(path: string, prefix: string, suffix: string): string | undefined {
	const end = path.length - suffix.length;
	if (!path.endsWith(suffix) && path.slice(end).toLowerCase() !== suffix) return undefined;
	const start = endOfPrefix(path, prefix);
	return start < 0 || start >= end ? undefined : path.slice(start, end);
}
