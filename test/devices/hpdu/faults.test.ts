import assert from 'node:assert/strict';
import { FAULTS, HpduServer, type HpduServerOptions } from './index.js';
import { authorizationOf, RawConnection } from './test-client.js';

const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const KEEP = 'Connection: keep-alive\r\n';
const BODY = 'stinnm_1=L1&stinnm_2=L2&stinnm_3=L3';

describe('faults of the stand-in hPDU', () => {
	const servers: HpduServer[] = [];
	const connections: RawConnection[] = [];
	let server: HpduServer;

	async function start(options: HpduServerOptions = {}): Promise<HpduServer> {
		const started = await HpduServer.start({ time: 'simulated', ...options });
		servers.push(started);
		return started;
	}

	function open(): RawConnection {
		const opened = new RawConnection(server);
		connections.push(opened);
		return opened;
	}

	function get(path = '/register/stinnm'): string {
		return `GET ${path} HTTP/1.1\r\nHost: x\r\n${KEEP}Authorization: ${authorizationOf(server.device, 'super')}\r\n\r\n`;
	}

	function write(body: string): string {
		const [mnemonic = ''] = body.split('=');
		return get(`/register/${mnemonic}`)
			.replace('GET', 'POST')
			.replace('\r\n\r\n', `\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
	}

	/** The body of an answer in one chunk. */
	function bodyOf(text: string): string {
		const [, size = '', body = ''] = /\r\n\r\n([0-9a-f]+)\r\n(.*)\r\n0\r\n\r\n$/s.exec(text) ?? [];
		assert.equal(body.length, Number.parseInt(size || '0', 16));
		return body;
	}

	beforeEach(async () => {
		server = await start();
	});

	afterEach(async () => {
		for (const one of connections.splice(0)) one.close();
		await Promise.all(servers.splice(0).map((one) => one.close()));
	});

	for (const [name, fault, expected] of [
		['duplicateKeys', FAULTS.duplicateKeys(), `stinnm_1=0&${BODY}`],
		['extraKeys', FAULTS.extraKeys(), `${BODY}&curr_page=3&_=&foo_bar=baz&zzunkn=1`],
		['extraKeys of a choice', FAULTS.extraKeys('result=ERR_X'), `${BODY}&result=ERR_X`],
		['gaps', FAULTS.gaps(), 'stinnm_1=L1&stinnm_3=L3'],
		['latin1', FAULTS.latin1(), BODY.replace('L1', 'Caf\xe9')],
		['latin1Escaped', FAULTS.latin1Escaped(), BODY.replace('L1', 'Caf%E9')],
		['controls', FAULTS.controls(), BODY.replace('L1', 'a%01b%7Fc%C2%85d%00zz')],
		['firstValue', FAULTS.firstValue('0x10'), BODY.replace('L1', '0x10')],
		['partial', FAULTS.partial(), 'stinnm_1=L1&stinnm_2=L2&result=ERR_PARTIAL'],
		['body', FAULTS.body('\0\xff'), '\0\xc3\xbf'],
		['empty', FAULTS.empty(), ''],
		['length', FAULTS.length(5), 'stinn'],
		['length beyond', FAULTS.length(38), `${BODY}\0\0\0`],
	] as const) {
		it(`${name} gives ${JSON.stringify(expected)}`, async () => {
			server.faults.next(fault);
			const { text, end } = await open().ask(get());
			assert.equal(bodyOf(text), expected);
			assert.equal(end, 'open');
		});
	}

	for (const [name, fault, expected] of [
		['mediaType', FAULTS.mediaType(), 'Application/X-WWW-Form-Urlencoded; charset=utf-8'],
		['another mediaType', FAULTS.mediaType('application/json'), 'application/json'],
		['noMediaType', FAULTS.noMediaType(), undefined],
	] as const) {
		it(`${name} gives ${expected}`, async () => {
			server.faults.next(fault);
			const { text } = await open().ask(get());
			assert.equal(/^content-type: (.*?)\r$/im.exec(text)?.[1], expected);
			assert.equal(bodyOf(text), BODY);
		});
	}

	it('status, html and htmlAsForm', async () => {
		const connection = open();
		server.faults.next(FAULTS.status());
		assert.match((await connection.ask(get())).text, /^HTTP\/1\.1 418 .*stinnm_1/s);
		server.faults.next(FAULTS.html());
		assert.match((await connection.ask(get())).text, /^HTTP\/1\.1 502 .*text\/html.*<html>/s);
		server.faults.next(FAULTS.htmlAsForm());
		assert.match((await connection.ask(get())).text, /^HTTP\/1\.1 200 .*form-urlencoded.*<html>/s);
	});

	it('huge', async () => {
		server.faults.next(FAULTS.huge(3_000_000));
		const { text } = await open().ask(get());
		assert.ok(text.length > 3_000_000 && text.endsWith('\r\n0\r\n\r\n'));
	});

	it('counted', async () => {
		server.faults.next(FAULTS.counted());
		assert.equal(
			(await open().ask(get())).text,
			`HTTP/1.1 200 OK\r\n${FORM}Content-Length: 35\r\n${KEEP}\r\n${BODY}`,
		);
	});

	const head = `HTTP/1.1 200 OK\r\n${FORM}${CHUNKED}\r\n`;
	const half = BODY.slice(0, 17);
	for (const [name, fault, expected, end] of [
		['closeInstead', FAULTS.closeInstead(), '', 'closed'],
		['resetInstead', FAULTS.resetInstead(), '', 'reset'],
		['closeUnheard', FAULTS.closeUnheard(), '', 'closed'],
		['resetUnheard', FAULTS.resetUnheard(), '', 'reset'],
		['closeHalfway', FAULTS.closeHalfway(), `${head}11\r\n${half}\r\n`, 'closed'],
		['cutInChunk', FAULTS.cutInChunk(), `${head}24\r\n${half}`, 'closed'],
		['badChunk', FAULTS.badChunk(), `${head}xyz\r\n${BODY}`, 'closed'],
	] as const) {
		it(`${name}: ${end} after ${expected.length} bytes`, async () => {
			server.faults.next(fault);
			assert.deepEqual(await open().ask(get()), { text: expected, end });
			assert.equal(server.requests[0]?.status, undefined);
			assert.equal(bodyOf((await open().ask(get())).text), BODY);
		});
	}

	it('resetHalfway', async () => {
		server.faults.next(FAULTS.resetHalfway());
		assert.equal((await open().ask(get())).end, 'reset');
	});

	it('does what it was told before an answer is lost, and nothing when it has not heard', async () => {
		server.faults.next(FAULTS.closeUnheard());
		await open().ask(write('stdvnm=unheard'));
		assert.equal(server.device.self.text('stdvnm'), 'SP_Rack_1');
		server.faults.next(FAULTS.closeInstead());
		await open().ask(write('stdvnm=heard'));
		assert.equal(server.device.self.text('stdvnm'), 'heard');
	});

	for (const [name, fault, end] of [
		['closeIdle', FAULTS.closeIdle(), 'closed'],
		['resetIdle', FAULTS.resetIdle(), 'reset'],
	] as const) {
		it(`${name}: the next request of a connection that was idle`, async () => {
			server.faults.next(fault);
			const connection = open();
			assert.equal(bodyOf((await connection.ask(get())).text), BODY);
			assert.deepEqual(await connection.ask(get()), { text: '', end });
			assert.equal(bodyOf((await open().ask(get())).text), BODY);
			assert.deepEqual(
				server.requests.map(({ reused, status }) => [reused, status]),
				[
					[false, 200],
					[true, undefined],
					[false, 200],
				],
			);
		});
	}

	it('slow: the answer comes later', async () => {
		server.faults.add(FAULTS.slow(3000));
		const asked = open().ask(get());
		await server.arrived(1);
		server.advance(2999);
		assert.equal(server.requests[0]?.status, undefined);
		server.advance(1);
		assert.equal(bodyOf((await asked).text), BODY);
	});

	it('slow by the wall clock too', async () => {
		server = await start({ time: 'wall' });
		server.faults.next(FAULTS.slow(1));
		assert.equal(bodyOf((await open().ask(get())).text), BODY);
	});

	it('silent: no answer, until the server is closed', async () => {
		server.faults.add(FAULTS.silent());
		const asked = open().ask(get());
		await server.arrived(1);
		await server.close();
		assert.deepEqual(await asked, { text: '', end: 'closed' });
	});

	it('comes together with others, at some requests, so many times, until it is taken back', async () => {
		const connection = open();
		const ask = async (path?: string) => bodyOf((await connection.ask(get(path))).text);
		const takeBack = server.faults.add(FAULTS.gaps());
		server.faults.add(FAULTS.firstValue('x'), { times: 2, when: ({ path }) => path === '/register/stinnm' });
		assert.equal(await ask(), 'stinnm_1=x&stinnm_3=L3');
		assert.equal(await ask('/register/stdvlc'), 'stdvlc=Row+4');
		assert.equal(await ask(), 'stinnm_1=x&stinnm_3=L3');
		assert.equal(await ask(), 'stinnm_1=L1&stinnm_3=L3');
		takeBack();
		assert.equal(await ask(), BODY);
		server.faults.add(FAULTS.empty());
		server.faults.clear();
		assert.equal(await ask(), BODY);
	});

	it('a framebuffer of 1023 and of 1025 bytes', async () => {
		for (const bytes of [1023, 1025]) {
			server.faults.next(FAULTS.length(bytes));
			const { text } = await open().ask(get('/ui/framebuffer'));
			const sizes = [...text.matchAll(/\r\n([0-9a-f]+)\r\n/g)].map(([, size]) => size);
			assert.deepEqual(sizes.slice(0, bytes > 1024 ? 2 : 1), bytes > 1024 ? ['400', '1'] : ['3ff']);
		}
	});
});
