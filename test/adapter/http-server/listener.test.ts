import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import {
	DEFAULT_LIMITS,
	type EndpointState,
	openEndpoint,
} from '../../../nodes/adapter/http-server/index.js';
import {
	exchange,
	fakeRed,
	inState,
	ok,
	openOwn,
	ownSettings,
	post,
	RawClient,
	RecordingRoute,
	signal,
} from './kit.js';

const QUICK = { ...DEFAULT_LIMITS, quietPause: 5, retryPause: 5, closeTimeout: 20 };
const WICAN = { prefix: '/wican' };

async function occupy(): Promise<{ server: Server; port: number }> {
	const server = createServer();
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return { server, port: (server.address() as AddressInfo).port };
}

/** Resolves when some server in this process could not listen. */
function failedAttempt(): Promise<void> {
	return new Promise((resolve) => {
		const failed = (): void => {
			unsubscribe('tracing:net.server.listen:error', failed);
			resolve();
		};
		subscribe('tracing:net.server.listen:error', failed);
	});
}

describe('endpoint: opening an own listener', () => {
	it('tells its state at once and every change', async () => {
		const endpoint = openEndpoint(fakeRed(), ownSettings());
		const seen: string[] = [];
		const stop = endpoint.onState(({ name }) => void seen.push(name));
		const later: string[] = [];
		endpoint.onState(({ name }) => void later.push(name));
		await inState(endpoint, 'listening');
		stop();
		await endpoint.close();
		assert.deepEqual(seen, ['opening', 'listening']);
		assert.deepEqual(later, ['opening', 'listening', 'closed']);
		assert.deepEqual(endpoint.state, { name: 'closed' });
		assert.equal(endpoint.port, undefined);
	});

	it('survives a listener that throws', async () => {
		const red = fakeRed();
		const endpoint = openEndpoint(red, ownSettings());
		endpoint.onState(() => {
			throw new Error('badge trouble');
		});
		await inState(endpoint, 'listening');
		assert.match(red.logged.join(), /badge trouble/);
		await endpoint.close();
	});

	it('says once that its port is in use, tries again, and opens when the port is free', async () => {
		const { server, port } = await occupy();
		const settings = ownSettings({ port });
		const endpoint = openEndpoint(fakeRed(), settings, { ...QUICK, quietAttempts: 2 });
		const states: EndpointState[] = [];
		endpoint.onState((state) => void states.push(state));
		await inState(endpoint, 'port-in-use');
		// Two more attempts, to see that they say nothing.
		for (let count = 0; count < 2; count++) await failedAttempt();
		server.close();
		await inState(endpoint, 'listening');
		assert.deepEqual(
			states.map(({ name }) => name),
			['opening', 'port-in-use', 'listening'],
		);
		assert.deepEqual(
			settings.reported.map(({ code, params }) => [code, params]),
			[['endpoint-port-in-use', { host: '127.0.0.1', port }]],
		);
		assert.equal(states[1]?.error, settings.reported[0]);
		await endpoint.close();
	});

	it('takes a port over from a listener that is closed only later, without an error', async () => {
		const old = await openOwn();
		const settings = ownSettings({ port: old.port });
		const next = openEndpoint(fakeRed(), settings, { ...QUICK, quietAttempts: 1000 });
		next.claim(WICAN, new RecordingRoute());
		const states: string[] = [];
		next.onState(({ name }) => void states.push(name));
		await new Promise(setImmediate);
		await old.endpoint.close();
		await inState(next, 'listening');
		assert.deepEqual([states, settings.reported], [['opening', 'listening'], []]);
		assert.match(await exchange(old.port, post('/wican'), 'ok'), /^HTTP\/1.1 200 /);
		await next.close();
	});

	it('takes a port over from a listener that still has a request in progress', async () => {
		const old = await openOwn({}, { closeTimeout: 60_000 });
		const route = old.endpoint.claim(WICAN, new RecordingRoute()).route;
		const decided = signal();
		route.onHandle = async () => {
			await decided.promise;
			return ok('old');
		};
		const client = await RawClient.open(old.port);
		client.send(post('/wican'));
		await once(route.events, 'request');
		const closed = old.endpoint.close();
		const next = openEndpoint(fakeRed(), ownSettings({ port: old.port }), QUICK);
		next.claim(WICAN, new RecordingRoute());
		await inState(next, 'listening');
		assert.match(await exchange(old.port, post('/wican'), 'ok'), /^HTTP\/1.1 200 /);
		decided.resolve();
		assert.equal(await client.closed, 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nold');
		await closed;
		await next.close();
	});

	it('has failed, and says why, when the address is not one of this machine', async () => {
		// An address for documentation (RFC 5737), which no machine has.
		const settings = ownSettings({ host: '192.0.2.1', port: 8480 });
		const endpoint = openEndpoint(fakeRed(), settings, QUICK);
		await inState(endpoint, 'failed');
		await endpoint.close();
		assert.deepEqual(
			settings.reported.map(({ code, params }) => [code, params]),
			[['endpoint-listen-failed', { host: '192.0.2.1', port: 8480, reason: 'EADDRNOTAVAIL' }]],
		);
	});

	it('has failed when the port is no port', async () => {
		const settings = ownSettings({ port: 70_000 });
		const endpoint = openEndpoint(fakeRed(), settings);
		assert.equal(endpoint.state.name, 'failed');
		assert.equal(endpoint.state.error?.code, 'endpoint-listen-failed');
		assert.equal(settings.reported.length, 1);
		await endpoint.close();
	});
});

describe('endpoint: closing an own listener', () => {
	it('closes connections without a request at once', async () => {
		const { endpoint, port } = await openOwn({}, { closeTimeout: 60_000 });
		endpoint.claim(WICAN, new RecordingRoute());
		const silent = await RawClient.open(port);
		const idle = await RawClient.open(port);
		await idle.send(post('/wican')).until('ok');
		await endpoint.close();
		await Promise.all([silent.closed, idle.closed]);
		await assert.rejects(RawClient.open(port), { code: 'ECONNREFUSED' });
	});

	it('gives up requests that take too long, and their late decision does no harm', async () => {
		const red = fakeRed();
		const { endpoint, port } = await openOwn({}, { closeTimeout: 20 }, red);
		const route = endpoint.claim(WICAN, new RecordingRoute()).route;
		const decided = signal();
		const after = signal();
		route.onHandle = async () => {
			await decided.promise;
			return ok('late', after.resolve);
		};
		const hanging = await RawClient.open(port);
		hanging.send(post('/wican'));
		await once(route.events, 'request');
		const sending = await RawClient.open(port);
		sending.send('POST /wican HTTP/1.1\r\n');
		await endpoint.close();
		assert.deepEqual(await Promise.all([hanging.closed, sending.closed]), ['', '']);
		decided.resolve();
		await after.promise;
		assert.deepEqual(red.logged, []);
	});

	it('can be done twice, and before it was open: the port is free then', async () => {
		const { server, port } = await occupy();
		server.close();
		// A name is looked up first, so that the listener would open only after it was closed.
		const settings = ownSettings({ host: 'localhost', port });
		const endpoint = openEndpoint(fakeRed(), settings);
		await Promise.all([endpoint.close(), endpoint.close()]);
		assert.deepEqual([endpoint.state, endpoint.port], [{ name: 'closed' }, undefined]);
		const next = openEndpoint(fakeRed(), settings, { ...QUICK, quietAttempts: 1000 });
		await inState(next, 'listening');
		await next.close();
	});

	it('ends the attempts at a used port', async () => {
		const { server, port } = await occupy();
		const endpoint = openEndpoint(fakeRed(), ownSettings({ port }), { ...QUICK, quietAttempts: 0 });
		await inState(endpoint, 'port-in-use');
		await endpoint.close();
		server.close();
		await once(server, 'close');
		// Timers of one length fire in the order in which they were set: an attempt would have come before this.
		await new Promise((fired) => setTimeout(fired, QUICK.retryPause));
		await new Promise(setImmediate);
		assert.equal(endpoint.port, undefined);
	});
});
