import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsOptions as ServerTls } from 'node:tls';
import { type RawAnswer, type RawRequest, type RawServer, startRawServer } from './common/raw-server.js';
import {
	type Auth,
	type ExchangeError,
	exchange,
	FIRMWARES,
	type FirmwareName,
	type Posted,
	type PostResult,
	postOnce,
	runInRealTime,
	WicanDevice,
	type WicanOptions,
} from './wican/index.js';

const BOOT = 1_795_200_769_000;
const TOKEN = 'a+b c/d=';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"ok"}';

function makeDevice(options: WicanOptions = {}): WicanDevice {
	return new WicanDevice({ startAt: BOOT, ...options });
}

const pem = (name: string) => readFileSync(join(__dirname, '../../../test/fixtures/tls', name), 'utf8');

describe('stand-in WiCAN on the wire', () => {
	const servers: RawServer[] = [];

	async function serve(
		answer: RawAnswer['bytes'] | ((request: RawRequest, n: number) => RawAnswer | null) = OK,
		tls?: ServerTls,
	): Promise<RawServer> {
		const reply = typeof answer === 'function' ? answer : () => ({ bytes: answer });
		const server = await startRawServer(reply, tls ? { tls } : {});
		servers.push(server);
		return server;
	}

	afterEach(async () => {
		await Promise.all(servers.splice(0).map((server) => server.close()));
	});

	const hostOf = ({ url }: RawServer) => url.replace(/^https?:\/\//, '');
	const bytesOf = ({ requests }: RawServer, n = 0) => requests[n]?.bytes.toString();
	const headOf = ({ requests }: RawServer, n = 0) => requests[n]?.head.split('\r\n') ?? [];

	describe('sends exactly the bytes of the firmware', () => {
		/** What one device with two parameters posts, after the 8 s that every device waits. */
		async function firstTwo(firmware: FirmwareName, options: WicanOptions = {}) {
			const server = await serve();
			const device = makeDevice({ firmware, auth: { kind: 'bearer', token: 'T0K' }, ...options });
			for (let n = 0; n < 2; n++) {
				assert.equal((await postOnce(device, `${server.url}/in`)).result, 'ok');
			}
			return { server, device };
		}

		it('of 4.51', async () => {
			const { server } = await firstTwo('4.51', { pollTakes: 8000 });
			assert.equal(
				bytesOf(server, 1),
				[
					'POST /in HTTP/1.1',
					'User-Agent: ESP32 WiCAN/1.0',
					`Host: ${hostOf(server)}`,
					'Content-Type: application/json',
					'Authorization: Bearer T0K',
					'Content-Length: 104',
					'',
					'{"autopid_data":{"TestCustom":127.5,"HANDBRAKE":"off","04-CalcEngineLoad":63.92,"timestamp":1795200787}}',
				].join('\r\n'),
			);
		});

		it('of 6', async () => {
			const { server } = await firstTwo('6', { pollTakes: 8000, period: 10_000 });
			assert.equal(
				bytesOf(server, 1),
				[
					'POST /in HTTP/1.1',
					'User-Agent: WiCAN/6',
					`Host: ${hostOf(server)}`,
					'Content-Type: application/json',
					'Authorization: Bearer T0K',
					'Content-Length: 109',
					'',
					'{"autopid_data":{"TestCustom":127.5,"HANDBRAKE":0,"CalcEngineLoad":63.92156862745098,"timestamp":1795200787}}',
				].join('\r\n'),
			);
		});

		it('of the classic device, which has no User-Agent and no port in its Host', async () => {
			const { server } = await firstTwo('classic', { auth: { kind: 'none' } });
			assert.deepEqual(headOf(server), [
				'POST /in HTTP/1.1',
				'Host: 127.0.0.1',
				'Content-Type: application/json',
				'Connection: close',
				`Content-Length: ${server.requests[0]?.body.length}`,
			]);
		});

		it('of the form for A Better Routeplanner', async () => {
			const { server } = await firstTwo('4.51', { form: 'abrp', car: 'electric', pollTakes: 1000 });
			assert.deepEqual(headOf(server).slice(3), [
				'Content-Type: application/x-www-form-urlencoded',
				'Authorization: APIKEY T0K',
				'Content-Length: 216',
			]);
			assert.equal(
				server.requests[0]?.body.toString(),
				'token=kolibri-abrp-0f5e7a&tlm=' +
					encodeURIComponent(
						'{"soc":81.57,"soh":99.2,"voltage":734.2,"current":31.1,"power":22.83,"utc":1795200777,"car_model":"kolibri:one:24:77"}',
					),
			);
		});

		it('of a compressed webhook', async () => {
			const { server } = await firstTwo('ha6', { gzip: true });
			assert.deepEqual(headOf(server).slice(3, 5), [
				'Content-Type: application/json',
				'Content-Encoding: gzip',
			]);
			assert.deepEqual(server.requests[0]?.body.subarray(0, 2), Buffer.from([0x1f, 0x8b]));
		});
	});

	describe('proves who it is', () => {
		const CASES: [string, FirmwareName, Auth, string, string | undefined][] = [
			['nothing', '4.51', { kind: 'none' }, '/in?car=1', undefined],
			['bearer', '4.51', { kind: 'bearer', token: TOKEN }, '/in?car=1', `Authorization: Bearer ${TOKEN}`],
			['a header', '4.51', { kind: 'api-key-header', token: TOKEN }, '/in?car=1', `x-api-key: ${TOKEN}`],
			['a named header', '6', { kind: 'api-key-header', token: 'k', name: 'X-Car' }, '/in?car=1', 'X-Car: k'],
			['a raw key', '4.51', { kind: 'api-key-query', token: TOKEN }, `/in?car=1&api_key=${TOKEN}`, undefined],
			[
				'a raw named key',
				'4.40',
				{ kind: 'api-key-query', token: 'a&b', name: 'k' },
				'/in?car=1&k=a&b',
				undefined,
			],
			[
				'an escaped key',
				'6',
				{ kind: 'api-key-query', token: TOKEN },
				'/in?car=1&api_key=a%2Bb%20c%2Fd%3D',
				undefined,
			],
			[
				'basic',
				'6',
				{ kind: 'basic', user: 'u', password: 'pä' },
				'/in?car=1',
				'Authorization: Basic dTpww6Q=',
			],
		];
		for (const [name, firmware, auth, path, header] of CASES) {
			it(`with ${name}, ${firmware}`, async () => {
				const server = await serve();
				await postOnce(makeDevice({ firmware, auth }), `${server.url}/in?car=1`);
				const head = headOf(server);
				assert.equal(head[0], `POST ${path} HTTP/1.1`);
				assert.deepEqual(head.slice(4, -1), header === undefined ? [] : [header]);
			});
		}

		it('with nothing where user and password are more than 127 bytes for v6', async () => {
			const server = await serve();
			for (const firmware of ['6', '4.51'] as const) {
				for (const length of [125, 126]) {
					const auth = { kind: 'basic', user: 'u', password: 'p'.repeat(length) } as const;
					await postOnce(makeDevice({ firmware, auth }), server.url);
				}
			}
			const sent = server.requests.map(({ head }) => head.includes('\r\nAuthorization: Basic '));
			assert.deepEqual(sent, [true, false, true, true]);
		});

		it('takes no longer token than the device does', () => {
			const auth = { kind: 'bearer', token: 't'.repeat(256) } as const;
			assert.throws(() => makeDevice({ firmware: '6', auth }), RangeError);
			assert.doesNotThrow(() => makeDevice({ firmware: '4.51', auth }));
		});
	});

	it('appends more of a query as it was typed', async () => {
		const server = await serve();
		await postOnce(makeDevice({ query: 'source=my car+1&env=%zz' }), `${server.url}/in`);
		assert.equal(headOf(server)[0], 'POST /in?source=my car+1&env=%zz HTTP/1.1');
	});

	for (const [firmware, url, line, host] of [
		['4.51', 'http://h', '/', 'h'],
		['4.51', 'http://h:80/a', '/a', 'h'],
		['4.51', 'https://h:443/a', '/a', 'h'],
		['4.51', 'https://h/a?b=c#d', '/a?b=c', 'h'],
		['4.51', 'https://h:8443/a', '/a', 'h:8443'],
		['6', 'http://h:8080?b', '/?b', 'h:8080'],
		['classic', 'http://h:8080/a', '/a', 'h'],
	] as const) {
		it(`posts to ${line} of ${host} for ${url}, ${firmware}`, () => {
			const { head } = makeDevice({ firmware }).buildPost(url);
			assert.ok(head.toString().startsWith(`POST ${line} HTTP/1.1\r\n`), head.toString());
			assert.ok(head.toString().includes(`Host: ${host}\r\n`), head.toString());
		});
	}

	describe('sends nothing', () => {
		const long = (before: string, length: number) => `${before}${'x'.repeat(length - before.length)}`;
		const http = 'http://127.0.0.1:1/';
		const CASES: [string, FirmwareName, string, ExchangeError, Auth?][] = [
			['to another scheme', '4.51', 'mqtt://127.0.0.1:1/', 'bad-url'],
			['to a port that is none', '4.51', 'http://127.0.0.1:65536/', 'bad-url'],
			['for a URL of 256 bytes', '6', long(http, 256), 'bad-url'],
			// "POST " and " HTTP/1.1" and the line break are 16 of the 512 bytes that the buffer has.
			['for a request line of 512 bytes', '4.51', `http://127.0.0.1:1${long('/', 496)}`, 'out-of-buffer'],
			[
				'for a header line of 511 bytes',
				'4.51',
				http,
				'out-of-buffer',
				{ kind: 'bearer', token: 'x'.repeat(489) },
			],
			['for a path of 192 bytes', 'classic', `http://127.0.0.1:1${long('/', 192)}`, 'bad-url'],
			['over TLS', 'classic', 'https://127.0.0.1:1/', 'bad-url'],
		];
		for (const [name, firmware, url, expected, auth] of CASES) {
			it(`${name}, ${firmware}`, async () => {
				const { result } = await postOnce(makeDevice({ firmware, ...(auth ? { auth } : {}) }), url);
				assert.equal(result, expected);
			});
		}

		it('but something for one byte less', async () => {
			const server = await serve();
			const attempts: [FirmwareName, string, Auth?][] = [
				['6', long(`${server.url}/`, 255)],
				['4.51', `${server.url}${long('/', 495)}`],
				['4.51', server.url, { kind: 'bearer', token: 'x'.repeat(488) }],
				['classic', `${server.url}${long('/', 191)}`],
			];
			for (const [firmware, url, auth] of attempts) {
				const device = makeDevice({ firmware, ...(auth ? { auth } : {}) });
				assert.equal((await postOnce(device, url)).result, 'ok', firmware);
			}
		});
	});

	describe('makes of an answer', () => {
		const closing = (bytes: string): RawAnswer => ({ bytes, close: true });
		const CASES: [string, RawAnswer, Partial<Record<FirmwareName, PostResult>>][] = [
			['200 with a body', { bytes: OK }, { '4.40': 'ok', '4.51': 'ok', 6: 'ok', classic: 'ok' }],
			['204', { bytes: 'HTTP/1.1 204 No Content\r\n\r\n' }, { '4.51': 'ok', 6: 'ok', classic: 'ok' }],
			[
				'200 in chunks',
				{ bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n' },
				{ '4.51': 'ok', 6: 'ok' },
			],
			[
				'200 that ends with the connection',
				closing('HTTP/1.1 200 OK\r\n\r\n{}'),
				{ '4.40': 'incomplete', '4.51': 'incomplete', 6: 'ok', ha6: 'ok', classic: 'ok' },
			],
			[
				'200 with half a body',
				closing('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}'),
				{ '4.51': 'incomplete', 6: 'ok' },
			],
			[
				'200 with a body that has no end',
				{ bytes: `HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n${'x'.repeat(4096)}` },
				{ 6: 'ok' },
			],
			[
				'401 whose body never comes',
				{ bytes: 'HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 9\r\n\r\n' },
				{ '4.51': 'unauthorized', 6: 'unauthorized', classic: 'unauthorized' },
			],
			['503', { bytes: 'HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n' }, { '4.51': 'status', 6: 'status' }],
			['no HTTP', closing('SSH-2.0-x\r\n'), { '4.51': 'malformed', 6: 'malformed', classic: 'malformed' }],
			['nothing', closing(''), { '4.51': 'closed', 6: 'closed', classic: 'closed' }],
		];
		for (const [name, answer, expected] of CASES) {
			it(name, async () => {
				const server = await serve(() => answer);
				const results: [string, PostResult][] = [];
				for (const firmware of Object.keys(expected) as FirmwareName[]) {
					results.push([firmware, (await postOnce(makeDevice({ firmware }), server.url)).result]);
				}
				assert.deepEqual(Object.fromEntries(results), expected);
				assert.equal(server.requests.length, results.length);
			});
		}

		it('as long as it waits for one', async () => {
			const server = await serve(() => null);
			assert.equal((await postOnce(makeDevice(), server.url, { timeoutMs: 20 })).result, 'timeout');
			const timeouts = Object.entries(FIRMWARES).map(([name, { timeout }]) => [name, timeout]);
			assert.deepEqual(Object.fromEntries(timeouts), {
				'4.40': 2000,
				'4.48': 5000,
				'4.51': 5000,
				6: 6000,
				ha4: 5000,
				ha6: 6000,
				classic: 5000,
			});
		});
	});

	describe('is redirected', () => {
		const AUTH: Auth = { kind: 'bearer', token: 'T0K' };
		const redirect = (location: string, status = 302) =>
			`HTTP/1.1 ${status} X\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

		for (const status of [301, 302, 303, 307, 308]) {
			it(`by ${status} to another host, and takes token and body there`, async () => {
				const other = await serve();
				const server = await serve(redirect(`${other.url}/elsewhere`, status));
				const { result, outcome, post } = await postOnce(makeDevice({ auth: AUTH }), `${server.url}/in`);
				assert.deepEqual([result, outcome.redirects], ['ok', 1]);
				assert.deepEqual(headOf(other), [
					'POST /elsewhere HTTP/1.1',
					'User-Agent: ESP32 WiCAN/1.0',
					`Host: ${hostOf(other)}`,
					'Content-Type: application/json',
					'Authorization: Bearer T0K',
					`Content-Length: ${post.body.length}`,
				]);
				assert.deepEqual(other.requests[0]?.body, post.body);
			});
		}

		it('to a path', async () => {
			const server = await serve((_request, n) => ({ bytes: n === 1 ? redirect('/b?c=d') : OK }));
			await postOnce(makeDevice(), `${server.url}/a`);
			assert.equal(headOf(server, 1)[0], 'POST /b?c=d HTTP/1.1');
		});

		it('ten times, and no further', async () => {
			const server = await serve(redirect('/again'));
			const { result, status } = await postOnce(makeDevice(), server.url);
			assert.deepEqual([result, status, server.requests.length], ['status', 302, 11]);
		});

		it('not at all by v6 and classic', async () => {
			const server = await serve(redirect('/again'));
			for (const firmware of ['6', 'classic'] as const) {
				assert.equal((await postOnce(makeDevice({ firmware }), server.url)).result, 'status');
			}
			assert.equal(server.requests.length, 2);
		});
	});

	describe('over TLS', () => {
		const CA = pem('ca.pem');
		const MUTUAL: ServerTls = {
			key: pem('server.key'),
			cert: pem('server.pem'),
			ca: CA,
			requestCert: true,
			rejectUnauthorized: true,
		};
		const CLIENT = { cert: pem('client.pem'), key: pem('client.key') };
		const STRANGER = { cert: pem('stranger.pem'), key: pem('stranger.key') };

		it('shows its client certificate', async () => {
			const server = await serve(OK, MUTUAL);
			const { result } = await postOnce(makeDevice(), `${server.url}/in`, { tls: { ca: CA, ...CLIENT } });
			assert.equal(result, 'ok');
			assert.equal(headOf(server)[2], `Host: ${hostOf(server)}`);
		});

		for (const [name, tls] of [
			['without a certificate', { ca: CA }],
			['with a certificate of another CA', { ca: CA, ...STRANGER }],
		] as const) {
			it(`is refused ${name}`, async () => {
				const server = await serve(OK, MUTUAL);
				const { outcome, status } = await postOnce(makeDevice(), server.url, { tls });
				assert.match(outcome.error ?? '', /^(closed|unreachable)$/);
				assert.deepEqual([status, server.requests.length], [undefined, 0]);
			});
		}

		it('sends nothing to a server whose CA it does not trust, unless told to', async () => {
			const server = await serve(OK, { key: pem('server.key'), cert: pem('server.pem') });
			const device = makeDevice();
			assert.equal((await postOnce(device, server.url)).result, 'unreachable');
			assert.equal(server.requests.length, 0);
			assert.equal((await postOnce(device, server.url, { tls: { insecure: true } })).result, 'ok');
		});

		it('compares the name in the certificate with a name, and not with an address', async () => {
			const server = await serve(OK, { key: pem('stranger.key'), cert: pem('stranger.pem') });
			const options = { tls: { ca: pem('stranger.pem') } };
			assert.equal((await postOnce(makeDevice(), server.url, options)).result, 'ok');
			const byName = server.url.replace('127.0.0.1', 'localhost');
			assert.equal((await postOnce(makeDevice(), byName, options)).result, 'unreachable');
		});
	});

	describe('can be made to', () => {
		it('lose the answer, and send the same full body again', async () => {
			const server = await serve();
			const device = makeDevice({ driving: false });
			const lost = await postOnce(device, server.url, { answer: 'lose' });
			const again = await postOnce(device, server.url);
			assert.deepEqual([lost.result, again.result], ['lost', 'ok']);
			assert.deepEqual([lost.post.full, again.post.full], [true, true]);
			assert.equal(server.requests.length, 2);
		});

		it('cut the answer', async () => {
			const server = await serve();
			assert.equal((await postOnce(makeDevice(), server.url, { answer: 'cut' })).result, 'incomplete');
			assert.equal(
				(await postOnce(makeDevice({ firmware: '6' }), server.url, { answer: 'cut' })).result,
				'ok',
			);
		});

		it('send slowly', async () => {
			const server = await serve();
			const sent: number[] = [];
			const between = async (bytes: number) => {
				sent.push(bytes);
			};
			const { result, post } = await postOnce(makeDevice(), server.url, { chunkBytes: 1000, between });
			assert.equal(result, 'ok');
			assert.deepEqual(sent.slice(0, 3), [
				post.head.length,
				post.head.length + 1000,
				post.head.length + 2000,
			]);
		});

		it('go away as soon as everything is sent', async () => {
			const server = await serve(() => null);
			assert.equal((await postOnce(makeDevice(), server.url, { answer: 'abandon' })).result, 'abandoned');
		});

		it('send another body, other header lines and another credential', async () => {
			const server = await serve();
			await postOnce(makeDevice(), server.url, {
				overrides: {
					method: 'PUT',
					auth: { kind: 'bearer', token: 'wrong' },
					body: (body) => body.subarray(0, 10),
					headers: { 'User-Agent': null, Host: 'x', 'X-Twice': ['1', '2'] },
				},
			});
			assert.equal(
				bytesOf(server),
				'PUT / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer wrong\r\n' +
					'Content-Length: 10\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n{"config":',
			);
		});

		it('post the same bytes twice', async () => {
			const server = await serve();
			const device = makeDevice();
			device.advanceToPost();
			const post = device.buildPost(server.url);
			await Promise.all([exchange(post), exchange(post)]);
			assert.deepEqual(server.requests[0]?.bytes, server.requests[1]?.bytes);
		});
	});

	it('opens a connection for every POST', async () => {
		let connections = 0;
		const server = await startRawServer(() => ({ bytes: OK }), { onConnection: () => connections++ });
		servers.push(server);
		const device = makeDevice();
		await postOnce(device, server.url);
		await postOnce(device, server.url);
		assert.equal(connections, 2);
	});

	it('tells when nobody listens', async () => {
		const server = await serve();
		await server.close();
		const { result, status } = await postOnce(makeDevice(), server.url);
		assert.deepEqual([result, status], ['unreachable', undefined]);
	});

	it('runs at the real pace until it is stopped, also while it sleeps', async () => {
		const server = await serve();
		const stop = new AbortController();
		const device = makeDevice({ period: 5000 });
		const posted: Posted[] = [];
		let clock = 0;
		await runInRealTime(device, server.url, {
			signal: stop.signal,
			monotonic: () => clock,
			sleep: async (ms) => {
				clock += ms;
				if (device.asleep && clock > 60_000) {
					stop.abort();
				}
			},
			onPost: (one, n) => {
				posted.push(one);
				if (n === 3) {
					device.sleep();
				}
			},
		});
		assert.deepEqual(
			posted.map(({ post, result }) => [post.at - BOOT, post.full, result]),
			[
				[8000, true, 'ok'],
				[13_000, false, 'ok'],
				[18_000, false, 'ok'],
			],
		);
	});
});
