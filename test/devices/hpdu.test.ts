import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { FAULTS, HpduServer, type HpduServerOptions } from './hpdu/index.js';
import { RawConnection } from './hpdu/test-client.js';

const FIXTURES = join(__dirname, '../../../test/fixtures/tls');

/** The PDU of the document's example: at this second, user 7 of name foo and password bar has this token. */
const EXAMPLE: HpduServerOptions = {
	time: 'simulated',
	startAt: 1_795_200_769_000,
	uptime: 0x1bd5b7dd,
	users: [{ role: 'super', uid: 7, name: 'foo', password: 'bar' }],
	name: 'SP_Rack_5',
};
const TOKEN = 'hPDU-auth-v1 deadbeef5d1fa4d6';

const COMMON = [
	'Host: 192.168.9.137',
	'Connection: keep-alive',
	'Accept-Encoding: gzip, deflate',
	'Accept: */*',
].join('\r\n');

function get(path: string): string {
	return `GET ${path} HTTP/1.1\r\n${COMMON}\r\nAuthorization: ${TOKEN}\r\n\r\n`;
}

function post(path: string, body: string, token = `\r\nAuthorization: ${TOKEN}`): string {
	return [
		`POST ${path} HTTP/1.1\r\n${COMMON}\r\nContent-type: application/x-www-form-urlencoded${token}`,
		`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
	].join('\r\n');
}

function answered(status: string, body: string, type = 'application/x-www-form-urlencoded'): string {
	const chunk = body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`;
	return [
		`HTTP/1.1 ${status}`,
		`Content-Type: ${type}`,
		'Transfer-Encoding: chunked',
		'Connection: keep-alive',
		'',
		`${chunk}0\r\n\r\n`,
	].join('\r\n');
}

describe('stand-in hPDU on the wire', () => {
	const servers: HpduServer[] = [];
	const connections: RawConnection[] = [];
	let server: HpduServer;
	let connection: RawConnection;

	async function start(options: HpduServerOptions = {}): Promise<HpduServer> {
		const started = await HpduServer.start({ ...EXAMPLE, ...options });
		servers.push(started);
		return started;
	}

	function open(to = server): RawConnection {
		const opened = new RawConnection(to);
		connections.push(opened);
		return opened;
	}

	async function ask(text: string): Promise<string> {
		return (await connection.ask(text)).text;
	}

	beforeEach(async () => {
		server = await start();
		connection = open();
	});

	afterEach(async () => {
		for (const one of connections.splice(0)) one.close();
		await Promise.all(servers.splice(0).map((one) => one.close()));
	});

	describe('the examples of the document, chapter 4.3', () => {
		it('POST /userid, without a token', async () => {
			const answer = await ask(post('/userid', 'user=foo', ''));
			assert.equal(answer, answered('200 OK', 'userid=7&time=466991069'));
			assert.equal(
				await ask(post('/userid', 'user=viewer', '')),
				answered('200 OK', 'userid=4&time=466991069'),
			);
			assert.equal(
				await ask(post('/userid', 'user=nobody', '')),
				answered('200 OK', 'userid=7&time=466991069'),
			);
		});

		it('GET /readable and /writable', async () => {
			const readable = await ask(get('/readable'));
			assert.match(readable, /\r\nidspdm=true&idfwvs=true&/);
			assert.doesNotMatch(readable, /rsboot|uspaswd/);
			const writable = await ask(get('/writable'));
			assert.match(writable, /&rsboot=true&rsalrt=true&rspval=true&stdvnm=true&/);
			assert.doesNotMatch(writable, /swocst|imcrac/);
		});

		it('GET /register/ssstat', async () => {
			assert.equal(await ask(get('/register/ssstat')), answered('200 OK', 'ssstat=0'));
		});

		it('POST /register/stdvnm', async () => {
			const answer = await ask(post('/register/stdvnm', 'stdvnm=SP_Rack_6'));
			assert.equal(answer, answered('200 OK', 'stdvnm=SP_Rack_6'));
			assert.equal(await ask(get('/register/stdvnm')), answered('200 OK', 'stdvnm=SP_Rack_6'));
		});

		it('GET /group/identification', async () => {
			assert.equal(
				await ask(get('/group/identification')),
				answered(
					'200 OK',
					'idspdm=250&idfwvs=251&idonbr=SO2024-1187&idpart=hPDU-27M-3P32&idsnbr=SB2400042534&idchip_1=42534' +
						'&idchip_2=6129&idchip_3=0&idaddr=1&idfwbd=251-20240611&idmaca=20%3A0a%3A0d%3Aa6%3A26%3Af1&idspdt=2',
				),
			);
		});

		it('POST /save/ipapi', async () => {
			assert.equal(
				await ask(post('/save/ipapi', 'iaenab=1&iarc4k=foobarfizzzbuzzz')),
				answered('200 OK', 'iaenab=1&iarc4k=foobarfizzzbuzzz&result=OK'),
			);
		});

		it('GET and POST /ui/status, POST /ui/buttonpress', async () => {
			const on = (page: number) => answered('200 OK', `curr_page=${page}&num_pages=11&backlight_state=on`);
			assert.equal(await ask(get('/ui/status')), on(1));
			assert.equal(await ask(post('/ui/status', 'curr_page=3')), on(3));
			assert.equal(await ask(post('/ui/buttonpress', 'button_1=1')), on(2));
		});

		it('GET /ui/framebuffer', async () => {
			const answer = await ask(get('/ui/framebuffer'));
			const [head, rest = ''] = answer.split('\r\n\r\n400\r\n');
			assert.match(head ?? '', /Content-Type: application\/octet-stream\r\n/);
			assert.equal(rest.length, 1024 + '\r\n0\r\n\r\n'.length);
		});

		it('POST /scan and /address', async () => {
			assert.equal(
				await ask(post('/scan', '')),
				answered('200 OK', 'scan_addr_1=1&scan_hwid_1=42534-6129-0&scan_total=1'),
			);
			const address = post('/address/42534-6129-0', 'idaddr=123');
			assert.equal(await ask(address), answered('422 Unprocessable Entity', ''));
			assert.equal(
				await ask(post('/scan', '')),
				answered('200 OK', 'scan_addr_1=123&scan_hwid_1=42534-6129-0&scan_total=1'),
			);
		});

		it('the databus prefix, chapter 4.1', async () => {
			const bus = await start({ address: 1, units: [{ address: 27, name: 'Behind' }] });
			connection = open(bus);
			assert.equal(await ask(get('/databus/27/register/stdvnm')), answered('200 OK', 'stdvnm=Behind'));
			assert.equal(await ask(get('/databus/0/register/stdvnm')), answered('200 OK', 'stdvnm=SP_Rack_5'));
			assert.equal(await ask(get('/databus/28/register/stdvnm')), answered('404 Not Found', ''));
		});

		it('one channel of several, chapter 4.2', async () => {
			connection = open(await start({ outlets: 54 }));
			assert.equal(await ask(get('/register/stolnm_30')), answered('200 OK', 'stolnm_30=Outlet30'));
		});
	});

	it('takes a token for ten seconds before and after, and no longer', async () => {
		const status = async () => (await ask(get('/register/ssstat'))).split(' ')[1];
		server.advance(10_999);
		assert.equal(await status(), '200');
		server.advance(1);
		assert.equal(await status(), '401');
		server.device.clock.step(-21);
		assert.equal(await status(), '200');
		server.device.clock.step(-1);
		assert.equal(await status(), '401');
	});

	it('sends a long answer in several chunks', async () => {
		const answer = await ask(get('/group/output_measures'));
		assert.match(answer, /\r\n\r\n400\r\nomkwht_1=\d+&/);
		assert.match(answer, /\r\n400\r\n[^\r]{1024}\r\n[0-9a-f]{1,3}\r\n[^\r]+\r\n0\r\n\r\n$/);
	});

	it('keeps a connection, and records what comes over it', async () => {
		await ask(get('/register/ssstat'));
		await ask(post('/register/stdvnm', 'stdvnm=a+b'));
		const other = open();
		await other.ask(get('/readable'));
		assert.deepEqual(
			server.requests.map(({ method, path, connection, reused, open, inFlight, status }) => [
				`${method} ${path}`,
				{ connection, reused, open, inFlight, status },
			]),
			[
				['GET /register/ssstat', { connection: 1, reused: false, open: 1, inFlight: 1, status: 200 }],
				['POST /register/stdvnm', { connection: 1, reused: true, open: 1, inFlight: 1, status: 200 }],
				['GET /readable', { connection: 2, reused: false, open: 2, inFlight: 1, status: 200 }],
			],
		);
		assert.equal(server.requests[1]?.body.toString(), 'stdvnm=a+b');
		assert.equal(server.requests[1]?.headers['accept-encoding'], 'gzip, deflate');
		assert.deepEqual([server.connections, server.open, server.maxInFlight], [2, 2, 1]);
	});

	it('answers the requests of one connection one after the other, and notices those that did not wait', async () => {
		const slow = await start({ scanTime: 4000 });
		connection = open(slow);
		slow.faults.next(FAULTS.slow(1000));
		let order = '';
		const both = connection.ask(post('/register/stdvnm', 'stdvnm=x') + get('/register/stdvnm'));
		await slow.arrived(2);
		order += slow.requests.map(({ status }) => status ?? '-').join('');
		slow.advance(1000);
		assert.match((await both).text, /stdvnm=x/);
		assert.deepEqual([order, slow.maxInFlight], ['--', 2]);
	});

	it('takes its time for a scan and for a unit that is not there', async () => {
		const bus = await start({ scanTime: 4000, absentTime: 900 });
		const ended: string[] = [];
		const asked = [post('/scan', ''), get('/databus/9/register/ssstat')].map(async (text, n) => {
			const { text: answer } = await open(bus).ask(text);
			ended.push(`${n}: ${answer.split(' ')[1]}`);
		});
		await bus.arrived(2);
		bus.advance(900);
		await asked[1];
		assert.deepEqual(ended, ['1: 404']);
		bus.advance(3100);
		await asked[0];
		assert.deepEqual(ended, ['1: 404', '0: 200']);
	});

	it('reboots when it is told to: answers, goes away, and knows no token that was good before', async () => {
		const away = await start({ rebootTime: 20_000 });
		connection = open(away);
		assert.equal(await ask(post('/register/rsboot', 'rsboot=1')), answered('200 OK', 'rsboot=1'));
		assert.deepEqual(await connection.ask(get('/register/ssstat')), { text: '', end: 'closed' });
		assert.deepEqual((await open(away).ask(get('/register/ssstat'))).text, '');
		away.advance(20_000);
		connection = open(away);
		assert.equal((await ask(get('/register/ssstat'))).split(' ')[1], '401');
		assert.equal(await ask(post('/userid', 'user=foo', '')), answered('200 OK', 'userid=7&time=20'));
		assert.equal(away.device.boots, 2);
	});

	it('lives by the wall clock if it is not told otherwise', async () => {
		const live = await HpduServer.start({ uptime: 5 });
		servers.push(live);
		live.device.clock.rate = 1e6;
		await open(live).ask(post('/userid', 'user=super', ''));
		assert.ok(live.device.clock.seconds > 5);
	});

	it('speaks HTTPS', async () => {
		const pem = (name: string) => readFileSync(join(FIXTURES, name));
		const secure = await start({ tls: { cert: pem('server.pem'), key: pem('server.key') } });
		assert.match(secure.url, /^https:/);
		const agent = new Agent({ ca: pem('ca.pem'), keepAlive: true });
		const status = await new Promise((resolve, reject) => {
			const asked = request(
				`${secure.url}/register/ssstat`,
				{ agent, headers: { Authorization: TOKEN } },
				(answer) => {
					answer.resume().on('end', () => resolve(answer.statusCode));
				},
			);
			asked.on('error', reject).end();
		});
		agent.destroy();
		assert.equal(status, 200);
	});

	it('listens on IPv6 too', async () => {
		const six = new HpduServer(EXAMPLE);
		servers.push(six);
		await six.listen(0, '::1');
		assert.equal(six.url, `http://[::1]:${six.port}`);
		assert.match((await open(six).ask(get('/register/ssstat'))).text, /ssstat=0/);
	});

	it('has room for so many connections', async () => {
		const small = await start({ maxConnections: 1 });
		const first = open(small);
		assert.match((await first.ask(get('/register/ssstat'))).text, /ssstat=0/);
		assert.equal((await open(small).ask(get('/register/ssstat'))).text, '');
		assert.deepEqual([small.connections, small.open], [2, 1]);
	});

	it('closes the connection of a body that it has no room for', async () => {
		assert.equal(await ask(post('/register/stdvnm', 'x'.repeat(70_000))), '');
		assert.equal(server.requests.length, 0);
	});
});
