import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TlsOptions } from 'node:tls';
import { Worker } from 'node:worker_threads';
import {
	type ClientCert,
	type Endpoint,
	type EndpointSettings,
	type Limits,
	openEndpoint,
} from '../../../nodes/adapter/http-server/index.js';
import { fakeRed, ok, openOwn, ownSettings, post, RawClient, RecordingRoute } from './kit.js';

// Tests run from dist/test/adapter/http-server.
const FIXTURES = join(__dirname, '../../../../test/fixtures/tls');
const file = (name: string): Buffer => readFileSync(join(FIXTURES, name));
const pair = (name: string) => ({ key: file(`${name}.key`), cert: file(`${name}.pem`) });

const SERVER = { ...pair('server'), ca: file('ca.pem') };
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A tls-config node as Node-RED's own: its box about verifying servers is ticked, which must not matter here. */
function tlsConfig(files: TlsOptions, valid = true) {
	return {
		valid,
		addTLSOptions: (options: TlsOptions) => ({ ...options, ...files, rejectUnauthorized: true }),
	};
}

function secure(clientCert: ClientCert, files: TlsOptions = SERVER): Partial<EndpointSettings> {
	return { tlsRequested: true, tls: tlsConfig(files), clientCert };
}

describe('endpoint: TLS', () => {
	let endpoint: Endpoint;
	let port: number;
	let route: RecordingRoute;

	async function start(settings: Partial<EndpointSettings>, limits: Partial<Limits> = {}): Promise<void> {
		({ endpoint, port } = await openOwn(settings, limits));
		route = endpoint.claim({ prefix: '/wican' }, new RecordingRoute()).route;
	}

	afterEach(() => endpoint.close());

	function client(options: ConnectionOptions = {}): RawClient {
		return new RawClient(connect({ port, host: '127.0.0.1', ca: file('ca.pem'), ...options }));
	}

	async function nameOf(options: ConnectionOptions = {}): Promise<string | undefined> {
		const device = client(options);
		assert.equal(await device.send(post('/wican', '{}')).until('ok'), ANSWER);
		device.end();
		return route.requests.at(-1)?.clientName;
	}

	it('serves HTTPS without asking for a certificate', async () => {
		await start(secure('none'));
		assert.equal(await nameOf(pair('client')), undefined);
		assert.equal(route.requests[0]?.remoteAddress, '127.0.0.1');
	});

	it('knows the name of a client whose certificate is verified, and of no other', async () => {
		await start(secure('optional'));
		assert.equal(await nameOf(pair('client')), 'car-1');
		assert.equal(await nameOf(), undefined);
		assert.equal(await nameOf(pair('stranger')), undefined);
	});

	/** Sends two requests, and resolves with what resumes their session. */
	async function sessionOf(options: ConnectionOptions): Promise<Buffer> {
		const first = client(options);
		const ticket = once(first.socket, 'session') as Promise<[Buffer]>;
		await first.send(post('/wican')).until('ok');
		await first.send(post('/wican')).until(`${ANSWER}${ANSWER}`);
		const [session] = await ticket;
		first.end();
		return session;
	}

	const names = () => route.requests.map(({ clientName }) => clientName);

	it('knows the name again on a second request and in a resumed session', async () => {
		await start(secure('required'));
		const session = await sessionOf(pair('client'));
		assert.equal(await nameOf({ session, ...pair('client') }), 'car-1');
		assert.deepEqual(names(), ['car-1', 'car-1', 'car-1']);
	});

	it('knows no name in the resumed session of a client that was not verified', async () => {
		await start(secure('optional'));
		const session = await sessionOf(pair('stranger'));
		assert.equal(await nameOf({ session, ...pair('stranger') }), undefined);
		assert.deepEqual(names(), [undefined, undefined, undefined]);
	});

	it('takes nobody without a verified certificate where one is required', async () => {
		await start(secure('required'));
		for (const options of [{}, pair('stranger')]) {
			assert.equal(await client(options).send(post('/wican')).closed, '');
		}
		assert.deepEqual(route.requests, []);
		assert.equal(await nameOf(pair('client')), 'car-1');
	});

	it('takes a PFX file, whose authority then verifies the clients', async () => {
		await start(secure('required', { pfx: file('server.pfx'), passphrase: 'public' }));
		assert.equal(await nameOf(pair('client')), 'car-1');
		assert.equal(await client(pair('stranger')).send(post('/wican')).closed, '');
	});

	it('does not speak TLS 1.1', async () => {
		await start(secure('none'));
		const old = client({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
		const [error] = (await once(old.socket, 'error')) as [NodeJS.ErrnoException];
		assert.match(error.code ?? '', /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/);
	});

	it('closes on a client that speaks no TLS, and goes on', async () => {
		await start(secure('none'));
		const plain = await RawClient.open(port);
		assert.doesNotMatch(await plain.send(post('/wican')).closed, /HTTP/);
		assert.equal(await nameOf(), undefined);
	});

	it('answers what is no HTTP inside TLS', async () => {
		await start(secure('none'));
		const rude = client();
		rude.socket.on('end', () => rude.end());
		assert.match(await rude.send('hello\r\n\r\n').closed, /^HTTP\/1.1 400 Bad Request\r\n/);
	});

	it('makes room for a device when connections idle before or after their handshake', async () => {
		await start(secure('none'), { connections: 2 });
		const silent = await RawClient.open(port);
		const idle = client();
		await once(idle.socket, 'secureConnect');
		const device = client();
		assert.equal(await silent.closed, '');
		assert.equal(await device.send(post('/wican')).until('ok'), ANSWER);
		const other = client();
		assert.equal(await idle.closed, '');
		assert.equal(await other.send(post('/wican')).until('ok'), ANSWER);
		for (const open of [device, other]) open.end();
	});

	it('is closed also while handshakes are not finished', async () => {
		await start(secure('none'), { closeTimeout: 10 });
		const silent = await RawClient.open(port);
		const begun = await RawClient.open(port);
		begun.send(Buffer.from([0x16, 0x03]));
		await Promise.all([endpoint.close(), silent.closed, begun.closed]);
	});

	it('sends the answer before what happens after it, even if that blocks the process', async () => {
		await start(secure('none'));
		const arrived = new Int32Array(new SharedArrayBuffer(4));
		// The request leaves together with the end of the handshake, so that the server finds both at once.
		const device = new Worker(
			`const { workerData: { port, request, ca, arrived } } = require('node:worker_threads');
			const socket = require('node:tls').connect({ port, host: '127.0.0.1', ca });
			socket.write(request);
			let text = '';
			socket.on('data', (piece) => {
				text += piece;
				if (!text.endsWith('ok')) return;
				Atomics.store(arrived, 0, 1);
				Atomics.notify(arrived, 0);
				socket.destroy();
			});`,
			{ eval: true, workerData: { port, request: post('/wican', '{}'), ca: file('ca.pem'), arrived } },
		);
		const exited = once(device, 'exit');
		const outcome = new Promise<string>((resolve) => {
			route.onHandle = async () => ok('ok', () => resolve(Atomics.wait(arrived, 0, 0, 10_000)));
		});
		assert.notEqual(await outcome, 'timed-out');
		await exited;
	});
});

describe('endpoint: an unusable TLS configuration', () => {
	const unusable: readonly [name: string, settings: Partial<EndpointSettings>, reason: string][] = [
		['no tls-config', { tlsRequested: true }, 'no-tls-config'],
		['unreadable files', { tlsRequested: true, tls: tlsConfig(SERVER, false) }, 'unreadable-files'],
		['an empty one', secure('none', {}), 'no-certificate-or-key'],
		['no key', secure('none', { cert: file('server.pem') }), 'no-certificate-or-key'],
		['no authority for clients', secure('optional', pair('server')), 'no-client-authority'],
		[
			'a certificate that is none',
			secure('none', { ...SERVER, cert: 'nonsense' }),
			'ERR_OSSL_PEM_NO_START_LINE',
		],
		[
			'a key of another certificate',
			secure('none', { ...SERVER, key: file('client.key') }),
			'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
		],
		['client certificates without TLS', { clientCert: 'required' }, 'no-tls-config'],
	];
	for (const [name, settings, reason] of unusable) {
		it(`${name} opens nothing`, async () => {
			const own = ownSettings(settings);
			const endpoint = openEndpoint(fakeRed(), own);
			assert.equal(endpoint.state.name, 'failed');
			assert.deepEqual(
				own.reported.map(({ code, params }) => [code, params]),
				[['endpoint-tls-invalid', { reason }]],
			);
			assert.doesNotMatch(String(own.reported[0]?.cause), /BEGIN/);
			await endpoint.close();
		});
	}
});
