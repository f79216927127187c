import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { ErrorCode } from '../../../nodes/protocol/common/errors.js';
import type { Order, PduClient } from '../../../nodes/protocol/hpdu/client.js';
import { TransportError, type TransportFailure } from '../../../nodes/protocol/hpdu/transport.js';
import { coded } from '../errors.js';
import { settled } from '../manual-time.js';
import { form, type Says, ScriptedPdu, silence, status } from './scripted-pdu.js';

const READABLE: Order = { method: 'GET', path: '/readable' };
const WRITE: Order = { method: 'POST', path: '/register/stdvnm', form: [['stdvnm', 'Rack é+5']] };
const HOUR = 3_600_000;

describe('hpdu client', () => {
	let pdu: ScriptedPdu;
	let client: PduClient;

	beforeEach(() => {
		pdu = new ScriptedPdu({ 'GET /readable': 'stdvnm=true', 'POST /register/stdvnm': 'stdvnm=Rack' });
		client = pdu.client();
	});

	afterEach(() => assert.equal(pdu.time.nextTimer, Number.POSITIVE_INFINITY, 'a timer is left'));

	describe('requests', () => {
		it('learns number and time, and signs with them', async () => {
			assert.deepEqual(await client.ask(READABLE), form('stdvnm=true'));
			assert.deepEqual(
				pdu.requests.map(({ method, path, headers, body }) => ({ method, path, headers, body })),
				[
					{
						method: 'POST',
						path: '/userid',
						headers: { 'Content-type': 'application/x-www-form-urlencoded' },
						body: 'user=foo',
					},
					{
						method: 'GET',
						path: '/readable',
						headers: { Authorization: 'hPDU-auth-v1 deadbeef5d1fa4d6' },
						body: undefined,
					},
				],
			);
		});

		it('sends a form in percent escapes, and may never repeat it', async () => {
			await client.ask(WRITE);
			const { body, headers, isRepeatable } = pdu.requests[1] ?? {};
			assert.equal(body, 'stdvnm=Rack+%C3%A9%2B5');
			assert.equal(headers?.['Content-type'], 'application/x-www-form-urlencoded');
			assert.equal(isRepeatable, false);
		});

		it('sends a POST without a form empty', async () => {
			pdu.script = { 'POST /scan': 'scan_total=0' };
			await client.ask({ method: 'POST', path: '/scan' });
			assert.equal(pdu.requests[1]?.body, '');
		});

		it('lets readings be repeated, and the question for the time', async () => {
			await client.ask(READABLE);
			assert.deepEqual(
				pdu.requests.map(({ isRepeatable }) => isRepeatable),
				[true, true],
			);
		});

		it('has patience with what is slow by nature, and as much as it is told to have', async () => {
			const slow = { ...READABLE, patience: 15_000 };
			await client.ask(slow);
			await pdu.client({ timeout: 20_000 }).ask(slow);
			assert.deepEqual(
				pdu.requests.map(({ timeout }) => timeout),
				[5000, 15_000, 20_000, 20_000],
			);
		});

		it('gives every other status as an answer', async () => {
			pdu.script = { 'GET /readable': status(418) };
			assert.deepEqual(await client.ask(READABLE), status(418));
		});
	});

	describe('time', () => {
		beforeEach(() => {
			pdu.tolerance = 1;
		});

		it('is learned once, and then counted on', async () => {
			for (let minutes = 0; minutes < 30; minutes++) {
				await client.ask(READABLE);
				await pdu.time.advance(59_900);
			}
			assert.equal(pdu.refusals, 0);
			assert.equal(pdu.lines.length, 31);
		});

		it('is learned again before it could be wrong', async () => {
			await client.ask(READABLE);
			await pdu.time.advance(HOUR);
			await client.ask(READABLE);
			assert.deepEqual(pdu.lines.slice(2), ['POST /userid user=foo', 'GET /readable']);
			assert.equal(pdu.refusals, 0);
		});

		it('is right though question and answer took four seconds each', async () => {
			pdu.latency = 4000;
			pdu.tolerance = 5;
			await client.ask(READABLE);
			assert.equal(pdu.refusals, 0);
		});

		for (const [name, step] of [
			['an hour forth', HOUR],
			['an hour back', -HOUR],
			['a day forth', 24 * HOUR],
		] as const) {
			it(`is right after the clock of this machine was set ${name}`, async () => {
				await client.ask(READABLE);
				pdu.time.setClock(pdu.time.now() + step);
				await client.ask(READABLE);
				await client.ask(WRITE);
				assert.equal(pdu.refusals, 0);
				assert.equal(pdu.lines.length, 5);
			});
		}

		it('is right after this machine slept for an hour', async () => {
			await client.ask(READABLE);
			pdu.time.setClock(pdu.time.now() + HOUR);
			pdu.uptime += 3600;
			await client.ask(READABLE);
			assert.equal(pdu.refusals, 0);
			assert.equal(pdu.lines.length, 4);
		});

		it('starts anew with the PDU: one more request, and the reading succeeds', async () => {
			await client.ask(READABLE);
			pdu.uptime = 0;
			await pdu.time.advance(60_000);
			assert.deepEqual(await client.ask(READABLE), form('stdvnm=true'));
			await client.ask(READABLE);
			const reading = 'GET /readable';
			assert.deepEqual(pdu.lines.slice(2), [reading, 'POST /userid user=foo', reading, reading]);
		});

		it('goes from the last second of 29 bits to the first', async () => {
			pdu.uptime = 2 ** 29 - 1;
			await client.ask(READABLE);
			assert.equal(pdu.tokenTime, 2 ** 29 - 1);
			pdu.uptime = -1;
			await pdu.time.advance(1000);
			await client.ask(READABLE);
			assert.equal(pdu.tokenTime, 0);
			assert.equal(pdu.refusals, 0);
		});

		it('is that of sending, however long a request was queued', async () => {
			client = pdu.client({ minInterval: 60_000 });
			const all = Promise.all([client.ask(READABLE), client.ask(WRITE), client.ask(READABLE)]);
			await settled();
			await pdu.time.advance(180_000);
			await all;
			assert.equal(pdu.refusals, 0);
			assert.deepEqual(pdu.times, [0, 60_000, 120_000, 180_000]);
		});

		it('is learned again also where it grew too old in the queue', async () => {
			client = pdu.client({ minInterval: HOUR });
			const all = Promise.all([client.ask(READABLE), client.ask(WRITE)]);
			await settled();
			await pdu.time.advance(3 * HOUR);
			await all;
			const [userid, reading, write] = ['POST /userid user=foo', 'GET /readable', 'POST /register/stdvnm'];
			assert.deepEqual(
				pdu.lines.map((line) => line.replace(/ stdvnm=.*/, '')),
				[userid, reading, userid, write],
			);
			assert.equal(pdu.refusals, 0);
		});
	});

	describe('a refusal', () => {
		it('may mean that the user has another number now', async () => {
			pdu.userid = () => `userid=${pdu.lines.length === 1 ? 3 : 7}&time=${pdu.seconds}`;
			assert.equal((await client.ask(READABLE)).status, 200);
			assert.equal(pdu.refusals, 1);
		});

		it('is final at the second one', async () => {
			pdu.password = 'other';
			const params = { device: 'rack', request: 'GET /readable' };
			await assert.rejects(client.ask(READABLE), coded('hpdu-unauthorized', params));
			const [userid, reading] = ['POST /userid user=foo', 'GET /readable'];
			assert.deepEqual(pdu.lines, [userid, reading, userid, reading]);
		});

		for (const code of [200, 401, 403]) {
			it(`may stand in the body, with ${code} beside it`, async () => {
				pdu.script = { 'GET /readable': [form('result=ERR_AUTH', code), 'stdvnm=true'] };
				assert.deepEqual(await client.ask(READABLE), form('stdvnm=true'));
				const [userid, reading] = ['POST /userid user=foo', 'GET /readable'];
				assert.deepEqual(pdu.lines, [userid, reading, userid, reading]);
			});
		}

		it('in the body is final at the second one, too', async () => {
			pdu.script = { 'GET /readable': 'result=ERR_AUTH' };
			await assert.rejects(client.ask(READABLE), coded('hpdu-unauthorized'));
			assert.equal(pdu.lines.length, 4);
		});

		it('repeats a write, since nothing was written', async () => {
			await client.ask(READABLE);
			pdu.uptime = 5;
			await client.ask(WRITE);
			assert.equal(pdu.signed.filter((line) => line.startsWith('POST')).length, 2);
		});

		it('holds no password', async () => {
			const password = 'secretsecret';
			client = pdu.client({ password });
			await assert.rejects(client.ask(READABLE), (error) => {
				return !inspect(error, { depth: 9, showHidden: true }).includes(password);
			});
		});
	});

	describe('an answer to /userid', () => {
		const BAD: readonly Says[] = [
			...['userid=8&time=1', 'userid=9&time=1', 'userid=-1&time=1', 'userid=x&time=1', 'userid=&time=1'],
			...[
				'time=1',
				'userid=1',
				'userid=1&time=',
				'userid=1&time=-1',
				'userid=1&time=1.5',
				'userid=1&time=0x1',
			],
			...['', 'hello', `userid=1&time=${'9'.repeat(30)}`],
			{ status: 200, mediaType: 'text/html', body: Buffer.from('<html>userid=1&time=1</html>') },
			status(418),
		];
		for (const userid of BAD) {
			it(`is none as ${inspect(userid)}`, async () => {
				pdu.userid = userid;
				const params = { device: 'rack', request: 'POST /userid' };
				await assert.rejects(client.ask(READABLE), coded('hpdu-bad-response', params));
				assert.equal(pdu.lines.length, 1);
			});
		}

		it('may be text, with blanks and more', async () => {
			pdu.userid = () => ({
				...{ status: 200, mediaType: 'text/plain' },
				body: Buffer.from(`x=1&userid= 7 &time=${pdu.seconds}%0D%0A`),
			});
			assert.equal((await client.ask(READABLE)).status, 200);
		});
	});

	describe('what fails on the way', () => {
		const CODES: readonly [failure: TransportFailure, code: ErrorCode][] = [
			['timeout', 'hpdu-timeout'],
			['unreachable', 'hpdu-unreachable'],
			['bad-response', 'hpdu-bad-response'],
		];
		for (const [failure, code] of CODES) {
			it(`is ${code}, sent once, and the next request goes on`, async () => {
				const cause = new TransportError(failure, 'why');
				pdu.script = { 'GET /readable': [cause, 'a=b'] };
				const params = { device: 'rack', request: 'GET /readable', reason: 'why', timeout: 5000 };
				await assert.rejects(
					client.ask(READABLE),
					(error: Error) => coded(code, params)(error) && error.cause === cause,
				);
				assert.deepEqual(await client.ask(READABLE), form('a=b'));
				assert.deepEqual(pdu.signed, ['GET /readable', 'GET /readable']);
			});
		}

		it('is no error of the PDU where it is one of ours', async () => {
			pdu.script = { 'GET /readable': new RangeError('ours') };
			await assert.rejects(client.ask(READABLE), RangeError);
		});
	});

	describe('several who ask', () => {
		it('wait for each other, whichever hpdu-device they ask by', async () => {
			const clients = [client, pdu.client({ label: 'other' }), pdu.client()];
			await Promise.all([
				...clients.map((each) => each.ask(READABLE)),
				...clients.map((each) => each.ask(WRITE)),
			]);
			assert.equal(pdu.mostAtOnce, 1);
			assert.equal(pdu.signed.length, 6);
		});

		it('do not wait for another PDU', async () => {
			await Promise.all([client.ask(READABLE), pdu.client({}, '192.168.1.11').ask(READABLE)]);
			assert.equal(pdu.mostAtOnce, 2);
		});

		it('get their turns in the order in which they asked', async () => {
			pdu.script = { 'GET /1': 'a=b', 'GET /2': 'a=b', 'GET /3': 'a=b' };
			const other = pdu.client();
			const paths = ['/1', '/2', '/3'];
			await Promise.all(paths.map((path, nth) => (nth === 1 ? other : client).ask({ method: 'GET', path })));
			assert.deepEqual(
				pdu.signed,
				paths.map((path) => `GET ${path}`),
			);
		});

		it('do not shorten the pause of each other by going', async () => {
			client = pdu.client({ minInterval: 1000 });
			const leaving = pdu.client();
			const asked = client.ask(READABLE);
			await settled();
			await leaving.close();
			await pdu.time.advance(1000);
			await asked;
			assert.deepEqual(pdu.times, [0, 1000]);
		});

		it('share a connection, which ends with the last of them', async () => {
			const other = pdu.client();
			await client.ask(READABLE);
			await client.close();
			assert.equal((await other.ask(READABLE)).status, 200);
			assert.equal(pdu.closed, 0);
			await other.close();
			await other.close();
			assert.equal(pdu.closed, 1);
		});
	});

	describe('closed', () => {
		const closed = coded('hpdu-unreachable', { device: 'rack', reason: 'closed' });

		it('asks nothing any more', async () => {
			await client.close();
			await assert.rejects(client.ask(READABLE), closed);
			assert.deepEqual(pdu.lines, []);
		});

		it('gives up what is in progress and what is queued', async () => {
			pdu.script = { 'GET /readable': silence };
			const asked = [client.ask(READABLE), client.ask(READABLE), client.ask(WRITE)];
			const all = Promise.all(asked.map((each) => assert.rejects(each, closed)));
			await settled();
			await client.close();
			await all;
			assert.deepEqual(pdu.signed, ['GET /readable']);
		});

		it('gives up a pause, and leaves no timer', async () => {
			client = pdu.client({ minInterval: 60_000 });
			const asked = assert.rejects(client.ask(READABLE), closed);
			await settled();
			await client.close();
			await asked;
			assert.deepEqual(pdu.lines, ['POST /userid user=foo']);
		});

		it('leaves others alone who ask the same PDU', async () => {
			pdu.script = { 'GET /readable': [silence, 'a=b'] };
			const other = pdu.client();
			const mine = assert.rejects(client.ask(READABLE), closed);
			const theirs = other.ask(READABLE);
			await settled();
			await client.close();
			await mine;
			assert.deepEqual(await theirs, form('a=b'));
		});
	});

	it('is not made for a login that no PDU has', () => {
		assert.throws(() => pdu.client({ username: 'x'.repeat(17) }), coded('hpdu-bad-argument'));
		assert.throws(() => pdu.client({ password: '' }), coded('hpdu-bad-argument'));
	});
});
