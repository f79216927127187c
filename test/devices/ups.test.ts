import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import {
	type ExchangeOptions,
	encodePost,
	exchange,
	type PostOverrides,
	type PostResult,
	postOnce,
	runInRealTime,
	UpsDevice,
	type UpsOptions,
} from './ups/index.js';
import { type RawAnswer, type RawRequest, type RawServer, startRawServer } from './ups/raw-server.js';
import { TEST_CERTIFICATE } from './ups/test-certificate.js';

const KEY = 'ABCDEFGHJKMNPQRS';
const BOOT = 1_795_200_769_000;
const BEEP = '{"commands":[{"id":"c-1","cmd":"ui.beep","args":{}}]}';

/** The random words of the first nonce, 2bee6844d6b90e94, again and again. */
function fixedRandom(): () => number {
	let n = 0;
	return () => [0x2bee6844, 0xd6b90e94][n++ % 2] ?? 0;
}

function makeDevice(options: Partial<UpsOptions> = {}): UpsDevice {
	return new UpsDevice({ deviceId: 'DEV1', key: KEY, startAt: BOOT, ...options });
}

function sign(nonce: string, body: string | Buffer, key = KEY): string {
	return createHmac('sha256', key).update(nonce).update(body).digest('hex');
}

/** A signed 200 with Content-Length. */
function signed(body: string): (request: RawRequest) => RawAnswer {
	return ({ nonce }) => ({
		bytes: `HTTP/1.1 200 OK\r\nX-W3PUPS-Sig: ${sign(nonce, body)}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
	});
}

describe('stand-in UPS on the wire', () => {
	const servers: RawServer[] = [];

	async function serve(...args: Parameters<typeof startRawServer>): Promise<RawServer> {
		const server = await startRawServer(...args);
		servers.push(server);
		return server;
	}

	afterEach(async () => {
		await Promise.all(servers.splice(0).map((server) => server.close()));
	});

	it('sends exactly the bytes of the firmware', async () => {
		const server = await serve(signed('{}'));
		const device = makeDevice({ random: fixedRandom() });
		const { result } = await postOnce(device, server.url);
		assert.equal(result, 'ok');
		assert.equal(
			server.requests[0]?.bytes.toString(),
			[
				'POST /api/v1/devices/DEV1/telemetry HTTP/1.1',
				'User-Agent: ESP32 HTTP Client/1.0',
				`Host: ${server.url.slice('http://'.length)}`,
				'Content-Type: application/json',
				'X-W3PUPS-Device: DEV1',
				'X-W3PUPS-Ts: 1795200781',
				'X-W3PUPS-Nonce: 2bee6844d6b90e94',
				// printf '%s' "17952007812bee6844d6b90e94$body" | openssl dgst -sha256 -hmac ABCDEFGHJKMNPQRS
				'X-W3PUPS-Sig: a63ab300fe7a730ba755e24a97ecdba3309ea103b92ddf3b6215f4b94ff7da1f',
				'Content-Length: 615',
				'',
				'{"ts":1795200781,"fw_ver":"esp32:0.8.17","uptime_s":12,' +
					'"power":{"version":2,"flags":31,"charge_state":3,"vbus_in_mv":19907,"pd_in_mv":20000,' +
					'"pd_in_ma":3000,"vbus_out_mv":5096,"vout_set_mv":5100,"vout_read_mv":5099,"iout_limit_ma":5000,' +
					'"pd_out_mv":5000,"pd_out_ma":5000,"vbat_mv":8160,"ibat_ma":0,"vsys_mv":8340,"iin_ma":408,' +
					'"temp_lm_dc":362,"temp_mp_dc":376,"temp_dc":376,"faults":0,"uptime_s":259203},' +
					'"host":{"eth_state":21,"cpu_temp_dc":551,"mem_pct":48,"disk_pct":61,"load_x100":134,' +
					'"uptime_s":172805},"net":{"state":3,"rssi_dbm":-72,"rsrp_dbm":-99,"rsrq_db":-11,"sinr_db":8,' +
					'"bytes_tx":0,"bytes_rx":0},"acks":[]}',
			].join('\r\n'),
		);
	});

	it('writes head and body apart', async () => {
		let headArrived: () => void = () => undefined;
		const head = new Promise<void>((resolve) => {
			headArrived = resolve;
		});
		const server = await serve(signed('{}'), { onSegment: () => headArrived() });
		const { post } = await postOnce(makeDevice(), server.url, { between: () => head });
		assert.deepEqual(server.requests[0]?.segments, [post.head, post.body]);
	});

	it('reads the clock twice, so body and header can be a second apart', () => {
		const device = makeDevice({ startAt: BOOT + 970 });
		device.advanceToPost();
		const post = device.buildPost('http://h');
		assert.equal(post.ts, '1795200782');
		assert.match(post.body.toString(), /^\{"ts":1795200781,/);
	});

	for (const [base, id, line, host] of [
		['http://h', 'D', '/api/v1/devices/D/telemetry', 'h'],
		['http://h:80', 'D', '/api/v1/devices/D/telemetry', 'h'],
		['http://h:443', 'D', '/api/v1/devices/D/telemetry', 'h'],
		['https://h', 'D', '/api/v1/devices/D/telemetry', 'h'],
		['https://h:8443', 'D', '/api/v1/devices/D/telemetry', 'h:8443'],
		['http://h:8080/', 'D', '//api/v1/devices/D/telemetry', 'h:8080'],
		['http://h/ups/in', 'D', '/ups/in/api/v1/devices/D/telemetry', 'h'],
		['http://h/in?a=1', 'D', '/in?a=1/api/v1/devices/D/telemetry', 'h'],
		['http://h', 'A%41', '/api/v1/devices/A%41/telemetry', 'h'],
		['http://h', 'a/b', '/api/v1/devices/a/b/telemetry', 'h'],
		['http://h', 'a?b', '/api/v1/devices/a?b/telemetry', 'h'],
		['http://h', 'a#b', '/api/v1/devices/a', 'h'],
	] as const) {
		it(`posts to ${line} for ${base} and ${id}`, () => {
			const post = encodePost({
				url: base,
				deviceId: id,
				key: KEY,
				ts: '1',
				nonce: '2',
				body: Buffer.alloc(0),
			});
			assert.ok(post.head.toString().startsWith(`POST ${line} HTTP/1.1\r\n`), post.head.toString());
			assert.ok(post.head.toString().includes(`\r\nHost: ${host}\r\n`), post.head.toString());
		});
	}

	for (const [base, id] of [
		['http://127.0.0.1:1', 'a b'],
		['http://127.0.0.1:1', 'a\n'],
		['ftp://127.0.0.1:1', 'D'],
		['http://127.0.0.1:65536', 'D'],
		[`http://127.0.0.1:1/${'x'.repeat(200)}`, 'D'],
	] as const) {
		it(`posts nothing to ${JSON.stringify(base.slice(0, 40))} for ${JSON.stringify(id)}`, async () => {
			const { result } = await postOnce(makeDevice({ deviceId: id }), base);
			assert.equal(result, 'bad-url');
		});
	}

	const MANGLED: [string, PostOverrides, RegExp][] = [
		['another key', { key: 'ZZZZZZZZZZZZZZZZ' }, /X-W3PUPS-Sig: (?!a63ab300)[0-9a-f]{64}\r\n/],
		['another time', { ts: '12' }, /X-W3PUPS-Ts: 12\r\nX-W3PUPS-Nonce: 2bee6844d6b90e94\r\n/],
		['another nonce', { nonce: 'XX' }, /X-W3PUPS-Nonce: XX\r\n/],
		['another signature', { signature: 'nope' }, /X-W3PUPS-Sig: nope\r\nContent-Length: 615\r\n/],
		['another body', { body: '[]' }, /Content-Length: 2\r\n\r\n\[\]$/],
		['a longer body', { body: (b) => Buffer.concat([b, b]) }, /Content-Length: 1230\r\n/],
		['another method and path', { method: 'PUT', path: '/x' }, /^PUT \/x HTTP\/1\.1\r\n/],
		['no device header', { headers: { 'X-W3PUPS-Device': null } }, /json\r\nX-W3PUPS-Ts: /],
		['a header twice', { headers: { 'X-W3PUPS-Ts': ['1', '2'] } }, /X-W3PUPS-Ts: 1\r\nX-W3PUPS-Ts: 2\r\n/],
		['a header more', { headers: { Expect: '100-continue' } }, /615\r\nExpect: 100-continue\r\n\r\n/],
		['another head', { head: Buffer.from('GET / HTTP/1.1\r\n\r\n') }, /^GET \/ HTTP\/1\.1\r\n\r\n\{"ts":/],
	];
	for (const [name, overrides, expected] of MANGLED) {
		it(`can send ${name}`, () => {
			const device = makeDevice({ random: fixedRandom() });
			device.advanceToPost();
			const { head, body } = device.buildPost('http://h', overrides);
			assert.match(Buffer.concat([head, body]).toString(), expected);
		});
	}

	const ok = (extra: string, body: string) =>
		`HTTP/1.1 200 OK\r\n${extra}Content-Length: ${body.length}\r\n\r\n${body}`;
	const sig = (nonce: string) => `X-W3PUPS-Sig: ${sign(nonce, BEEP)}\r\n`;
	const wrong = `X-W3PUPS-Sig: ${'0'.repeat(64)}\r\n`;
	/** Name, what the server sends, what the device makes of it, whether it beeped, and whether a cut-off connection is part of it. */
	const ANSWERS: [string, (nonce: string) => string, PostResult, boolean, boolean?][] = [
		['a signed command', (n) => ok(sig(n), BEEP), 'ok', true],
		['201', (n) => ok(sig(n), BEEP).replace('200 OK', '201 Created'), 'ok', true],
		['no reason phrase', (n) => ok(sig(n), BEEP).replace('200 OK', '200'), 'ok', true],
		[
			'another case',
			(n) => ok(sig(n).toUpperCase().replace('X-W3PUPS-SIG', 'x-W3pups-sIG'), BEEP),
			'ok',
			true,
		],
		['a longer signature', (n) => ok(sig(n).replace('\r\n', 'ffff\r\n'), BEEP), 'ok', true],
		['the right signature last', (n) => ok(wrong + sig(n), BEEP), 'ok', true],
		['the wrong signature last', (n) => ok(sig(n) + wrong, BEEP), 'ignored', false],
		['a wrong signature', () => ok(wrong, BEEP), 'ignored', false],
		['no signature', () => ok('', BEEP), 'ignored', false],
		['a signature of another POST', () => ok(sig('0000000000000000'), BEEP), 'ignored', false],
		['no commands, unsigned', () => ok('', '{"commands":[]}'), 'ok', false],
		['commands that are no array', () => ok('', '{"commands":{"id":"c-1"}}'), 'ok', false],
		['plain text', () => ok('', 'OK'), 'ok', false],
		['an empty body', () => ok('', ''), 'ok', false],
		['204', () => 'HTTP/1.1 204 No Content\r\n\r\n', 'ok', false],
		[
			'bytes after the JSON',
			(n) => ok(`X-W3PUPS-Sig: ${sign(n, `${BEEP} }x`)}\r\n`, `${BEEP} }x`),
			'ok',
			true,
		],
		[
			'chunks',
			(n) =>
				`HTTP/1.1 200 OK\r\n${sig(n)}Transfer-Encoding: chunked\r\n\r\n` +
				`1;x=y\r\n{\r\n${(BEEP.length - 1).toString(16)}\r\n${BEEP.slice(1)}\r\n0\r\n\r\n`,
			'ok',
			true,
		],
		[
			'chunks without an end',
			(n) => `HTTP/1.1 200 OK\r\n${sig(n)}Transfer-Encoding: chunked\r\n\r\n35\r\n${BEEP}\r\n`,
			'incomplete',
			false,
			true,
		],
		[
			'the end of the connection as the end',
			(n) => `HTTP/1.1 200 OK\r\n${sig(n)}\r\n${BEEP}`,
			'incomplete',
			false,
			true,
		],
		[
			'a body cut short',
			(n) => `HTTP/1.1 200 OK\r\n${sig(n)}Content-Length: 99\r\n\r\n${BEEP}`,
			'incomplete',
			false,
			true,
		],
		['103 first', (n) => `HTTP/1.1 103 Early Hints\r\n\r\n${ok(sig(n), BEEP)}`, 'status', false],
		['100 first', (n) => `HTTP/1.1 100 Continue\r\n\r\n${ok(sig(n), BEEP)}`, 'status', false],
		['302', () => 'HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n', 'status', false],
		['400', () => 'HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}', 'status', false],
		[
			'401 without waiting for its body',
			() => 'HTTP/1.1 401 X\r\nContent-Length: 9\r\n\r\n',
			'unauthorized',
			false,
		],
		['503', (n) => ok(sig(n), BEEP).replace('200 OK', '503 No'), 'status', false],
		['something else than HTTP', () => 'SSH-2.0-x\r\n\r\n', 'malformed', false],
		['half a head', () => 'HTTP/1.1 200 OK\r\nContent-', 'closed', false, true],
		['no word', () => '', 'closed', false, true],
	];
	for (const [name, bytes, expected, beeps, close = false] of ANSWERS) {
		it(`answered with ${name}: ${expected}${beeps ? ', and it beeps' : ''}`, async () => {
			const server = await serve(({ nonce }) => ({ bytes: bytes(nonce), close }));
			const device = makeDevice();
			const { result } = await postOnce(device, server.url);
			assert.equal(result, expected);
			assert.equal(device.panel.beeps.length, beeps ? 1 : 0);
			assert.equal(server.requests.length, 1);
		});
	}

	it('drops a body of 2048 bytes and says so once; 2047 are read', async () => {
		const long = BEEP.padEnd(2048);
		const server = await serve((request, n) => signed(n === 1 ? long : long.slice(0, 2047))(request));
		const device = makeDevice();
		assert.equal((await postOnce(device, server.url)).result, 'dropped');
		assert.deepEqual(device.executed, []);
		const second = await postOnce(device, server.url);
		assert.ok(second.post.body.toString().endsWith(',"acks":[],"resp_dropped":{"bytes":2048,"max":2047}}'));
		assert.equal(device.dispatches('c-1'), 1);
		const third = await postOnce(device, server.url);
		assert.ok(third.post.body.toString().endsWith(',"acks":["c-1"]}'));
	});

	const TROUBLE: [string, ExchangeOptions, PostResult][] = [
		['loses the answer', { answer: 'lose' }, 'lost'],
		['cuts the answer', { answer: 'cut' }, 'incomplete'],
	];
	for (const [name, options, expected] of TROUBLE) {
		it(`${name} on demand: delivered, nothing obeyed, acks kept`, async () => {
			const server = await serve((request, n) => signed(BEEP.replace('c-1', `c-${n}`))(request));
			const device = makeDevice();
			await postOnce(device, server.url);
			const spoilt = await postOnce(device, server.url, options);
			assert.equal(spoilt.result, expected);
			assert.deepEqual(spoilt.post.feedback.acks, ['c-1']);
			assert.equal(device.dispatches('c-2'), 0);
			const next = await postOnce(device, server.url);
			assert.deepEqual(next.post.feedback.acks, ['c-1']);
			assert.equal(device.dispatches('c-3'), 1);
			assert.equal(server.requests.length, 3);
		});
	}

	it('sends a byte at a time on demand', async () => {
		const server = await serve(signed(BEEP));
		const sizes: number[] = [];
		const between = async (sent: number) => {
			sizes.push(sent);
		};
		const { result, post } = await postOnce(makeDevice(), server.url, { chunkBytes: 1, between });
		assert.equal(result, 'ok');
		assert.equal(sizes.length, post.head.length + post.body.length - 1);
		assert.deepEqual(server.requests[0]?.bytes, Buffer.concat([post.head, post.body]));
	});

	it('leaves without an answer on demand', async () => {
		const server = await serve(() => null);
		assert.equal((await postOnce(makeDevice(), server.url, { answer: 'abandon' })).result, 'abandoned');
	});

	it('gives up when the server says nothing', async () => {
		const server = await serve(() => null);
		assert.equal((await postOnce(makeDevice(), server.url, { timeoutMs: 50 })).result, 'timeout');
	});

	it('tells a port at which nobody listens', async () => {
		const server = await startRawServer(() => null);
		await server.close();
		const { result, outcome } = await postOnce(makeDevice(), server.url);
		assert.equal(result, 'unreachable');
		assert.equal((outcome.cause as NodeJS.ErrnoException).code, 'ECONNREFUSED');
	});

	it('replays the same bytes, and posts several times at once', async () => {
		const server = await serve(signed('{}'));
		const device = makeDevice();
		device.advanceToPost();
		const first = device.buildPost(server.url);
		const second = device.buildPost(server.url);
		const outcomes = await Promise.all([first, first, second].map((post) => exchange(post)));
		assert.deepEqual(
			outcomes.map(({ answer }) => answer?.status),
			[200, 200, 200],
		);
		const seen = server.requests.map(({ nonce }) => nonce).toSorted();
		assert.deepEqual(seen, [first.nonce, first.nonce, second.nonce].toSorted());
	});

	it('reads the body of a 401 for a test that asks for it', async () => {
		const server = await serve(() => ({ bytes: 'HTTP/1.1 401 X\r\nContent-Length: 2\r\n\r\n{}' }));
		const { outcome } = await postOnce(makeDevice(), server.url, { readUnauthorized: true });
		assert.equal(outcome.answer?.body.toString(), '{}');
	});

	it('checks the certificate of an https server', async () => {
		const server = await serve(signed('{}'), { tls: TEST_CERTIFICATE });
		assert.equal((await postOnce(makeDevice(), server.url)).result, 'unreachable');
		assert.equal((await postOnce(makeDevice(), server.url, { tls: { insecure: true } })).result, 'ok');
		const tls = { ca: TEST_CERTIFICATE.cert };
		assert.equal((await postOnce(makeDevice(), server.url, { tls })).result, 'ok');
	});

	it('shows a client certificate where the server wants one', async () => {
		const { cert, key } = TEST_CERTIFICATE;
		const mutual = { ...TEST_CERTIFICATE, ca: cert, requestCert: true, rejectUnauthorized: true };
		const server = await serve(signed('{}'), { tls: mutual });
		assert.equal((await postOnce(makeDevice(), server.url, { tls: { ca: cert } })).result, 'closed');
		assert.equal((await postOnce(makeDevice(), server.url, { tls: { ca: cert, cert, key } })).result, 'ok');
	});

	it('tells a certificate that cannot be read', async () => {
		const tls = { cert: 'x', key: 'y' };
		const { outcome } = await postOnce(makeDevice(), 'https://127.0.0.1:1', { tls });
		assert.equal(outcome.error, 'unreachable');
		assert.ok(outcome.cause);
	});

	it('keeps its pace by a clock that is passed in', async () => {
		const server = await serve(signed('{}'));
		let passed = 0;
		const naps: number[] = [];
		const posts: number[] = [];
		const device = makeDevice();
		await runInRealTime(device, server.url, {
			count: 2,
			monotonic: () => passed,
			sleep: async (ms) => {
				naps.push(ms);
				passed += ms;
			},
			onPost: ({ post }) => posts.push(Number(post.ts)),
		});
		assert.deepEqual(posts, [1_795_200_781, 1_795_200_811]);
		assert.equal(passed, 42_000);
		assert.equal(Math.max(...naps), 1000);
	});

	it('stops in the middle of an exchange', async () => {
		const stop = new AbortController();
		const server = await serve(() => {
			stop.abort();
			return null;
		});
		const results: PostResult[] = [];
		const device = makeDevice({ firstPostAfter: 0 });
		const onPost = ({ result }: { result: PostResult }) => results.push(result);
		await runInRealTime(device, server.url, { signal: stop.signal, onPost });
		assert.deepEqual(results, ['abandoned']);
	});
});
