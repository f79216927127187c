/** An answer as far as it arrived. */
export interface Answer {
	readonly status: number;
	readonly headers: readonly (readonly [string, string])[];
	readonly body: Buffer;
	/** False when the body was cut short, or when only the end of the connection told where it ends. */
	readonly complete: boolean;
}

/** What `parseAnswer` says when bytes are still missing, or when they are not HTTP. */
export type Unfinished = 'need-more' | 'malformed';

interface Head {
	readonly status: number;
	readonly headers: readonly (readonly [string, string])[];
	readonly bodyAt: number;
}

function parseHead(raw: Buffer): Head | Unfinished {
	const end = raw.indexOf('\r\n\r\n');
	const [first = '', ...lines] = raw
		.subarray(0, end < 0 ? raw.length : end)
		.toString('latin1')
		.split('\r\n');
	if (end < 0) {
		return 'HTTP/1.'.startsWith(first.slice(0, 7)) ? 'need-more' : 'malformed';
	}
	const status = /^HTTP\/1\.[01] (\d{3})(?: .*)?$/.exec(first)?.[1];
	if (!status || lines.some((line) => !line.includes(':'))) {
		return 'malformed';
	}
	const headers = lines.map((line): [string, string] => {
		const colon = line.indexOf(':');
		return [line.slice(0, colon), line.slice(colon + 1).trim()];
	});
	return { status: Number(status), headers, bodyAt: end + 4 };
}

/** The values of a header, whatever the case of its name. */
export function headerValues(headers: Answer['headers'], name: string): string[] {
	return headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
}

function decodeChunked(raw: Buffer): { body: Buffer; state: 'done' | Unfinished } {
	const chunks: Buffer[] = [];
	for (let at = 0; ; ) {
		const lineEnd = raw.indexOf('\r\n', at);
		const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(
			raw.toString('latin1', at, Math.max(at, lineEnd)),
		)?.[1];
		if (lineEnd < 0 || size === undefined) {
			return { body: Buffer.concat(chunks), state: lineEnd < 0 ? 'need-more' : 'malformed' };
		}
		const length = Number.parseInt(size, 16);
		const from = lineEnd + 2;
		if (length === 0) {
			const trailer = raw.subarray(from);
			const done = trailer.subarray(0, 2).equals(Buffer.from('\r\n')) || trailer.includes('\r\n\r\n');
			return { body: Buffer.concat(chunks), state: done ? 'done' : 'need-more' };
		}
		chunks.push(raw.subarray(from, from + length));
		if (raw.length < from + length + 2) {
			return { body: Buffer.concat(chunks), state: 'need-more' };
		}
		at = from + length + 2;
	}
}

function bodyOf(head: Head, raw: Buffer): { body: Buffer; state: 'done' | Unfinished } {
	const rest = raw.subarray(head.bodyAt);
	if (head.status < 200 || head.status === 204 || head.status === 304) {
		return { body: Buffer.alloc(0), state: 'done' };
	}
	if (/chunked/i.test(headerValues(head.headers, 'transfer-encoding').join())) {
		return decodeChunked(rest);
	}
	const length = headerValues(head.headers, 'content-length').at(-1);
	if (length === undefined) {
		return { body: rest, state: 'need-more' };
	}
	if (!/^\d+$/.test(length)) {
		return { body: rest, state: 'malformed' };
	}
	return {
		body: rest.subarray(0, Number(length)),
		state: rest.length < Number(length) ? 'need-more' : 'done',
	};
}

/**
 * Reads an answer as the firmware's HTTP client does.
 *
 * - An interim answer (1xx) is taken for the final one.
 * - The body of a 401 is not waited for, unless `readUnauthorized`.
 * - Without Content-Length and chunks the end of the connection ends the body, and that counts as incomplete.
 *
 * @param raw everything received so far
 * @param ended whether the server has closed the connection
 */
export function parseAnswer(raw: Buffer, ended: boolean, readUnauthorized = false): Answer | Unfinished {
	const head = parseHead(raw);
	if (typeof head === 'string') {
		return head;
	}
	const { body, state } = bodyOf(head, raw);
	const impatient = head.status === 401 && !readUnauthorized;
	if (state === 'malformed' || (state === 'need-more' && !ended && !impatient)) {
		return state;
	}
	return { status: head.status, headers: head.headers, body, complete: state === 'done' };
}
