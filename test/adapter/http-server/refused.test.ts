import assert from 'node:assert/strict';
import type { Endpoint } from '../../../nodes/adapter/http-server/index.js';
import {
	exchange,
	type fakeRed,
	nextRefusal,
	OK,
	PATH,
	post,
	RawClient,
	type RecordingRoute,
	refusalText,
	sendForever,
	signal,
	startOwn,
} from './kit.js';

describe('endpoint: own listener', () => {
	let endpoint: Endpoint;
	let port: number;
	let route: RecordingRoute;
	let red: ReturnType<typeof fakeRed>;

	async function start(...order: Parameters<typeof startOwn>): Promise<void> {
		({ endpoint, port, route, red } = await startOwn(...order));
	}

	afterEach(() => endpoint.close());

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
			const event = nextRefusal(route);
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
			const event = nextRefusal(route);
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
			const event = nextRefusal(route);
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
			const event = nextRefusal(route);
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
			await start({}, { bodyTimeout: 20, drainTimeout: 20 });
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

	describe('too many refusals', () => {
		const limited = refusalText('429 Too Many Requests', 'rate-limited', false);

		async function refuseSixty(headers: readonly string[] = []): Promise<void> {
			route.onAdmit = () => ({ refused: 'bad-timestamp', publicReason: 'unauthorized', status: 401 });
			const answer = refusalText('401 Unauthorized', 'unauthorized', true);
			for (let count = 0; count < 60; count++) {
				assert.equal(await exchange(port, post(PATH, '', headers), '"}'), answer);
			}
		}

		it('become 429 with one event, while an authentic request from the same address is answered', async () => {
			await start();
			await refuseSixty();
			assert.equal(await exchange(port, post('/other'), '"}'), limited);
			const event = nextRefusal(route);
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
});
