import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Endpoint } from '../../../nodes/adapter/http-server/index.js';
import {
	exchange,
	type fakeRed,
	OK,
	ok,
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
			await start({}, { headTimeout: 20, checkTime: 10 });
			const client = await RawClient.open(port);
			client.socket.on('end', () => client.end());
			assert.equal(
				await client.send('POST / HTTP/1.1\r\nX').closed,
				refusalText('408 Request Timeout', 'timeout', true),
			);
		});

		it('one that stays on after its bad request is let go', async () => {
			await start({}, { drainTimeout: 20 });
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

		it('one that sends many requests at once is closed, and few of them are handled', async () => {
			await start({}, { requestsAtOnce: 3 });
			const client = await RawClient.open(port);
			await client.send(post(PATH, '{}').repeat(200)).closed;
			assert.ok(route.requests.length <= 3, `${route.requests.length} were handled`);
			assert.equal(await exchange(port, post(PATH, '{}').repeat(3), `${OK}${OK}${OK}`), `${OK}${OK}${OK}`);
			assert.deepEqual(red.logged, []);
		});

		it('one that waits for its answers may send on', async () => {
			await start({}, { requestsAtOnce: 1 });
			const client = await RawClient.open(port);
			for (const answers of [OK, `${OK}${OK}`, `${OK}${OK}${OK}`])
				assert.equal(await client.send(post(PATH, '{}')).until(answers), answers);
			client.end();
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
});
