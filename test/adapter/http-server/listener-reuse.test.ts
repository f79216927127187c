import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import {
	DEFAULT_LIMITS,
	type Endpoint,
	type EndpointSettings,
	type Limits,
	openEndpoint,
} from '../../../nodes/adapter/http-server/index.js';
import {
	exchange,
	fakeRed,
	inState,
	OK,
	ok,
	ownSettings,
	post,
	RawClient,
	RecordingRoute,
	refusalText,
	signal,
} from './kit.js';

const WICAN = { prefix: '/wican' };
const POST = post('/wican', '{"a":1}');
const NOT_FOUND = refusalText('404 Not Found', 'not-found', true);
const LAST_OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

// Tests run from dist/test/adapter/http-server.
const tlsFile = (name: string) => readFileSync(join(__dirname, '../../../../test/fixtures/tls', name));
const HTTPS: Partial<EndpointSettings> = {
	tlsRequested: true,
	tls: {
		addTLSOptions: (options) => ({ ...options, key: tlsFile('server.key'), cert: tlsFile('server.pem') }),
	},
};

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

describe('endpoint: an own listener at a redeploy', () => {
	let red: ReturnType<typeof fakeRed>;
	let port: number;
	let endpoint: Endpoint;
	let route: RecordingRoute;

	/** An endpoint with a car, as a deploy makes it. */
	async function deploy(more: Partial<EndpointSettings> = {}, limits: Partial<Limits> = {}): Promise<void> {
		const settings = ownSettings({ port, ...more });
		endpoint = openEndpoint(red, settings, { ...DEFAULT_LIMITS, quietPause: 5, ...limits });
		route = endpoint.claim(WICAN, new RecordingRoute()).route;
		red.events.emit('flows:started');
		await inState(endpoint, 'listening');
		assert.deepEqual(settings.reported, []);
	}

	beforeEach(async () => {
		red = fakeRed();
		port = await freePort();
	});

	afterEach(async () => {
		await endpoint.close();
		red.events.emit('flows:started');
		assert.deepEqual(red.logged, []);
	});

	it('answers on every connection that it has, however far a request has come there', async () => {
		await deploy();
		const [kept, silent, begun] = await Promise.all([1, 2, 3].map(() => RawClient.open(port)));
		assert.ok(kept && silent && begun);
		await kept.send(POST).until(OK);
		// What the listener has read of one connection is known of the others, too: they came before.
		begun.send(POST.slice(0, 20));
		await exchange(port, POST, OK);
		await endpoint.close();
		await deploy();
		for (const client of [kept, silent]) client.send(POST);
		begun.send(POST.slice(20));
		assert.deepEqual(await Promise.all([kept.until(`${OK}${OK}`), silent.until(OK), begun.until(OK)]), [
			...[`${OK}${OK}`, OK, OK],
		]);
		assert.equal(route.requests.length, 3);
		for (const client of [kept, silent, begun]) client.end();
	});

	it('lets what comes while there is no endpoint wait for the next one', async () => {
		await deploy();
		await endpoint.close();
		const client = await RawClient.open(port);
		client.send(POST);
		// By its answer the one before has been read, too.
		await exchange(port, post('/nobody'), '}');
		await deploy();
		assert.equal(await client.until(OK), OK);
		assert.equal(route.requests.length, 1);
		client.end();
	});

	it('gives a request that moves to the next owner of its path', async () => {
		await deploy();
		const moves = signal();
		route.onHandle = async () => {
			await moves.promise;
			return { retry: Promise.resolve() };
		};
		const client = await RawClient.open(port);
		client.send(POST);
		await once(route.events, 'request');
		await endpoint.close();
		moves.resolve();
		await deploy();
		assert.equal(await client.until(OK), OK);
		assert.equal(route.requests.length, 1);
		client.end();
	});

	it('serves the settings of the new endpoint', async () => {
		await deploy();
		await endpoint.close();
		await deploy({ path: '/new', maxBody: 6 });
		assert.match(await exchange(port, post('/new/wican', '{"a":1}'), '}'), /^HTTP\/1.1 413 /);
		assert.equal(await exchange(port, post('/new/wican', '{}'), OK), OK);
	});

	for (const [when, limits, started] of [
		['when the flows have started without one', {}, true],
		['after a while without any start', { listenerReuse: 20 }, false],
	] as const) {
		it(`is closed ${when}, and what waited is told so`, async () => {
			await deploy({}, limits);
			const silent = await RawClient.open(port);
			const waiting = await RawClient.open(port);
			await waiting.send(POST).until(OK);
			await endpoint.close();
			waiting.send(POST);
			if (started) {
				await exchange(port, post('/nobody'), '}');
				red.events.emit('flows:started');
			}
			assert.equal(await waiting.closed, `${OK}${NOT_FOUND}`);
			await silent.closed;
			await assert.rejects(RawClient.open(port), { code: 'ECONNREFUSED' });
		});
	}

	it('makes way for one that speaks TLS, which answers what is in progress', async () => {
		await deploy();
		const decided = signal();
		route.onHandle = async () => {
			await decided.promise;
			return ok();
		};
		const kept = await RawClient.open(port);
		const silent = await RawClient.open(port);
		const waiting = await RawClient.open(port);
		kept.send(POST);
		await once(route.events, 'request');
		await endpoint.close();
		waiting.send(POST);
		await exchange(port, post('/nobody'), '}');
		await deploy(HTTPS);
		decided.resolve();
		assert.deepEqual(await Promise.all([kept.closed, waiting.closed, silent.closed]), [
			...[LAST_OK, LAST_OK, ''],
		]);
		assert.equal(route.requests.length, 1);
		// Nobody gets anywhere without TLS any more.
		assert.doesNotMatch(await exchange(port, POST), / 200 /);
	});

	it('keeps connections when TLS is as it was', async () => {
		await deploy(HTTPS);
		const client = new RawClient(connect({ port, host: '127.0.0.1', rejectUnauthorized: false }));
		await client.send(POST).until(OK);
		await endpoint.close();
		await deploy(HTTPS);
		assert.equal(await client.send(POST).until(`${OK}${OK}`), `${OK}${OK}`);
		client.end();
	});

	it('makes way for one at the same port of another address', async () => {
		await deploy({ host: '0.0.0.0' });
		await endpoint.close();
		const settings = ownSettings({ port });
		endpoint = openEndpoint(red, settings, { ...DEFAULT_LIMITS, quietPause: 5, quietAttempts: 1000 });
		await inState(endpoint, 'listening');
		assert.deepEqual(settings.reported, []);
	});

	it('is closed at once when the next endpoint cannot work', async () => {
		await deploy();
		await endpoint.close();
		endpoint = openEndpoint(red, ownSettings({ port, tlsRequested: true }));
		assert.equal(endpoint.state.name, 'failed');
		await assert.rejects(RawClient.open(port), { code: 'ECONNREFUSED' });
	});
});
