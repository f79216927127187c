import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { HttpTransport, type PduAddress } from '../../../nodes/protocol/hpdu/http-transport.js';
import {
	type PduRequest,
	TransportError,
	type TransportFailure,
} from '../../../nodes/protocol/hpdu/transport.js';
import { ManualTime, settled } from '../manual-time.js';
import { answer, RawServer, type Reply } from './raw-server.js';

const FIXTURES = join(__dirname, '../../../../test/fixtures/tls');
const fixture = (name: string) => readFileSync(join(FIXTURES, name));
const CHUNKED = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n';
const reset = (socket: Socket) => socket.resetAndDestroy();
/** Writes something and ends the connection. */
const last = (bytes: string) => (socket: Socket) => void socket.end(bytes);

describe('hpdu http transport', () => {
	let time: ManualTime;
	let server: RawServer;
	let transport: HttpTransport;

	async function start(replies: Reply[], address: Partial<PduAddress> = {}): Promise<void> {
		server = await RawServer.open(replies);
		transport = transportTo(address);
	}

	function transportTo(address: Partial<PduAddress> = {}): HttpTransport {
		return new HttpTransport({ host: '127.0.0.1', port: server.port, ...address }, time, () =>
			time.monotonic(),
		);
	}

	function request(changes: Partial<PduRequest> = {}): PduRequest {
		const { signal } = new AbortController();
		return {
			...{ method: 'GET', path: '/readable', headers: {}, timeout: 5000, isRepeatable: true, signal },
			...changes,
		};
	}

	const get = (changes: Partial<PduRequest> = {}) => transport.send(request(changes));
	const write = (body = 'stdvnm=SP_Rack_5') =>
		get({ method: 'POST', path: '/register/stdvnm', body, isRepeatable: false });

	/** What an answer says; an error as its two words. */
	async function said(exchange: Promise<{ readonly body: Buffer }>): Promise<string> {
		try {
			return (await exchange).body.toString('latin1');
		} catch (error) {
			if (error instanceof TransportError) return error.failure;
			throw error;
		}
	}

	const failing = (failure: TransportFailure, reason?: string) => (error: unknown) => {
		if (!(error instanceof TransportError)) throw error;
		assert.equal(error.failure, failure, inspect(error));
		if (reason !== undefined) assert.equal(error.reason, reason);
		return true;
	};

	beforeEach(() => {
		time = new ManualTime(1_800_000_000_000);
	});

	afterEach(async () => {
		await transport.close();
		await server.quiet();
		await server.close();
		assert.equal(time.nextTimer, Number.POSITIVE_INFINITY, 'a timer is left');
	});

	describe('requests', () => {
		/** The bytes of the first request. */
		const sent = () => server.requests[0]?.bytes.replace(/127\.0\.0\.1:\d+/, '192.168.9.137') ?? '';

		it('spells every header of a GET as the document does', async () => {
			await start([answer('stdvnm=true')]);
			await get({ headers: { Authorization: 'hPDU-auth-v1 deadbeef5d1fa4d6' } });
			assert.equal(
				sent(),
				'GET /readable HTTP/1.1\r\nHost: 192.168.9.137\r\nConnection: keep-alive\r\n' +
					'Accept-Encoding: identity\r\nAccept: */*\r\nAuthorization: hPDU-auth-v1 deadbeef5d1fa4d6\r\n\r\n',
			);
		});

		it('spells every header of a POST as the document does, its length in bytes', async () => {
			await start([answer('stdvnm=SP_Rack_5')]);
			const headers = {
				'Content-type': 'application/x-www-form-urlencoded',
				Authorization: 'hPDU-auth-v1 d5',
			};
			await get({ method: 'POST', path: '/register/stdvnm', headers, body: 'stdvnm=SP_Rack_5' });
			assert.equal(
				sent(),
				'POST /register/stdvnm HTTP/1.1\r\nHost: 192.168.9.137\r\nConnection: keep-alive\r\n' +
					'Accept-Encoding: identity\r\nAccept: */*\r\nContent-type: application/x-www-form-urlencoded\r\n' +
					'Authorization: hPDU-auth-v1 d5\r\nContent-Length: 16\r\n\r\nstdvnm=SP_Rack_5',
			);
		});

		it('tells the length of a POST without a body, too', async () => {
			await start([answer('scan_total=0')]);
			await get({ method: 'POST', path: '/scan', body: '', isRepeatable: false });
			assert.match(sent(), /^POST \/scan HTTP.*\r\nContent-Length: 0\r\n\r\n$/s);
		});

		it('sends nothing where a header would be two', async () => {
			await start([answer('a=b')]);
			await assert.rejects(get({ headers: { Authorization: 'a\r\nX: b' } }), TypeError);
			await assert.rejects(get({ path: '/readable HTTP/1.1\r\nX: b' }), TypeError);
			assert.equal(server.requests.length, 0);
			assert.equal(await said(get()), 'a=b');
		});
	});

	describe('answers', () => {
		it('puts chunks together', async () => {
			await start([`${CHUNKED}5\r\nstdvn\r\nC\r\nm=SP_Rack_5&\r\n0\r\n\r\n`]);
			assert.equal(await said(get()), 'stdvnm=SP_Rack_5&');
		});

		const TYPES: readonly [header: string, mediaType: string][] = [
			['Content-Type: text/plain; charset=utf-8', 'text/plain'],
			['CONTENT-TYPE: Application/X-WWW-Form-URLencoded ;a=b', 'application/x-www-form-urlencoded'],
			['X-Nothing: 1', ''],
			['Content-Type:', ''],
		];
		for (const [header, mediaType] of TYPES) {
			it(`has the media type "${mediaType}" of "${header}"`, async () => {
				await start([answer('a=b', header)]);
				assert.deepEqual(await get(), { status: 200, mediaType, body: Buffer.from('a=b') });
			});
		}

		it('gives bytes as they are', async () => {
			const bytes = Buffer.from(Array.from({ length: 1024 }, (_, index) => index & 255));
			await start([Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n'), bytes])]);
			assert.deepEqual((await get()).body, bytes);
		});

		it('takes a body that ends with its connection', async () => {
			await start([last('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\na=b'), answer('c=d')]);
			assert.deepEqual([await said(get()), await said(get())], ['a=b', 'c=d']);
		});

		it('does not follow to another place', async () => {
			await start(['HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n']);
			assert.equal((await get()).status, 302);
			assert.equal(server.requests.length, 1);
		});

		it('passes over what only announces an answer', async () => {
			await start([`HTTP/1.1 102 Processing\r\n\r\n${answer('a=b')}`]);
			assert.equal((await get()).status, 200);
		});

		it('gives an answer without a body', async () => {
			await start(['HTTP/1.1 204 No Content\r\n\r\n']);
			assert.deepEqual(await get(), { status: 204, mediaType: '', body: Buffer.alloc(0) });
		});
	});

	describe('answers that are none', () => {
		const half = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc';
		const BROKEN: readonly [name: string, reply: Reply, failure: TransportFailure][] = [
			['an answer cut in a chunk', last(`${CHUNKED}10\r\nstdvnm`), 'bad-response'],
			['an answer cut between chunks', last(`${CHUNKED}3\r\na=b\r\n`), 'bad-response'],
			['a chunk without a size', `${CHUNKED}xyz\r\na=b\r\n`, 'bad-response'],
			['less than Content-Length says', last(half), 'bad-response'],
			[
				'a reset in the body',
				(socket) => socket.write(half, () => setImmediate(() => socket.resetAndDestroy())),
				'bad-response',
			],
			['another protocol', 'SSH-2.0-dropbear\r\n', 'bad-response'],
			['headers without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 'bad-response'],
			['a connection that is closed', last(''), 'unreachable'],
			['a connection that is reset', reset, 'unreachable'],
		];
		for (const [name, reply, failure] of BROKEN) {
			it(`fails for ${name}, asks once, and goes on with another connection`, async () => {
				await start([reply, answer('a=b')]);
				assert.deepEqual([await said(get()), await said(get())], [failure, 'a=b']);
				assert.deepEqual(
					server.requests.map(({ connection }) => connection),
					[1, 2],
				);
			});
		}

		it('ends an answer of ten megabytes', async () => {
			const flood = (socket: Socket) => {
				socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${10 << 20}\r\n\r\n`);
				socket.write(Buffer.alloc(10 << 20));
			};
			await start([flood, answer('a=b')]);
			await assert.rejects(get(), failing('bad-response', 'more than 1048576 bytes'));
			assert.equal(await said(get()), 'a=b');
		});

		it('does not take what is beyond Content-Length for the next answer', async () => {
			await start([`${answer('a=b')}&c=d`, answer('e=f'), answer('e=f')]);
			assert.equal(await said(get()), 'a=b');
			assert.notEqual(await said(get()), '&c=d');
			assert.equal(await said(get()), 'e=f');
		});

		it('tells nothing of what it could not read', async () => {
			await start([`${CHUNKED}xyz\r\niarc4k=foobarfizzzbuzzz\r\n`]);
			await assert.rejects(get(), (error) => !inspect(error, { depth: 9 }).includes('foobar'));
		});
	});

	describe('its connection', () => {
		it('is used again', async () => {
			await start([answer('a=1'), answer('a=2'), answer('a=3')]);
			assert.deepEqual([await said(get()), await said(get()), await said(write())], ['a=1', 'a=2', 'a=3']);
			assert.equal(server.connections, 1);
		});

		it('is another one where the PDU wants to close it', async () => {
			await start([answer('a=1', 'Connection: close'), answer('a=2')]);
			assert.deepEqual([await said(get()), await said(get())], ['a=1', 'a=2']);
			assert.equal(server.connections, 2);
		});

		for (const [name, end] of [
			['reset', reset],
			['closed', last('')],
		] as const) {
			it(`is another one for a reading when it is ${name} at that moment, once`, async () => {
				await start([answer('a=1'), end, answer('a=2')]);
				assert.deepEqual([await said(get()), await said(get())], ['a=1', 'a=2']);
				assert.deepEqual(server.lines, ['GET /readable', 'GET /readable', 'GET /readable']);
				assert.equal(server.connections, 2);
			});
		}

		it('is not tried a third time', async () => {
			await start([answer('a=1'), reset, reset, answer('a=2')]);
			assert.deepEqual([await said(get()), await said(get())], ['a=1', 'unreachable']);
			assert.equal(server.requests.length, 3);
		});

		it('never has a write repeated', async () => {
			await start([answer('a=1'), reset, answer('a=2')]);
			assert.deepEqual([await said(get()), await said(write())], ['a=1', 'unreachable']);
			assert.equal(server.requests.length, 2);
		});

		it('does not have a reading repeated whose answer had begun', async () => {
			await start([answer('a=1'), last('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'), answer('a=2')]);
			assert.deepEqual([await said(get()), await said(get())], ['a=1', 'bad-response']);
			assert.equal(server.requests.length, 2);
		});

		it('is a new one for a write when it has idled', async () => {
			await start([answer('a=1'), answer('a=2')]);
			await get();
			await time.advance(501);
			assert.equal(await said(write()), 'a=2');
			assert.deepEqual(
				server.requests.map(({ connection }) => connection),
				[1, 2],
			);
		});

		it('may have been closed by the PDU meanwhile', async () => {
			await start([answer('a=1'), answer('a=2')]);
			await get();
			for (const socket of server.sockets) socket.end();
			await server.quiet();
			assert.equal(await said(write()), 'a=2');
		});

		it('is closed when it has idled for four seconds', async () => {
			await start([answer('a=1'), answer('a=2')]);
			await get();
			await time.advance(4000);
			await server.quiet();
			assert.equal(await said(get()), 'a=2');
		});

		it('is closed before the PDU says that it will close it', async () => {
			await start([answer('a=1', 'Keep-Alive: timeout=2, max=100'), answer('a=2', 'Keep-Alive: timeout=0')]);
			await get();
			await time.advance(1499);
			assert.equal(server.sockets.size, 1);
			await time.advance(1);
			await server.quiet();
			await get();
			await server.quiet();
			assert.equal(server.connections, 2);
		});

		it('is another one where something comes that nobody has asked for', async () => {
			await start([answer('a=1'), answer('a=2')]);
			await get();
			for (const socket of server.sockets) socket.write(answer('a=9'));
			await server.quiet();
			assert.equal(await said(get()), 'a=2');
		});

		it('ends with the transport, which can be used again', async () => {
			await start([answer('a=1'), answer('a=2')]);
			await get();
			await transport.close();
			await transport.close();
			await server.quiet();
			assert.equal(await said(get()), 'a=2');
		});
	});

	it('does no harm by its end to a request that comes meanwhile', async () => {
		await start([answer('a=1'), answer('a=2'), answer('a=3')]);
		await get();
		const closing = transport.close();
		const asked = said(get());
		await closing;
		assert.deepEqual([await asked, await said(get())], ['a=2', 'a=3']);
	});

	describe('time', () => {
		it('ends a request without an answer, and its connection', async () => {
			await start([]);
			const asked = assert.rejects(get(), failing('timeout', '5000'));
			await server.asked(1);
			await time.advance(5000);
			await asked;
			await server.quiet();
		});

		it('ends an answer that trickles', async () => {
			const half = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\na';
			await start([half, answer('a=b')]);
			const asked = assert.rejects(get(), failing('timeout'));
			await server.asked(1);
			for (const socket of server.sockets) {
				await time.advance(2500);
				socket.write('b');
				await settled();
			}
			await time.advance(2500);
			await asked;
			assert.equal(await said(get()), 'a=b');
			assert.equal(server.connections, 2);
		});

		it('does not take a late answer for that of another request', async () => {
			let late: Socket | undefined;
			await start([(socket) => (late = socket), answer('a=2')]);
			const asked = said(get());
			await server.asked(1);
			await time.advance(5000);
			late?.write(answer('a=1'));
			assert.deepEqual([await asked, await said(get())], ['timeout', 'a=2']);
		});

		it('ends a connection that does not come about', async () => {
			await start([]);
			transport = transportTo({ tls: {} });
			const asked = assert.rejects(get(), failing('timeout'));
			await once(server, 'connection');
			await time.advance(5000);
			await asked;
			await server.quiet();
		});
	});

	describe('an end from outside', () => {
		async function abortedOn(event: string, tls?: PduAddress['tls']): Promise<void> {
			await start([], tls && { tls });
			const aborting = new AbortController();
			const asked = assert.rejects(get({ signal: aborting.signal }), failing('unreachable', 'closed'));
			await once(server, event);
			aborting.abort();
			await asked;
			await server.quiet();
		}

		it('ends a request', () => abortedOn('request'));

		it('ends one that is still connecting', () => abortedOn('connection', {}));

		it('comes before the request, which is then never sent', async () => {
			await start([answer('a=1')]);
			await assert.rejects(get({ signal: AbortSignal.abort() }), failing('unreachable', 'closed'));
			assert.equal(await said(get()), 'a=1');
			assert.equal(server.connections, 1);
		});

		it('ends a reading on a used connection without asking once more', async () => {
			await start([answer('a=1')]);
			await get();
			const aborting = new AbortController();
			const asked = assert.rejects(get({ signal: aborting.signal }), failing('unreachable', 'closed'));
			await server.asked(2);
			aborting.abort();
			await asked;
			await server.quiet();
			assert.equal(server.connections, 1);
		});

		it('is not listened to any more once a request is over', async () => {
			await start([answer('a=1'), answer('a=2')]);
			const { signal } = new AbortController();
			await get({ signal });
			await get({ signal });
			assert.equal(getEventListeners(signal, 'abort').length, 0);
		});

		it('may be the closing of the transport', async () => {
			await start([]);
			const asked = assert.rejects(get(), failing('unreachable'));
			await server.asked(1);
			await transport.close();
			await asked;
		});
	});

	describe('hosts', () => {
		it('fails where nobody listens', async () => {
			await start([]);
			await server.close();
			await assert.rejects(get(), failing('unreachable', 'ECONNREFUSED'));
			server = await RawServer.open([]);
		});

		for (const host of ['::1', '[::1]', '[::1%lo]', '0:0:0:0:0:0:0:1']) {
			it(`takes ${host}`, async function () {
				server = await RawServer.open([answer('a=b')], undefined, '::1').catch(() => this.skip());
				transport = transportTo({ host });
				assert.equal(await said(get()), 'a=b');
				assert.match(server.requests[0]?.bytes ?? '', /\r\nHost: \[::1\]:\d+\r\n/);
			});
		}
	});

	describe('over TLS', () => {
		async function secure(tls: PduAddress['tls'], host = '127.0.0.1'): Promise<void> {
			server = await RawServer.open([answer('a=1'), answer('a=2')], {
				key: fixture('server.key'),
				cert: fixture('server.pem'),
			});
			transport = transportTo({ host, ...(tls && { tls }) });
		}

		for (const host of ['localhost', '127.0.0.1']) {
			it(`trusts ${host} by its CA, and uses the connection again`, async () => {
				await secure({ ca: fixture('ca.pem') }, host);
				assert.deepEqual([await said(get()), await said(get())], ['a=1', 'a=2']);
				assert.equal(server.connections, 1);
			});
		}

		const REFUSED: readonly [name: string, tls: PduAddress['tls'], reason: string][] = [
			['whose CA nobody knows', {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
			[
				'with another name',
				{ ca: fixture('ca.pem'), servername: 'pdu.example' },
				'ERR_TLS_CERT_ALTNAME_INVALID',
			],
		];
		for (const [name, tls, reason] of REFUSED) {
			it(`trusts no certificate ${name}, until it is told to`, async () => {
				await secure(tls);
				await assert.rejects(get(), failing('unreachable', reason));
				assert.equal(server.requests.length, 0);
				transport = transportTo({ tls: { ...tls, rejectUnauthorized: false } });
				assert.equal(await said(get()), 'a=1');
			});
		}

		it('does not speak plainly to a PDU that wants TLS, nor the other way round', async () => {
			await secure(undefined);
			assert.notEqual(await said(get()), 'a=1');
			await server.close();
			await start(['HTTP/1.1 400 Bad Request\r\n\r\n'], { tls: {} });
			const asked = said(get());
			await once(server, 'connection');
			for (const socket of server.sockets) socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
			assert.equal(await asked, 'unreachable');
		});
	});
});
