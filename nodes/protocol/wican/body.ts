/** The bytes of a POST made readable: unpacked, decoded, parsed. */
import { gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib';
import type { DeviceRequest } from '../common/http.js';

/** Why a body cannot be read, in the words of the flow contract. */
export type BodyFault = 'bad-json' | 'bad-body' | 'too-large';

/** A body that could be read. */
export interface ReadableBody {
	/** The JSON as text. Bytes that are no UTF-8 have become U+FFFD: the device writes what the user typed unchecked. */
	readonly text: string;
	/** What the text says. */
	readonly value: unknown;
	/** Whether it came inside a form, as those for A Better Routeplanner do. */
	readonly form: boolean;
}

type Unpack = (bytes: Buffer, options: ZlibOptions) => Buffer;

/** By Content-Encoding. The Home Assistant webhook of newer firmware may use gzip; nothing else packs. */
const UNPACK = new Map<string, Unpack>([
	['', (bytes) => bytes],
	['identity', (bytes) => bytes],
	['gzip', gunzipSync],
	['x-gzip', gunzipSync],
	['deflate', inflateSync],
]);

/** The part of a request that says what its body is. */
export type PackedBody = Pick<DeviceRequest, 'rawBody' | 'headers' | 'maxBody'>;

/** Reads the body of a request. The request's limit holds for it unpacked, too. Never throws. */
export function readBody({ rawBody, headers, maxBody }: PackedBody): ReadableBody | BodyFault {
	const bytes = unpack(rawBody, headers['content-encoding'], maxBody);
	if (typeof bytes === 'string') return bytes;
	const text = withoutMark(bytes.toString('utf8'));
	const isForm = headers['content-type']?.toLowerCase().includes('x-www-form-urlencoded') ?? false;
	if (isForm && !/^\s*[[{]/.test(text)) return readForm(text);
	return parseBody(text, false);
}

/**
 * At once rather than in the background: it takes as long as parsing the same body, and so only one body is ever
 * held unpacked.
 */
function unpack(bytes: Buffer, encoding: string | undefined, maxBody: number): Buffer | BodyFault {
	const how = UNPACK.get(encoding?.trim().toLowerCase() ?? '');
	if (how === undefined) return 'bad-body';
	try {
		return how(bytes, { maxOutputLength: maxBody });
	} catch (error) {
		return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'bad-body';
	}
}

function withoutMark(text: string): string {
	return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** `token=…&tlm=<JSON>`; the token is somebody else's secret and goes no further. */
function readForm(text: string): ReadableBody | BodyFault {
	const telemetry = new URLSearchParams(text).get('tlm');
	return telemetry === null ? 'bad-body' : parseBody(telemetry, true);
}

/** Parses JSON. The message of a parser's error would quote the body, which may hold passwords: it is dropped. */
export function parseBody(text: string, form: boolean): ReadableBody | BodyFault {
	try {
		return { text, value: JSON.parse(text), form };
	} catch {
		return 'bad-json';
	}
}
