import { createHmac } from 'node:crypto';
import { FIRMWARE } from './firmware.js';

/** Where a POST goes: the parts of the URL that the firmware uses. */
export interface Target {
	readonly secure: boolean;
	readonly host: string;
	readonly port: number;
	readonly path: string;
	/** As in the `Host` header. */
	readonly authority: string;
}

/** One signed POST, ready to be sent; sending it twice is a replay. */
export interface Post {
	/** Undefined when the URL is one that the firmware cannot use: nothing is sent then. */
	readonly target: Target | undefined;
	readonly ts: string;
	readonly nonce: string;
	readonly signature: string;
	readonly head: Buffer;
	readonly body: Buffer;
}

/** What a POST is made of. `ts` in decimal seconds, `nonce` 16 hexadecimal digits. */
export interface PostParts {
	readonly url: string;
	readonly deviceId: string;
	readonly key: string;
	readonly ts: string;
	readonly nonce: string;
	readonly body: Buffer;
}

/** Ways to spoil a POST on purpose. Values that are signed are signed as overridden. */
export interface PostOverrides {
	readonly key?: string;
	readonly ts?: string;
	readonly nonce?: string;
	readonly signature?: string;
	readonly body?: Buffer | string | ((body: Buffer) => Buffer);
	readonly method?: string;
	readonly path?: string;
	/** By name: another value, several values, or null for no such header. New names come last. */
	readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
	/** The whole head instead of the one that would have been made. */
	readonly head?: Buffer;
}

const URL_PARTS = /^(https?):\/\/(\[[^\]]+\]|[^/:?#]+)(?::(\d{1,5}))?([/?][^#]*)?(?:#.*)?$/i;

function hasControlOrSpace(text: string): boolean {
	return [...text].some((c) => c <= ' ' || c === '\u007f');
}

/**
 * The target of a base URL and a device id, which are put together without any escaping. Undefined when the
 * firmware's URL parser would give up: a space, a control character, another scheme, a base over 200 bytes.
 */
export function parseTarget(base: string, deviceId: string): Target | undefined {
	const url = `${base}/api/v1/devices/${deviceId}/telemetry`;
	const [, scheme, host, port, path] = URL_PARTS.exec(url) ?? [];
	const secure = scheme?.toLowerCase() === 'https';
	const number = Number(port ?? (secure ? 443 : 80));
	if (!host || number > 65_535 || hasControlOrSpace(url) || Buffer.byteLength(base) > FIRMWARE.urlBytes) {
		return undefined;
	}
	return {
		secure,
		host: host.replace(/^\[|\]$/g, ''),
		port: number,
		path: path?.startsWith('?') ? `/${path}` : (path ?? '/'),
		authority: number === 80 || number === 443 ? host : `${host}:${number}`,
	};
}

/** Signature of a request: over timestamp, nonce and body, one after the other, without separators. */
export function requestSignature(key: string, ts: string, nonce: string, body: Buffer): string {
	return createHmac('sha256', key).update(ts).update(nonce).update(body).digest('hex');
}

/** Signature of an answer: over the request's nonce and the body of the answer. */
export function answerSignature(key: string, nonce: string, body: Buffer): string {
	return createHmac('sha256', key).update(nonce).update(body).digest('hex');
}

/** Whether the last signature header of an answer holds; the header's value is cut at 64 characters. */
export function answerIsGenuine(
	key: string,
	nonce: string,
	headers: readonly (readonly [string, string])[],
	body: Buffer,
): boolean {
	const signatures = headers.filter(([name]) => name.toLowerCase() === 'x-w3pups-sig');
	const value = signatures.at(-1)?.[1] ?? '';
	return value.slice(0, 64).toLowerCase() === answerSignature(key, nonce, body);
}

type HeaderValue = string | readonly string[] | null;

function headerLines(headers: Readonly<Record<string, HeaderValue>>): string {
	return Object.entries(headers)
		.flatMap(([name, value]) => (value === null ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`)))
		.join('');
}

/** Makes the bytes of a POST, with the header lines in the firmware's order and spelling. */
export function encodePost(parts: PostParts, overrides: PostOverrides = {}): Post {
	const target = parseTarget(parts.url, parts.deviceId);
	const { key = parts.key, ts = parts.ts, nonce = parts.nonce } = overrides;
	const body =
		typeof overrides.body === 'function'
			? overrides.body(parts.body)
			: Buffer.from(overrides.body ?? parts.body);
	const signature = overrides.signature ?? requestSignature(key, ts, nonce, body);
	const headers: Record<string, HeaderValue> = {
		'User-Agent': 'ESP32 HTTP Client/1.0',
		Host: target?.authority ?? '',
		'Content-Type': 'application/json',
		'X-W3PUPS-Device': parts.deviceId,
		'X-W3PUPS-Ts': ts,
		'X-W3PUPS-Nonce': nonce,
		'X-W3PUPS-Sig': signature,
		'Content-Length': String(body.length),
		...overrides.headers,
	};
	const requestLine = `${overrides.method ?? 'POST'} ${overrides.path ?? target?.path ?? '/'} HTTP/1.1\r\n`;
	const head = overrides.head ?? Buffer.from(`${requestLine}${headerLines(headers)}\r\n`);
	return { target, ts, nonce, signature, head, body };
}
