import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Endpoint } from '../../../nodes/adapter/http-server/index.js';
import {
	exchange,
	type fakeRed,
	OK,
	ok,
	openOwn,
	PATH,
	PLACE,
	post,
	RawClient,
	RecordingRoute,
	signal,
	startOwn,
} from './kit.js';

const WICAN = { prefix: '/wican' };
const OK_CLOSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

describe('endpoint: own listener', () => {
	let endpoint: Endpoint;
	let port: number;
	let route: RecordingRoute;
	let red: ReturnType<typeof fakeRed>;

	async function start(...order: Parameters<typeof startOwn>): Promise<void> {
		({ endpoint, port, route, red } = await startOwn(...order));
	}

	afterEach(() => endpoint.close());

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
					maxBody: 1024,
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

		it('waits for the next owner of its path when the last one has just gone', async () => {
			({ endpoint, port } = await openOwn());
			endpoint.share(PLACE, 'ups', () => new RecordingRoute()).release();
			const waiting = exchange(port, post(PATH, '{}'), 'ok');
			assert.match(await exchange(port, post('/elsewhere', '{}'), '"}'), /^HTTP\/1.1 404/);
			endpoint.claim(PLACE, new RecordingRoute());
			assert.equal(await waiting, OK);
		});

		it('goes to the next owner of its path when its route is left meanwhile', async () => {
			({ endpoint, port } = await openOwn());
			const first = endpoint.share(PLACE, 'ups', () => new RecordingRoute());
			const second = new RecordingRoute();
			first.route.onHandle = async () => {
				first.release();
				setImmediate(() => endpoint.claim(PLACE, second));
				return { retry: Promise.resolve() };
			};
			assert.equal(await exchange(port, post(PATH, '{"a":1}'), 'ok'), OK);
			assert.equal(second.requests[0]?.rawBody.toString(), '{"a":1}');
		});

		it('is given again to a route that asks for it, once that is ready', async () => {
			({ endpoint, port, route } = await startOwn());
			const ready = signal();
			route.onHandle = async () => {
				route.onHandle = async () => ok();
				setImmediate(ready.resolve);
				return { retry: ready.promise };
			};
			assert.equal(await exchange(port, post(PATH, '{"a":1}'), 'ok'), OK);
			assert.deepEqual(
				route.requests.map(({ rawBody }) => rawBody.toString()),
				['{"a":1}', '{"a":1}'],
			);
		});

		it('is not given to a route that is left while its body comes', async () => {
			({ endpoint, port } = await openOwn({}, { routeGracePeriod: 1e9 }));
			const first = endpoint.claim(WICAN, new RecordingRoute());
			const admitted = signal();
			first.route.onAdmit = () => void admitted.resolve();
			const client = await RawClient.open(port);
			client.send(post('/wican', '{}').slice(0, -1));
			await admitted.promise;
			first.release();
			const { route: second } = endpoint.claim(WICAN, new RecordingRoute());
			client.send('}');
			assert.equal(await client.until('ok'), OK);
			assert.deepEqual([first.route.requests.length, second.requests.length], [0, 1]);
			client.end();
		});

		it('is not found when its route is left and nobody else comes', async () => {
			({ endpoint, port } = await openOwn({}, { routeGracePeriod: 20 }));
			const { route, release } = endpoint.claim(PLACE, new RecordingRoute());
			route.onHandle = async () => {
				release();
				return { retry: Promise.resolve() };
			};
			assert.match(await exchange(port, post(PATH, '{}'), '"}'), /^HTTP\/1.1 404/);
		});

		it('is not found as soon as the deploy is over, where its path was removed', async () => {
			({ endpoint, port, red } = await startOwn({}, { routeGracePeriod: 1e9 }));
			endpoint.share(WICAN, 'wican', () => new RecordingRoute()).release();
			const waiting = exchange(port, post('/wican', '{}'), '"}');
			assert.match(await exchange(port, post('/elsewhere', '{}'), '"}'), /^HTTP\/1.1 404/);
			red.events.emit('flows:started');
			assert.match(await waiting, /^HTTP\/1.1 404/);
			// Nor does anybody wait from now on.
			assert.match(await exchange(port, post('/wican', '{}'), '"}'), /^HTTP\/1.1 404/);
		});

		it('finds the next owner of its path also where that one comes at the very end of a deploy', async () => {
			({ endpoint, port, red } = await startOwn({}, { routeGracePeriod: 1e9 }));
			endpoint.share(WICAN, 'wican', () => new RecordingRoute()).release();
			const waiting = exchange(port, post('/wican', '{}'), 'ok');
			assert.match(await exchange(port, post('/elsewhere', '{}'), '"}'), /^HTTP\/1.1 404/);
			red.events.once('flows:started', () => endpoint.claim(WICAN, new RecordingRoute()));
			red.events.emit('flows:started');
			assert.equal(await waiting, OK);
		});

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

		it('has its body to itself until it is decided, however many large ones follow', async () => {
			await start({ maxBody: 1 << 20 });
			const first = signal();
			const seen: string[] = [];
			route.onHandle = async ({ rawBody }) => {
				if (rawBody[0] === 0x61) await first.promise;
				seen.push(rawBody.toString());
				return ok('ok');
			};
			const bodies = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(200_000));
			const waiting = await RawClient.open(port);
			waiting.send(post(PATH, bodies[0]));
			await once(route.events, 'request');
			for (const body of bodies.slice(1)) {
				const client = await RawClient.open(port);
				await client.send(post(PATH, body)).until('ok');
				client.end();
			}
			first.resolve();
			await waiting.until('ok');
			waiting.end();
			assert.deepEqual(
				seen.map((text) => [text[0], new Set(text).size, text.length]),
				['b', 'c', 'd', 'a'].map((letter) => [letter, 1, 200_000]),
			);
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
			[['X-Forwarded-For: ::ffff:0909:0909'], true, '9.9.9.9'],
			[['X-Forwarded-For: ::FFFF:9.9.9.9'], true, '9.9.9.9'],
			[['X-Forwarded-For: 0:0:0:0:0:ffff:909:909'], true, '9.9.9.9'],
			[['X-Forwarded-For: 0000:0000:0000:0000:0000:ffff:9.9.9.9'], true, '9.9.9.9'],
			[['X-Forwarded-For: [0::0:ffff:c633:6407%eth0]:80'], true, '198.51.100.7'],
			[['X-Forwarded-For: ::fffe:9.9.9.9'], true, '::fffe:9.9.9.9'],
			[['X-Forwarded-For: 1::ffff:909:909'], true, '1::ffff:909:909'],
			[[`X-Forwarded-For: fe80::1%${'a'.repeat(200)}`], true, 'fe80::1'],
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
