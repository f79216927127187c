import type { Body } from './bodies.js';
import type { Firmware } from './firmware.js';
import type { Auth } from './options.js';

/** Where a POST goes: the parts of the URL that the firmware uses. */
export interface Target {
	readonly secure: boolean;
	readonly host: string;
	readonly port: number;
	/** With the query, as it was typed. */
	readonly path: string;
	/** As in the `Host` header. */
	readonly authority: string;
	/** The name in a certificate is not compared with an address. */
	readonly trustsAnyNameOfAddress: true;
}

/** Why nothing is sent. */
export type Unsendable = 'bad-url' | 'out-of-buffer';

/** One POST, ready to be sent; sending it twice is what a device does that has lost the answer. */
export interface Post {
	readonly firmware: Firmware;
	readonly target: Target | Unsendable;
	readonly head: Buffer;
	readonly body: Buffer;
	/** The same to another URL, absolute or relative: header lines and body stay as they are, only `Host` is new. */
	readonly redirectedTo: (location: string) => Post;
}

type HeaderValue = string | readonly string[] | null;

/** Ways to spoil a POST on purpose. */
export interface PostOverrides {
	readonly auth?: Auth;
	readonly body?: Buffer | string | ((body: Buffer) => Buffer);
	readonly method?: string;
	/** By name: another value, several values, or null for no such header. New names come last. */
	readonly headers?: Readonly<Record<string, HeaderValue>>;
}

/** What a POST is made of. */
export interface PostParts {
	readonly firmware: Firmware;
	readonly url: string;
	readonly query?: string | undefined;
	readonly auth: Auth;
	readonly form: 'json' | 'abrp';
	readonly body: Body;
}

const URL_PARTS = /^(https?):\/\/(\[[^\]]+\]|[^/:?#]+)(?::(\d{1,5}))?([/?][^#]*)?(?:#.*)?$/i;

const bytes = (text: string) => Buffer.byteLength(text);
const isOver = (text: string, limit = Number.POSITIVE_INFINITY) => bytes(text) > limit;

/** The target of a URL, or `bad-url` where the firmware gives up: another scheme, a line break, too long a path. */
export function parseTarget(firmware: Firmware, url: string): Target | 'bad-url' {
	const [, scheme, host, port, rest] = URL_PARTS.exec(url) ?? [];
	const secure = scheme?.toLowerCase() === 'https';
	const number = Number(port ?? (secure ? 443 : 80));
	const path = rest?.startsWith('?') ? `/${rest}` : (rest ?? '/');
	const { limits } = firmware;
	const tooLong = isOver(path, limits.path) || isOver(host ?? '', limits.host);
	if (!host || number > 65_535 || /[\r\n\0]/.test(url) || tooLong || (secure && !firmware.tls)) {
		return 'bad-url';
	}
	const named = number === 80 || number === 443 || firmware.shape === 'classic';
	return {
		secure,
		host: host.replace(/^\[|\]$/g, ''),
		port: number,
		path,
		authority: named ? host : `${host}:${number}`,
		trustsAnyNameOfAddress: true,
	};
}

function addToQuery(url: string, more: string | undefined): string {
	return more ? `${url}${url.includes('?') ? '&' : '?'}${more}` : url;
}

/** v6 escapes the key; v4 sends it as it is, whatever that does to the query. */
function queryOf(firmware: Firmware, auth: Auth): string | undefined {
	if (auth.kind !== 'api-key-query') {
		return undefined;
	}
	const { name = 'api_key', token } = auth;
	return `${name}=${firmware.isV6 ? encodeURIComponent(token) : token}`;
}

function authHeaders({ firmware, form }: PostParts, auth: Auth): Record<string, string> {
	switch (auth.kind) {
		case 'bearer':
			return { Authorization: `${form === 'abrp' ? 'APIKEY' : 'Bearer'} ${auth.token}` };
		case 'api-key-header':
			return { [auth.name ?? 'x-api-key']: auth.token };
		case 'basic': {
			const pair = `${auth.user}:${auth.password}`;
			const leftOut = isOver(pair, firmware.limits.basic);
			return leftOut ? {} : { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
		}
		default:
			return {};
	}
}

function renderHead(method: string, target: Target, headers: Readonly<Record<string, HeaderValue>>): string {
	const lines = Object.entries(headers).flatMap(([name, value]) =>
		value === null ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
	);
	return `${method} ${target.path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function fits(head: string, { requestLine, headerLine }: Firmware['limits']): boolean {
	const [first = '', ...lines] = head.split('\r\n');
	return !isOver(`${first}\r\n`, requestLine) && !lines.some((line) => isOver(line, headerLine));
}

/** In the firmware's order and spelling. */
function headersOf(
	parts: PostParts,
	auth: Auth,
	length: number,
	more: PostOverrides['headers'],
): Record<string, HeaderValue> {
	const { firmware, body } = parts;
	return {
		...(firmware.userAgent === undefined ? {} : { 'User-Agent': firmware.userAgent }),
		// Filled in for each target; its place is here.
		Host: '',
		'Content-Type': body.contentType,
		...(body.contentEncoding === undefined ? {} : { 'Content-Encoding': body.contentEncoding }),
		...authHeaders(parts, auth),
		...(firmware.shape === 'classic' ? { Connection: 'close' } : {}),
		'Content-Length': String(length),
		...more,
	};
}

/** Makes the bytes of a POST. */
export function encodePost(parts: PostParts, overrides: PostOverrides = {}): Post {
	const { firmware, url, query, body } = parts;
	const { auth = parts.auth, method = 'POST' } = overrides;
	const content =
		typeof overrides.body === 'function'
			? overrides.body(body.bytes)
			: Buffer.from(overrides.body ?? body.bytes);
	const headers = headersOf(parts, auth, content.length, overrides.headers);
	const to = (place: string): Post => {
		const target = parseTarget(firmware, place);
		const authority = target === 'bad-url' ? '' : target.authority;
		const host = headers.Host === '' ? authority : (headers.Host ?? null);
		const head = target === 'bad-url' ? '' : renderHead(method, target, { ...headers, Host: host });
		return {
			firmware,
			target: fits(head, firmware.limits) ? target : 'out-of-buffer',
			head: Buffer.from(head),
			body: content,
			redirectedTo: (location) =>
				to(URL.canParse(location, place) ? new URL(location, place).href : location),
		};
	};
	// The limit is that of the field into which the URL is typed; what is appended does not count.
	const typed = isOver(url, firmware.limits.url) ? '' : url;
	return to(addToQuery(addToQuery(typed, query), queryOf(firmware, auth)));
}
