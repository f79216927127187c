import assert from 'node:assert/strict';
import { MalformedResponse } from '../../../nodes/protocol/hpdu/http-head.js';
import { ResponseReader } from '../../../nodes/protocol/hpdu/http-response.js';

const TYPE = 'Content-Type: text/plain';
const HEAD = `HTTP/1.1 200 OK\r\n${TYPE}\r\n`;
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;

/** What an answer says; undefined where it is not complete. */
function read(bytes: string, size = bytes.length): string | undefined {
	const reader = new ResponseReader();
	let isComplete = false;
	for (let at = 0; at < bytes.length; at += size)
		isComplete = reader.push(Buffer.from(bytes.slice(at, at + size), 'latin1'));
	if (!isComplete) return undefined;
	const { status, mediaType, body } = reader.answer;
	return `${status} ${mediaType} ${body.toString('latin1')}`.trim();
}

describe('hpdu http answers', () => {
	const UNDERSTOOD: readonly [name: string, bytes: string, said?: string][] = [
		['a length', `${HEAD}Content-Length: 3\r\n\r\na=b`],
		['chunks', `${CHUNKED}1\r\na\r\n2\r\n=b\r\n0\r\n\r\n`],
		['chunk sizes with blanks behind them', `${CHUNKED}3  \r\na=b\r\n0 \r\n\r\n`],
		['chunk sizes with blanks before them', `${CHUNKED}   3\r\na=b\r\n   0\r\n\r\n`],
		[
			'chunk sizes with zeros and capitals',
			`${CHUNKED}0003\r\na=b\r\n0A\r\n&c=d&e=f&g\r\n000\r\n\r\n`,
			'200 text/plain a=b&c=d&e=f&g',
		],
		['chunks with extensions and trailers', `${CHUNKED}3;x="y"\r\na=b\r\n0;z\r\nX-Sum: 1\r\n\r\n`],
		['lines that end with LF alone', `HTTP/1.1 200 OK\n${TYPE}\nContent-Length: 3\n\na=b`],
		[
			'chunks whose lines end with LF alone',
			`HTTP/1.1 200 OK\n${TYPE}\nTransfer-Encoding: chunked\n\n3\na=b\n0\n\n`,
		],
		['lines that end in both ways', `HTTP/1.1 200 OK\r\n${TYPE}\nContent-Length: 3\r\n\na=b`],
		['a length that stands twice', `${HEAD}Content-Length: 3\r\nContent-Length: 3\r\n\r\na=b`],
		['a length that is a list of one value', `${HEAD}Content-Length: 3, 3\r\n\r\na=b`],
		['a media type that stands twice', `${HEAD}${TYPE}\r\nContent-Length: 3\r\n\r\na=b`],
		[
			'chunked that stands twice',
			`${HEAD}Transfer-Encoding: chunked\r\ntransfer-encoding: Chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n`,
		],
		['a status line without a reason', `HTTP/1.1 200\r\n${TYPE}\r\nContent-Length: 3\r\n\r\na=b`],
		[
			'a header that goes on in the next line',
			`HTTP/1.1 200 OK\r\nContent-Type:\r\n text/plain\r\nContent-Length: 3\r\n\r\na=b`,
		],
		[
			'a blank before a colon',
			`HTTP/1.1 200 OK\r\nContent-Type : text/plain\r\nContent-Length: 3\r\n\r\na=b`,
		],
		['blank lines left over from the answer before', `\r\n\n${HEAD}Content-Length: 3\r\n\r\na=b`],
		[
			'interim answers',
			`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nX: 1\r\n\r\n${HEAD}Content-Length: 3\r\n\r\na=b`,
		],
		['no body', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', '204'],
	];
	for (const [name, bytes, said = '200 text/plain a=b'] of UNDERSTOOD) {
		it(`understands ${name}, in one piece and byte by byte`, () => {
			assert.equal(read(bytes), said);
			assert.equal(read(bytes, 1), said);
		});

		it(`waits for the rest of ${name}`, () => {
			for (let length = 0; length < bytes.length; length++)
				assert.equal(read(bytes.slice(0, length)), undefined, `${length} bytes`);
		});
	}

	const REFUSED: readonly [name: string, bytes: string, reason: string][] = [
		['another protocol', 'SSH-2.0', 'not HTTP'],
		['an alert of TLS', '\x15\x03\x01\x00\x02\x02\x46', 'TLS'],
		['HTTP/2', 'HTTP/2 200\r\n', 'not HTTP'],
		['a status that is none', 'HTTP/1.1 20 OK\r\n\r\n', 'status line'],
		['another protocol from here on', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'upgrade'],
		['a line that is no header', `${HEAD}iarc4k\r\n\r\n`, 'header'],
		['lengths that differ', `${HEAD}Content-Length: 3\r\nContent-Length: 4\r\n\r\n`, 'content-length'],
		['a length that is no number', `${HEAD}Content-Length: 0x3\r\n\r\n`, 'content-length'],
		['a negative length', `${HEAD}Content-Length: -1\r\n\r\n`, 'content-length'],
		[
			'a length and chunks',
			`${HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`,
			'content-length and chunks',
		],
		['another transfer coding', `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n`, 'transfer-encoding'],
		['a compressed body', `${HEAD}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n`, 'content-encoding'],
		['a chunk size that is none', `${CHUNKED}3 3\r\n`, 'chunk size'],
		['no chunk size', `${CHUNKED}\r\n`, 'chunk size'],
		['a chunk that goes on behind its end', `${CHUNKED}1\r\na=b\r\n`, 'chunk'],
		['a length above a megabyte', `${HEAD}Content-Length: 1048577\r\n\r\n`, 'more than 1048576 bytes'],
		['a chunk above a megabyte', `${CHUNKED}100001\r\n`, 'more than 1048576 bytes'],
		[
			'chunks above a megabyte',
			`${CHUNKED}100000\r\n${'x'.repeat(1 << 20)}\r\n1\r\n`,
			'more than 1048576 bytes',
		],
		['a body without end', `${HEAD}\r\n${'x'.repeat((1 << 20) + 1)}`, 'more than 1048576 bytes'],
		['headers without end', `${HEAD}${'X: 1\r\n'.repeat(4000)}`, 'headers too long'],
		['a header without end', `${HEAD}X: ${'x'.repeat(1 << 14)}`, 'headers too long'],
		['trailers without end', `${CHUNKED}0\r\n${'X: 1\r\n'.repeat(4000)}`, 'headers too long'],
		['a chunk extension without end', `${CHUNKED}3;${'x'.repeat(1 << 14)}`, 'headers too long'],
		['interim answers without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20_000), 'headers too long'],
	];
	for (const [name, bytes, reason] of REFUSED) {
		it(`refuses ${name}, and tells nothing of it`, () => {
			assert.throws(() => read(bytes), new MalformedResponse(reason));
		});
	}

	it('takes what has neither length nor chunks for complete when the connection ends', () => {
		const reader = new ResponseReader();
		assert.equal(reader.push(Buffer.from(`${HEAD}\r\na=b`)), false);
		assert.equal(reader.end(), true);
		assert.equal(reader.answer.body.toString(), 'a=b');
		assert.equal(reader.push(Buffer.alloc(0)), true);
	});

	it('does not take a cut answer for complete when the connection ends', () => {
		for (const cut of ['', HEAD, `${HEAD}Content-Length: 4\r\n\r\na=b`, `${CHUNKED}3\r\na=b\r\n`]) {
			const reader = new ResponseReader();
			reader.push(Buffer.from(cut));
			assert.equal(reader.end(), false, cut);
		}
	});

	const KEPT: readonly [head: string, milliseconds: number][] = [
		['HTTP/1.1 200 OK\r\n', Number.POSITIVE_INFINITY],
		['HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close\r\n', 0],
		['HTTP/1.0 200 OK\r\n', 0],
		['HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n', Number.POSITIVE_INFINITY],
		['HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=10\r\n', 5000],
		['HTTP/1.1 200 OK\r\nKeep-Alive: soon\r\n', Number.POSITIVE_INFINITY],
	];
	for (const [head, milliseconds] of KEPT) {
		it(`keeps a connection for ${milliseconds} ms after ${JSON.stringify(head)}`, () => {
			const reader = new ResponseReader();
			assert.equal(reader.push(Buffer.from(`${head}Content-Length: 0\r\n\r\n`)), true);
			assert.equal(reader.keepAlive, milliseconds);
		});
	}

	it('keeps no connection on which more came than the answer', () => {
		const reader = new ResponseReader();
		assert.equal(reader.push(Buffer.from(`${HEAD}Content-Length: 3\r\n\r\na=b&c=d`)), true);
		assert.equal(reader.answer.body.toString(), 'a=b');
		assert.equal(reader.keepAlive, 0);
	});
});
