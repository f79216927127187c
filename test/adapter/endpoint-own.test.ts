import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Endpoint, EndpointSettings, Limits } from '../../nodes/adapter/endpoint/index.js';
import type { RefusedRequest } from '../../nodes/protocol/common/http.js';
import {
	exchange,
	fakeRed,
	ok,
	openOwn,
	ownSettings,
	post,
	RawClient,
	RecordingRoute,
	refusalText,
	signal,
} from './endpoint-support.js';

const UPS = { prefix: '/api/v1/devices/', suffix: '/telemetry' };
const PATH = '/api/v1/devices/DEV1/telemetry';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const OK_CLOSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

/** Sends as fast as the server reads, until it has closed the connection. */
function sendForever({ socket }: RawClient): void {
	const piece = Buffer.alloc(65_536, 'x');
	const more = (error?: Error | null): void => {
		if (!error && !socket.destroyed) socket.write(piece, more);
	};
	more();
}

describe('endpoint: own listener', () => {
	let endpoint: Endpoint;
	let port: number;
	let route: RecordingRoute;
	let settings: ReturnType<typeof ownSettings>;
	let red: ReturnType<typeof fakeRed>;

	async function start(more: Partial<EndpointSettings> = {}, limits: Partial<Limits> = {}): Promise<void> {
		red = fakeRed();
		settings = ownSettings(more);
		({ endpoint, port } = await openOwn(settings, limits, red));
		route = endpoint.claim(UPS, new RecordingRoute()).route;
	}

	afterEach(() => endpoint.close());

	async function nextRefusal(): Promise<RefusedRequest> {
		const [refusal] = (await once(route.events, 'refused')) as [RefusedRequest];
		return refusal;
	}

	describe('a request that is accepted', () => {
		it('reaches the route as sent and is answered with nothing but what was asked for', async () => {
			await start();
			route.onHandle = async () => ({
				status: 200,
				headers: { 'X-W3PUPS-Sig': 'cafe' },
				body: '{"commands":[]}',
			});
			const request = post(`/API/v1/devices/DEV1/telemetry/?a=%20`, '\u00ff{}', ['X-W3PUPS-Ts: 1']);
			assert.equal(
				await exchange(port, request, ']}'),
				'HTTP/1.1 200 OK\r\nX-W3PUPS-Sig: cafe\r\nContent-Length: 15\r\n\r\n{"commands":[]}',
			);
			const [{ rawBody, headers, ...rest } = assert.fail()] = route.requests;
			assert.deepEqual(rawBody, Buffer.from('\u00ff{}'));
			assert.equal(headers['x-w3pups-ts'], '1');
			assert.deepEqual(
				{ ...rest },
				{
					method: 'POST',
					path: '/API/v1/devices/DEV1/telemetry/',
					query: 'a=%20',
					param: 'DEV1',
					remoteAddress: '127.0.0.1',
					clientName: undefined,
				},
			);
		});

		it('counts the bytes of its answer, not the characters', async () => {
			await start();
			route.onHandle = async () => ok('ä');
			assert.equal(
				await exchange(port, post(PATH), '\u00c3\u00a4'),
				'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\u00c3\u00a4',
			);
		});

		const bodies: readonly [name: string, request: string | Buffer, body: string][] = [
			['is empty', post(PATH), ''],
			['has no length at all', `POST ${PATH} HTTP/1.1\r\n\r\n`, ''],
			[
				'is chunked',
				`POST ${PATH} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{"\r\n1;x=y\r\na\r\n4\r\n":1}\r\n0\r\n\r\n`,
				'{"a":1}',
			],
			['comes with an absolute-form target', post(`http://192.0.2.1${PATH}`, '{}'), '{}'],
			['comes with a doubled slash', post(`//api/v1/devices/DEV1/telemetry`, '{}'), '{}'],
			['asks for an upgrade', post(PATH, '{}', ['Connection: Upgrade', 'Upgrade: websocket']), '{}'],
			['expects something odd', post(PATH, '{}', ['Expect: miracles']), '{}'],
			['is as large as allowed', post(PATH, 'x'.repeat(1024)), 'x'.repeat(1024)],
		];
		for (const [name, request, body] of bodies) {
			it(`may have a body that ${name}`, async () => {
				await start();
				assert.equal(await exchange(port, request, 'ok'), OK);
				assert.equal(route.requests[0]?.rawBody.toString('latin1'), body);
			});
		}

		it('may come byte by byte', async () => {
			await start();
			const client = await RawClient.open(port);
			const request = post(PATH, '{"ts":1}');
			// Each byte only once the previous one has left, so that they are separate writes.
			for (const byte of request) await new Promise((sent) => client.socket.write(byte, sent));
			assert.equal(await client.until('ok'), OK);
			assert.equal(route.requests[0]?.rawBody.toString(), '{"ts":1}');
			client.end();
		});

		it('is never sent a 100', async () => {
			await start();
			const client = await RawClient.open(port);
			client.send(`POST ${PATH} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
			client.send('{}');
			assert.equal(await client.until('ok'), OK);
			client.end();
		});

		it('keeps the connection for the next one, unless the client does not want that', async () => {
			await start();
			const client = await RawClient.open(port);
			await client.send(post(PATH, '{}')).until('ok');
			await client.send(post(PATH, '{}', ['Connection: close'])).closed;
			assert.equal(client.text, OK + OK_CLOSE);
		});

		it('ends the connection of an HTTP/1.0 client', async () => {
			await start();
			const request = `POST ${PATH} HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}`;
			assert.equal(await exchange(port, request), OK_CLOSE);
		});

		it('gets answers in order when several are sent ahead', async () => {
			await start();
			const first = signal();
			const answers = [first.promise.then(() => ok('1st')), Promise.resolve(ok('2nd'))];
			const told: string[] = [];
			route.onHandle = async ({ rawBody }) => {
				const answer = await (answers.shift() ?? assert.fail());
				return { ...answer, after: () => void told.push(rawBody.toString()) };
			};
			const client = await RawClient.open(port);
			client.send(post(PATH, 'a') + post(PATH, 'b'));
			await once(route.events, 'request');
			first.resolve();
			const head = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n';
			assert.equal(await client.until('2nd'), `${head}1st${head}2nd`);
			assert.deepEqual(told.sort(), ['a', 'b']);
			client.end();
		});
	});

	describe('what happens after the answer', () => {
		it('does not delay the answer, even if it blocks the process', async () => {
			await start();
			const arrived = new Int32Array(new SharedArrayBuffer(4));
			// The client lives in another thread: it can read while this one is blocked.
			const client = new Worker(
				`const { workerData: { port, request, end, arrived } } = require('node:worker_threads');
				const socket = require('node:net').connect(port, '127.0.0.1', () => socket.write(request));
				let text = '';
				socket.on('data', (piece) => {
					text += piece;
					if (!text.endsWith(end)) return;
					Atomics.store(arrived, 0, 1);
					Atomics.notify(arrived, 0);
					socket.destroy();
				});`,
				{ eval: true, workerData: { port, request: post(PATH, '{}'), end: 'ok', arrived } },
			);
			const exited = once(client, 'exit');
			const outcome = new Promise<string>((resolve) => {
				route.onHandle = async () => ok('ok', () => resolve(Atomics.wait(arrived, 0, 0, 10_000)));
			});
			assert.notEqual(await outcome, 'timed-out');
			assert.equal(Atomics.load(arrived, 0), 1);
			await exited;
		});

		it('may throw', async () => {
			await start();
			route.onHandle = async () =>
				ok('ok', () => {
					throw new Error('flow trouble');
				});
			assert.equal(await exchange(port, post(PATH), 'ok'), OK);
			assert.equal(await exchange(port, post(PATH), 'ok'), OK);
			assert.match(red.logged.join(), /flow trouble/);
		});

		it('happens also when the client did not wait for the answer', async () => {
			await start();
			const gone = signal();
			const after = signal();
			route.onHandle = async () => {
				await gone.promise;
				return ok('ok', after.resolve);
			};
			const client = await RawClient.open(port);
			client.send(post(PATH, '{}'));
			await once(route.events, 'request');
			client.socket.resetAndDestroy();
			await client.closed;
			gone.resolve();
			await after.promise;
		});
	});

	describe('what is refused', () => {
		const refused: readonly [name: string, request: string, answer: string][] = [
			['another path', post('/other'), refusalText('404 Not Found', 'not-found', false)],
			['the root', 'GET / HTTP/1.1\r\n\r\n', refusalText('404 Not Found', 'not-found', false)],
			[
				'GET',
				`GET ${PATH} HTTP/1.1\r\n\r\n`,
				refusalText('405 Method Not Allowed', 'method-not-allowed', false),
			],
			[
				'PUT with a body',
				post(PATH, '{}').replace('POST', 'PUT'),
				refusalText('405 Method Not Allowed', 'method-not-allowed', true),
			],
		];
		for (const [name, request, answer] of refused) {
			it(`${name}, without an event`, async () => {
				await start();
				assert.equal(await exchange(port, request, '"}'), answer);
				assert.deepEqual([route.requests, route.refusals], [[], []]);
			});
		}

		it('by its head, before the body was sent', async () => {
			await start();
			route.onAdmit = () => ({
				refused: 'unknown-device',
				publicReason: 'unauthorized',
				status: 401,
				subject: 'DEV1',
			});
			const event = nextRefusal();
			const client = await RawClient.open(port);
			client.send(`POST ${PATH} HTTP/1.1\r\nContent-Length: 5\r\n\r\n`);
			const answer = refusalText('401 Unauthorized', 'unauthorized', true);
			assert.equal(await client.until('"}'), answer);
			assert.deepEqual(await event, {
				reason: 'unknown-device',
				status: 401,
				remoteAddress: '127.0.0.1',
				subject: 'DEV1',
			});
			// The rest is thrown away, and only then the connection is closed.
			assert.equal(await client.send('12345').closed, answer);
			assert.deepEqual(route.requests, []);
		});

		it('by its body', async () => {
			await start();
			route.onHandle = async () => ({ refused: 'bad-json', status: 400 });
			const event = nextRefusal();
			assert.equal(
				await exchange(port, post(PATH, '{'), '"}'),
				refusalText('400 Bad Request', 'bad-json', false),
			);
			assert.deepEqual(await event, {
				reason: 'bad-json',
				status: 400,
				remoteAddress: '127.0.0.1',
				subject: 'DEV1',
			});
		});

		it('a body above the limit by its length; the client may send all of it and still reads why', async () => {
			await start();
			const event = nextRefusal();
			const text = await exchange(port, post(PATH, 'x'.repeat(3_000_000)));
			assert.equal(text, refusalText('413 Payload Too Large', 'too-large', true));
			assert.deepEqual(await event, {
				reason: 'too-large',
				status: 413,
				remoteAddress: '127.0.0.1',
				subject: 'DEV1',
			});
			assert.deepEqual(route.requests, []);
		});

		it('a body above the limit that did not say so', async () => {
			await start();
			const event = nextRefusal();
			const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
			const request = `POST ${PATH} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(1000)}0\r\n\r\n`;
			assert.equal(await exchange(port, request), refusalText('413 Payload Too Large', 'too-large', true));
			assert.equal((await event).reason, 'too-large');
			assert.deepEqual(route.requests, []);
		});

		it('a sender that never ends is cut off', async () => {
			await start({}, { drainBytes: 10_000 });
			const client = await RawClient.open(port);
			client.send(`POST ${PATH} HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n`);
			sendForever(client);
			await client.closed;
		});

		it('a body that does not come in time', async () => {
			await start({}, { bodyTime: 20, drainTime: 20 });
			const client = await RawClient.open(port);
			client.send(`POST ${PATH} HTTP/1.1\r\nContent-Length: 5\r\n\r\n12`);
			assert.equal(await client.closed, refusalText('408 Request Timeout', 'timeout', true));
			assert.deepEqual([route.requests, route.refusals], [[], []]);
		});

		it('the body that took longest, when there are too many at once', async () => {
			await start({}, { bodies: 2 });
			const begin = async (): Promise<RawClient> => {
				const client = await RawClient.open(port);
				const admitted = signal();
				route.onAdmit = () => void admitted.resolve();
				client.send(`POST ${PATH} HTTP/1.1\r\nContent-Length: 2\r\n\r\n`);
				await admitted.promise;
				return client;
			};
			const [first, second, third] = [await begin(), await begin(), await begin()];
			const busy = refusalText('503 Service Unavailable', 'busy', true);
			assert.equal(await first.until('"}'), busy);
			assert.equal(await second.send('{}').until('ok'), OK);
			assert.equal(await third.send('{}').until('ok'), OK);
			for (const client of [first, second, third]) client.end();
		});

		it('the body that took longest, when all together hold too much', async () => {
			await start({}, { bodyMemory: 1500 });
			const first = await RawClient.open(port);
			first.send(`POST ${PATH} HTTP/1.1\r\nContent-Length: 1001\r\n\r\n${'x'.repeat(1000)}`);
			const second = await RawClient.open(port);
			second.send(`POST ${PATH} HTTP/1.1\r\nContent-Length: 1001\r\n\r\n${'x'.repeat(1000)}`);
			// Which of them the server saw first is up to the kernel.
			const pushedOut = await Promise.race([
				first.until('"}').then(() => first),
				second.until('"}').then(() => second),
			]);
			const other = pushedOut === first ? second : first;
			assert.equal(pushedOut.text, refusalText('503 Service Unavailable', 'busy', true));
			assert.equal(await other.send('x').until('ok'), OK);
			for (const client of [first, second]) client.end();
		});
	});

	describe('an error in a route', () => {
		const broken = (): never => {
			throw new Error('route trouble');
		};
		const internal = refusalText('500 Internal Server Error', 'internal', false);

		it('in admit, handle or refused becomes a 500 or a log entry, never a crash', async () => {
			await start();
			route.onHandle = async () => broken();
			assert.equal(await exchange(port, post(PATH, '{}'), '"}'), internal);
			assert.match(red.logged.join(), /route trouble/);
			route.handle = broken;
			assert.equal(await exchange(port, post(PATH, '{}'), '"}'), internal);
			route.onAdmit = broken;
			assert.equal(await exchange(port, post(PATH), '"}'), internal);
			route.onAdmit = () => ({ refused: 'bad-nonce', status: 400 });
			route.refused = broken;
			assert.equal(
				await exchange(port, post(PATH), '"}'),
				refusalText('400 Bad Request', 'bad-nonce', false),
			);
		});
	});

	describe('rude clients', () => {
		const rude: readonly [name: string, request: string, answer: string][] = [
			['no HTTP at all', 'hello\r\n\r\n', refusalText('400 Bad Request', 'bad-request', true)],
			[
				'two lengths',
				`POST ${PATH} HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`,
				refusalText('400 Bad Request', 'bad-request', true),
			],
			[
				'length and chunks',
				`POST ${PATH} HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
				refusalText('400 Bad Request', 'bad-request', true),
			],
			[
				'a broken chunk',
				`POST ${PATH} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
				refusalText('400 Bad Request', 'bad-request', true),
			],
			[
				'a head of 40 kB',
				`POST ${PATH} HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
				refusalText('431 Request Header Fields Too Large', 'header-too-large', true),
			],
		];
		for (const [name, request, answer] of rude) {
			it(`${name}`, async () => {
				await start();
				const client = await RawClient.open(port);
				client.socket.on('end', () => client.end());
				assert.equal(await client.send(request).closed, answer);
				assert.deepEqual(route.requests, []);
			});
		}

		it('CONNECT is refused', async () => {
			await start();
			assert.equal(await exchange(port, 'CONNECT example.com:80 HTTP/1.1\r\nHost: example.com\r\n\r\n'), '');
		});

		it('a head that does not come in time', async () => {
			await start({}, { headTime: 20, checkTime: 10 });
			const client = await RawClient.open(port);
			client.socket.on('end', () => client.end());
			assert.equal(
				await client.send('POST / HTTP/1.1\r\nX').closed,
				refusalText('408 Request Timeout', 'timeout', true),
			);
		});

		it('one that stays on after its bad request is let go', async () => {
			await start({}, { drainTime: 20 });
			const client = await RawClient.open(port);
			client.socket.allowHalfOpen = true;
			sendForever(client.send('hello\r\n\r\n'));
			await client.closed;
		});

		it('one that goes away in the middle of a body leaves nothing behind', async () => {
			await start();
			const client = await RawClient.open(port);
			const admitted = signal();
			route.onAdmit = () => void admitted.resolve();
			client.send(`POST ${PATH} HTTP/1.1\r\nContent-Length: 5\r\n\r\n12`);
			await admitted.promise;
			client.socket.resetAndDestroy();
			assert.equal(await exchange(port, post(PATH, '{}'), 'ok'), OK);
			assert.equal(route.requests.length, 1);
			assert.deepEqual(red.logged, []);
		});

		it('connections that never send make room for one that does', async () => {
			await start({}, { connections: 3 });
			const idle: RawClient[] = [];
			for (let count = 0; count < 3; count++) idle.push(await RawClient.open(port));
			const device = await RawClient.open(port);
			assert.equal(await idle[0]?.closed, '');
			assert.equal(await device.send(post(PATH, '{}')).until('ok'), OK);
			// A connection that has just delivered waits less long than those that never did.
			const later = await RawClient.open(port);
			assert.equal(await idle[1]?.closed, '');
			assert.equal(await device.send(post(PATH, '{}')).until(`${OK}${OK}`), `${OK}${OK}`);
			for (const client of [...idle, device, later]) client.end();
		});

		it('a request that is being handled is not given up for a newcomer', async () => {
			await start({}, { connections: 1 });
			const decided = signal();
			route.onHandle = async () => {
				await decided.promise;
				return ok();
			};
			const device = await RawClient.open(port);
			device.send(post(PATH, '{}'));
			await once(route.events, 'request');
			const newcomer = await RawClient.open(port);
			assert.equal(await newcomer.closed, '');
			decided.resolve();
			assert.equal(await device.until('ok'), OK);
			device.end();
		});
	});

	describe('too many refusals', () => {
		const limited = refusalText('429 Too Many Requests', 'rate-limited', false);

		async function refuseSixty(headers: readonly string[] = []): Promise<void> {
			route.onAdmit = () => ({ refused: 'bad-timestamp', publicReason: 'unauthorized', status: 401 });
			const client = await RawClient.open(port);
			const answer = refusalText('401 Unauthorized', 'unauthorized', false);
			await client.send(post(PATH, '', headers).repeat(60)).until(answer.repeat(60));
			client.end();
		}

		it('become 429 with one event, while an authentic request from the same address is answered', async () => {
			await start();
			await refuseSixty();
			assert.equal(await exchange(port, post('/other'), '"}'), limited);
			const event = nextRefusal();
			assert.equal(await exchange(port, post(PATH), '"}'), limited);
			assert.deepEqual(await event, {
				reason: 'rate-limited',
				status: 429,
				remoteAddress: '127.0.0.1',
				subject: 'DEV1',
			});
			assert.equal(
				await exchange(port, post(PATH, 'x'.repeat(3000), ['Connection: close'])),
				refusalText('429 Too Many Requests', 'rate-limited', true),
			);
			route.onAdmit = () => undefined;
			assert.equal(await exchange(port, post(PATH, '{}'), 'ok'), OK);
			route.onHandle = async () => ({ refused: 'bad-json', status: 400 });
			assert.equal(await exchange(port, post(PATH, '{}'), '"}'), limited);
			const reasons = route.refusals.map(({ reason }) => reason);
			assert.deepEqual(reasons, [...Array<string>(60).fill('bad-timestamp'), 'rate-limited']);
		});

		it('count for each sender behind a trusted proxy', async () => {
			await start({ trustProxy: true });
			await refuseSixty(['X-Forwarded-For: 198.51.100.7']);
			const from = (address: string) =>
				exchange(port, post('/other', '', [`X-Forwarded-For: ${address}`]), '"}');
			assert.equal(await from('198.51.100.7'), limited);
			assert.equal(await from('198.51.100.8'), refusalText('404 Not Found', 'not-found', false));
		});
	});

	it('shows an IPv4 sender without prefix on a listener for all interfaces', async () => {
		await start({ host: '' });
		await exchange(port, post(PATH), 'ok');
		assert.equal(route.requests[0]?.remoteAddress, '127.0.0.1');
	});

	describe('the sender behind a proxy', () => {
		const cases: readonly [headers: string[], trust: boolean, address: string][] = [
			[['X-Forwarded-For: 198.51.100.7'], false, '127.0.0.1'],
			[['X-Forwarded-For: 192.0.2.1, 198.51.100.7'], true, '198.51.100.7'],
			[['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 198.51.100.7:4711'], true, '198.51.100.7'],
			[['X-Forwarded-For: [2001:db8::1]:4711'], true, '2001:db8::1'],
			[['X-Forwarded-For: 2001:db8::1'], true, '2001:db8::1'],
			[['X-Forwarded-For: ::ffff:198.51.100.7'], true, '198.51.100.7'],
			[['X-Forwarded-For: 198.51.100.7, somebody'], true, '127.0.0.1'],
			[['X-Forwarded-For: '], true, '127.0.0.1'],
			[[], true, '127.0.0.1'],
		];
		for (const [headers, trustProxy, address] of cases) {
			it(`${headers.join(' + ') || 'no header'}, ${trustProxy ? '' : 'not '}trusted: ${address}`, async () => {
				await start({ trustProxy });
				await exchange(port, post(PATH, '', headers), 'ok');
				assert.equal(route.requests[0]?.remoteAddress, address);
			});
		}
	});
});
