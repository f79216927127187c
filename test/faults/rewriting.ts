/** What proxies, gateways and portals do to an answer. */
import { gzipSync } from 'node:zlib';

/** An answer in its parts; header lines as sent. */
interface Parts {
	readonly status: string;
	readonly headers: readonly string[];
	readonly body: Buffer;
}

type Rewriting = (answer: Buffer, before: Buffer) => Buffer;

function split(answer: Buffer): Parts {
	const end = answer.indexOf('\r\n\r\n');
	const [status = '', ...headers] = answer.toString('latin1', 0, end).split('\r\n');
	return { status, headers, body: answer.subarray(end + 4) };
}

function join({ status, headers, body }: Parts): Buffer {
	return Buffer.concat([Buffer.from(`${[status, ...headers].join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

function parts(change: (parts: Parts) => Partial<Parts>): Rewriting {
	return (answer) => {
		const before = split(answer);
		return join({ ...before, ...change(before) });
	};
}

function headers(change: (line: string) => readonly string[]): Rewriting {
	return parts((answer) => ({ headers: answer.headers.flatMap(change) }));
}

/** Another body, and the length that it has. */
function body(change: (body: Buffer) => Buffer, more: readonly string[] = []): Rewriting {
	return parts((answer) => {
		const changed = change(answer.body);
		const lines = answer.headers.filter((line) => !/^content-length:/i.test(line));
		return { body: changed, headers: [...lines, ...more, `Content-Length: ${changed.length}`] };
	});
}

const isSignature = (line: string): boolean => /^x-w3pups-sig:/i.test(line);
const status = (line: string): Rewriting => parts(() => ({ status: `HTTP/1.1 ${line}` }));
const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length >> 1);
const flipped = (line: string): string => line.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
const chunked = (bytes: Buffer): Buffer =>
	Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')]);

/** By what is done. */
export const REWRITINGS: Readonly<Record<string, Rewriting>> = {
	'status 500': status('500 Internal Server Error'),
	'status 403': status('403 Forbidden'),
	'status 204': status('204 No Content'),
	'a redirect': parts(({ headers }) => ({
		status: 'HTTP/1.1 302 Found',
		headers: ['Location: http://127.0.0.1:9/', ...headers],
	})),
	'an interim answer before': (answer) =>
		Buffer.concat([Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), answer]),
	'half of the body': parts((answer) => ({ body: half(answer.body) })),
	'half of the body, with the length of half': body(half),
	'no body': body(() => Buffer.alloc(0)),
	'another command in the body': body((bytes) =>
		Buffer.from(
			bytes.toString().replaceAll('host.reset', 'host.shutdown').replaceAll('ui.beep', 'power.cycle'),
		),
	),
	'a command more in the body': body((bytes) =>
		Buffer.from(
			bytes.toString().replace('[', '[{"id":"x","cmd":"host.shutdown","args":{}},').replace('},]', '}]'),
		),
	),
	'no signature': headers((line) => (isSignature(line) ? [] : [line])),
	'another signature': headers((line) => [isSignature(line) ? flipped(line) : line]),
	'two signatures': headers((line) => (isSignature(line) ? [flipped(line), line] : [line])),
	'a name in lower case': headers((line) => [line.replace(/^[^:]+/, (name) => name.toLowerCase())]),
	'no length': headers((line) => (/^content-length:/i.test(line) ? [] : [line])),
	gzip: body((bytes) => gzipSync(bytes), ['Content-Encoding: gzip']),
	chunks: parts((answer) => ({
		body: chunked(answer.body),
		headers: [
			...answer.headers.filter((line) => !/^content-length:/i.test(line)),
			'Transfer-Encoding: chunked',
		],
	})),
	'the answer before': (_, before) => before,
	'a page of a portal': () => Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<h1>Pay!</h1>'),
	rubbish: () => Buffer.from('\0\xff\r\n\r\nrubbish', 'latin1'),
};
