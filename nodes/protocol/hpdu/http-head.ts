/**
 * Heads of HTTP/1.1 messages: that of a request as the document of the web interface spells it, that of an answer as
 * embedded servers write it. Source: WEBAPI, chapter 4.3, "Example request"; RFC 9112.
 */

/** What a request may have to say beside what every request says. */
export interface RequestHeaders {
	readonly 'Content-type'?: string;
	readonly Authorization?: string;
}

/** Answers that never have a body. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** What is wrong with an answer, in words or a code for a technician. Holds nothing of the answer itself. */
export class MalformedResponse extends Error {}

/** How the end of a body is known. */
export type BodyFraming =
	| { readonly kind: 'length'; readonly length: number }
	| { readonly kind: 'chunked' | 'close' };

export interface ResponseHead {
	readonly status: number;
	/** In lower case, without parameters; empty where there is none. */
	readonly mediaType: string;
	readonly framing: BodyFraming;
	/** Milliseconds for which the server keeps the connection: 0 where it closes it, Infinity where it does not say. */
	readonly keepAlive: number;
}

/**
 * Writes a request. Names of headers are spelled as the document spells them, since some embedded servers compare them
 * with case.
 * @param host name or address with the port, as in a URL
 * @throws TypeError for what would not be one line
 */
export function encodeRequest(
	{ method, path, headers, body }: { method: string; path: string; headers: RequestHeaders; body?: string },
	host: string,
): string {
	const { 'Content-type': type, Authorization: token } = headers;
	const values = `${method}${path}${host}${type ?? ''}${token ?? ''}`;
	if (path.includes(' ') || !/^[ -~]*$/.test(values)) throw new TypeError('not a line of a head');
	const ofBody = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
	return (
		`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n` +
		'Connection: keep-alive\r\nAccept-Encoding: identity\r\nAccept: */*\r\n' +
		(type === undefined ? '' : `Content-type: ${type}\r\n`) +
		(token === undefined ? '' : `Authorization: ${token}\r\n`) +
		`${ofBody}\r\n${body ?? ''}`
	);
}

/** Whether bytes can be the beginning of an answer. @param start at most its first line */
export function mayBeResponse(start: string): boolean {
	const version = 'HTTP/1.';
	return version.startsWith(start.slice(0, version.length));
}

/**
 * Reads the head of an answer. A line that begins with a blank goes on with the one before.
 * @param head its lines, which end with CR LF or with LF
 * @returns undefined for an interim answer, after which the real one follows
 * @throws MalformedResponse
 */
export function decodeHead(head: string): ResponseHead | undefined {
	const [first = '', ...others] = head
		.trimEnd()
		.replace(/\r?\n[ \t]+/g, ' ')
		.split(/\r?\n/);
	const [, minor, digits] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first) ?? [];
	const status = Number(digits);
	if (digits === undefined || status < 100) throw new MalformedResponse('status line');
	if (status === 101) throw new MalformedResponse('upgrade');
	if (status < 200) return undefined;
	const headers = decodeHeaders(others);
	const framing: BodyFraming = BODILESS.has(status) ? { kind: 'length', length: 0 } : framingOf(headers);
	return { status, mediaType: mediaTypeOf(headers), framing, keepAlive: keepAliveOf(headers, minor === '1') };
}

/** Values by names in lower case; those of a header that stands several times with a comma between them. */
type Headers = ReadonlyMap<string, string>;

function decodeHeaders(lines: readonly string[]): Headers {
	const headers = new Map<string, string>();
	for (const line of lines) {
		const colon = line.indexOf(':');
		if (colon < 1) throw new MalformedResponse('header');
		const name = line.slice(0, colon).trimEnd().toLowerCase();
		const value = line.slice(colon + 1).trim();
		const known = headers.get(name);
		headers.set(name, known === undefined ? value : `${known},${value}`);
	}
	return headers;
}

const NONE: readonly string[] = [];

/** The members of a header's list, in lower case. */
function listOf(headers: Headers, name: string): readonly string[] {
	const value = headers.get(name);
	if (value === undefined) return NONE;
	const members = value.toLowerCase().split(',');
	return members.map((member) => member.trim()).filter((member) => member !== '');
}

function framingOf(headers: Headers): BodyFraming {
	const codings = listOf(headers, 'transfer-encoding').filter((coding) => coding !== 'identity');
	const lengths = new Set(listOf(headers, 'content-length'));
	if (codings.some((coding) => coding !== 'chunked')) throw new MalformedResponse('transfer-encoding');
	if (listOf(headers, 'content-encoding').some((coding) => coding !== 'identity'))
		throw new MalformedResponse('content-encoding');
	if (codings.length > 0 && lengths.size > 0) throw new MalformedResponse('content-length and chunks');
	if (codings.length > 0) return { kind: 'chunked' };
	const [length] = lengths;
	if (length === undefined) return { kind: 'close' };
	if (lengths.size > 1 || !/^\d{1,15}$/.test(length)) throw new MalformedResponse('content-length');
	return { kind: 'length', length: Number(length) };
}

function mediaTypeOf(headers: Headers): string {
	const type = headers.get('content-type') ?? '';
	const end = type.search(/[;,]/);
	return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}

function keepAliveOf(headers: Headers, isDefault: boolean): number {
	const options = listOf(headers, 'connection');
	if (options.includes('close') || !(isDefault || options.includes('keep-alive'))) return 0;
	const [, seconds] = /^timeout ?= ?(\d{1,6})$/.exec(listOf(headers, 'keep-alive')[0] ?? '') ?? [];
	return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000;
}
