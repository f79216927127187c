import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import {
	DEFAULT_LIMITS,
	type Endpoint,
	type EndpointSettings,
	openEndpoint,
} from '../../../nodes/adapter/http-server/index.js';
import type { HttpApp, Middleware, NodeRed } from '../../../nodes/adapter/node-red.js';
import {
	exchange,
	fakeRed,
	ok,
	ownSettings,
	post,
	RawClient,
	RecordingRoute,
	refusalText,
	signal,
} from './kit.js';

type App = HttpApp &
	((req: IncomingMessage, res: ServerResponse) => void) & { use(path: string, app: App): void };

// Express comes with Node-RED, which is what is imitated here; it has no types in this project.
const express = createRequire(__filename)('express') as { (): App; json(options: object): Middleware };

const UPS = { prefix: '/api/v1/devices/', suffix: '/telemetry' };
const PATH = '/api/v1/devices/DEV1/telemetry';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const JSON_HEADER = ['Content-Type: application/json'];

describe('endpoint: on the server of Node-RED', () => {
	let server: Server;
	let port: number;
	let red: ReturnType<typeof fakeRed>;
	let route: RecordingRoute;
	let reported: string[];

	/** A server laid out as Node-RED's: the admin part parses JSON, the nodes come below their root after it. */
	async function start(settings: NodeRed['settings'] = {}, admin = '/'): Promise<void> {
		const app = express();
		const httpNode = express();
		const httpAdmin = express();
		httpAdmin.use(express.json({ limit: '5mb' }));
		app.use(admin, httpAdmin);
		app.use(settings.httpNodeRoot || '/', httpNode);
		server = createServer(app);
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		port = (server.address() as AddressInfo).port;
		red = fakeRed({ settings, httpNode, server });
		reported = [];
	}

	function open(more: Partial<EndpointSettings> = {}, RED: NodeRed = red, limits = DEFAULT_LIMITS): Endpoint {
		const report: EndpointSettings['report'] = ({ code }) => void reported.push(code);
		return openEndpoint(RED, { ...ownSettings({ server: 'node-red', ...more }), report }, limits);
	}

	function receive(endpoint: Endpoint = open()): Endpoint {
		route = endpoint.claim(UPS, new RecordingRoute()).route;
		return endpoint;
	}

	afterEach(async () => {
		server.closeAllConnections();
		server.close();
		await once(server, 'close');
	});

	const layouts: readonly [root: string, admin: string, path: string, url: string][] = [
		['/', '/', '/', PATH],
		['/', '/', '/', `/${PATH}/`],
		['/', '/', '/', PATH.toUpperCase()],
		['/', '/', '/home', `/Home/${PATH}`],
		['/', '/admin', '/', PATH],
		['/nodes', '/', '/', `/nodes${PATH}`],
		['/nodes/', '/', '/home/', `//NODES//home/${PATH}?a=1`],
		['/nodes', '/nodes/admin', '/', `http://192.0.2.1/nodes${PATH}`],
	];
	for (const [root, admin, path, url] of layouts) {
		it(`takes the exact bytes at ${url} (root ${root}, editor ${admin}, endpoint ${path})`, async () => {
			await start({ httpNodeRoot: root }, admin);
			receive(open({ path }));
			assert.equal(await exchange(port, post(url, '{ "a" :1}\n', JSON_HEADER), 'ok'), OK);
			assert.equal(route.requests[0]?.rawBody.toString(), '{ "a" :1}\n');
			assert.equal(route.requests[0]?.param, 'DEV1');
			assert.equal(route.requests[0]?.path, url.replace('http://192.0.2.1', '').replace(/\?.*/, ''));
		});
	}

	it('leaves all other requests to the others, with their bodies parsed', async () => {
		await start();
		receive();
		red.httpNode?.post('/echo', (req, res) => {
			res.end(JSON.stringify((req as IncomingMessage & { body?: unknown }).body));
		});
		assert.match(
			await exchange(port, post('/echo', '{ "a" :1}', JSON_HEADER), '{"a":1}'),
			/^HTTP\/1.1 200 OK/,
		);
		assert.match(
			await exchange(port, post('/api', '{}', JSON_HEADER), '</html>\n'),
			/^HTTP\/1.1 404 Not Found/,
		);
	});

	it('leaves requests to the others again when nobody takes a released path, with their bodies parsed', async () => {
		await start();
		const endpoint = open({}, red, { ...DEFAULT_LIMITS, routeGracePeriod: 20 });
		const lease = endpoint.share(UPS, 'ups', () => new RecordingRoute());
		red.httpNode?.use(express.json({}));
		red.httpNode?.post(PATH, (req, res) => {
			res.end(JSON.stringify((req as IncomingMessage & { body?: unknown }).body));
		});
		assert.equal(await exchange(port, post(PATH, '{}'), 'ok'), OK);
		lease.release();
		assert.match(await exchange(port, post(PATH, '{ "a" :1}', JSON_HEADER), '{"a":1}'), /^HTTP\/1.1 200 OK/);
		receive(endpoint);
		await endpoint.close();
		assert.match(await exchange(port, post(PATH, '{ "b" :2}', JSON_HEADER), '{"b":2}'), /^HTTP\/1.1 200 OK/);
	});

	it('lets a request that comes between two owners of a path wait for the second one', async () => {
		await start();
		const endpoint = open();
		endpoint.share(UPS, 'ups', () => new RecordingRoute()).release();
		const waiting = exchange(port, post(PATH, '{ "a" :1}\n', JSON_HEADER), 'ok');
		await once(server, 'request');
		receive(endpoint);
		assert.equal(await waiting, OK);
		assert.equal(route.requests[0]?.rawBody.toString(), '{ "a" :1}\n');
	});

	it('leaves a request for a removed path to the others as soon as the deploy is over', async () => {
		await start();
		open({}, red, { ...DEFAULT_LIMITS, routeGracePeriod: 1e9 })
			.share(UPS, 'ups', () => new RecordingRoute())
			.release();
		const waiting = exchange(port, post(PATH, '{ "a" :1}\n', JSON_HEADER), '</html>\n');
		await once(server, 'request');
		red.events.emit('flows:started');
		assert.match(await waiting, /^HTTP\/1.1 404/);
	});

	it('refuses as an own listener does', async () => {
		await start();
		receive();
		const tooLarge = refusalText('413 Payload Too Large', 'too-large', true);
		assert.equal(await exchange(port, post(PATH, 'x'.repeat(3_000_000), JSON_HEADER)), tooLarge);
		assert.equal(
			await exchange(port, `GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`, '"}'),
			refusalText('405 Method Not Allowed', 'method-not-allowed', false),
		);
		route.onAdmit = () => ({ refused: 'unknown-device', publicReason: 'unauthorized', status: 401 });
		assert.equal(
			await exchange(port, post(PATH), '"}'),
			refusalText('401 Unauthorized', 'unauthorized', true),
		);
	});

	it('never sends a 100 to a device, but to the others as before', async () => {
		await start();
		receive();
		const expecting = (path: string) =>
			`POST ${path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`;
		const device = await RawClient.open(port);
		assert.equal(await device.send(expecting(PATH), '{}').until('ok'), OK);
		device.end();
		const other = await RawClient.open(port);
		await other.send(expecting('/other')).until('100 Continue\r\n\r\n');
		assert.match(await other.send('{}').until('</html>\n'), /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 404 /);
		other.end();
	});

	describe('with middleware of the user', () => {
		it('runs it first, also when it is a list and takes its time', async () => {
			const order: string[] = [];
			const named =
				(name: string): Middleware =>
				(_req, _res, next) => {
					order.push(name);
					setImmediate(next);
				};
			await start({ httpNodeMiddleware: [named('a'), [named('b')] as never, named('c')] });
			receive();
			route.onAdmit = () => void order.push('admit');
			assert.equal(await exchange(port, post(PATH, '{}', JSON_HEADER), 'ok'), OK);
			assert.deepEqual(order, ['a', 'b', 'c', 'admit']);
			assert.equal(route.requests[0]?.rawBody.toString(), '{}');
		});

		it('leaves the answer to one that answers itself', async () => {
			await start({
				httpNodeMiddleware: (_req, res) => {
					res.writeHead(403, { 'Content-Length': 2 });
					res.end('no');
				},
			});
			receive();
			assert.match(await exchange(port, post(PATH), 'no'), /^HTTP\/1.1 403 Forbidden/);
			assert.deepEqual(route.requests, []);
		});

		const failing: readonly [name: string, middleware: Middleware][] = [
			['throws', () => assert.fail('middleware trouble')],
			['passes an error on', (_req, _res, next) => next(new Error('middleware trouble'))],
		];
		for (const [name, httpNodeMiddleware] of failing) {
			it(`answers 500 when one ${name}`, async () => {
				await start({ httpNodeMiddleware });
				receive();
				assert.equal(
					await exchange(port, post(PATH), '"}'),
					refusalText('500 Internal Server Error', 'internal', false),
				);
				assert.match(red.logged.join(), /middleware trouble/);
			});
		}

		it('lets none of it touch the answer, which is signed', async () => {
			await start({
				httpNodeMiddleware: (_req, res, next) => {
					res.setHeader('X-Frame-Options', 'DENY');
					res.end = () => assert.fail('the answer went through a middleware');
					next();
				},
			});
			receive();
			assert.equal(await exchange(port, post(PATH, '{}'), 'ok'), OK);
		});

		it('says once that a body was read by it', async () => {
			await start({
				httpNodeMiddleware: (req, _res, next) => void req.on('end', () => next()).resume(),
			});
			receive();
			const internal = refusalText('500 Internal Server Error', 'internal', false);
			assert.equal(await exchange(port, post(PATH, '{}'), '"}'), internal);
			assert.equal(await exchange(port, post(PATH, '{}'), '"}'), internal);
			assert.deepEqual(reported, ['endpoint-body-consumed']);
			assert.deepEqual(route.requests, []);
		});
	});

	it('shows the owner of a path to every endpoint, whatever RED object it was given', async () => {
		await start();
		receive(open());
		const other = open({ path: '//' }, { ...red });
		assert.throws(() => other.claim(UPS, new RecordingRoute()), {
			code: 'endpoint-path-taken',
			params: { path: '/api/v1/devices/{id}/telemetry', owner: '' },
		});
		assert.throws(() => other.share(UPS, 'ups', () => new RecordingRoute()), { code: 'endpoint-path-taken' });
		const shared = other.share({ prefix: '/wican' }, 'wican', () => new RecordingRoute());
		assert.equal(open().share({ prefix: '/Wican' }, 'wican', () => new RecordingRoute()).route, shared.route);
	});

	it('adds nothing to the server when endpoints come and go', async () => {
		await start();
		await receive().close();
		const count = () => [server.listenerCount('request'), server.listenerCount('checkContinue')];
		const before = count();
		for (let round = 0; round < 20; round++) await receive().close();
		assert.deepEqual(count(), before);
		receive();
		assert.equal(await exchange(port, post(PATH, '{}'), 'ok'), OK);
	});

	it('survives a client that goes away in the middle of a body, or before the answer', async () => {
		await start();
		receive();
		const client = await RawClient.open(port);
		const admitted = signal();
		route.onAdmit = () => void admitted.resolve();
		client.send(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12`);
		await admitted.promise;
		client.socket.resetAndDestroy();
		const after = signal();
		const gone = signal();
		route.onHandle = async () => {
			await gone.promise;
			return ok('ok', after.resolve);
		};
		const second = await RawClient.open(port);
		second.send(post(PATH, '{}', ['Host: x']));
		await once(route.events, 'request');
		second.socket.resetAndDestroy();
		await second.closed;
		gone.resolve();
		await after.promise;
		assert.deepEqual(red.logged, []);
	});

	it('is listening at once where there is a server, and disabled where there is none', async () => {
		await start();
		const states = [
			red,
			fakeRed({ settings: { httpNodeRoot: false }, server, httpNode: express() }),
			fakeRed({ server: null, httpNode: express() }),
			fakeRed({ server }),
		].map((RED) => open({}, RED).state);
		assert.deepEqual(
			states.map(({ name, error }) => [name, error?.code]),
			[
				['listening', undefined],
				['disabled', 'endpoint-disabled'],
				['disabled', 'endpoint-disabled'],
				['disabled', 'endpoint-disabled'],
			],
		);
		assert.deepEqual(reported, ['endpoint-disabled', 'endpoint-disabled', 'endpoint-disabled']);
	});
});
