import assert from 'node:assert/strict';
import { HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import type { FlowNode } from './harness/index.js';
import { ask, askedOf, env, fail, pduDevice, registerRead, registerWrite, requestsOf } from './hpdu-kit.js';
import { CATCH, complete, type Fields, freePort, TAB } from './kit.js';

const login = (username: string, password: string): Fields => ({ credentials: { username, password } });

/** No resolver has to be asked: a part of a name has 63 characters at most. */
const NO_HOST = `${'x'.repeat(64)}.invalid`;

/** A PDU that can't be, with the error of its nodes and a part of what they say. */
const IMPOSSIBLE: Record<string, readonly [fields: Fields, code: string, badge: string, says: RegExp]> = {
	'user-of-17-bytes': [
		login('superintendent-17', 'x'),
		...(['hpdu-bad-argument', 'config invalid', /"username".*1\.\.16 bytes/] as const),
	],
	'user-of-9-umlauts': [login('ööööööööö', 'x'), 'hpdu-bad-argument', 'config invalid', /"username"/],
	'password-of-17-bytes': [
		login('super', 'x'.repeat(17)),
		'hpdu-bad-argument',
		'config invalid',
		/"password"/,
	],
	'no-user': [login('', 'x'), 'hpdu-bad-argument', 'config invalid', /"username"/],
	'no-password': [login('super', ''), 'hpdu-bad-argument', 'config invalid', /"password"/],
	'no-host': [{ host: '' }, 'hpdu-bad-argument', 'config invalid', /"host".*192\.168\.1\.10/],
	'a-host-of-two-words': [{ host: 'rack five' }, 'hpdu-bad-argument', 'config invalid', /"host"/],
	'port-70000': [
		{ port: '70000' },
		'config-invalid',
		'config invalid',
		/^(Wrong value|Not chosen): port\b.*1\.\.65535/,
	],
	'a-port-with-a-fraction': [
		{ port: env('HALF_PORT') },
		'config-invalid',
		'config invalid',
		/^Wrong value: port .*1\.\.65535/,
	],
	'something-else-for-a-tls-config': [
		{ tls: 'env' },
		'config-missing',
		'config missing',
		/^Not chosen: tls\b/,
	],
	'a-timeout-in-words': [
		{ timeout: 'soon' },
		'config-invalid',
		'config invalid',
		/^(Wrong value|Not chosen): timeout\b/,
	],
	'an-interval-before-zero': [
		{ minInterval: '-1' },
		'config-invalid',
		'config invalid',
		/^(Wrong value|Not chosen): minInterval\b/,
	],
	'a-tls-config-that-is-gone': [
		{ tls: 'gone' },
		'config-missing',
		'config missing',
		/^(Wrong value|Not chosen): tls\b/,
	],
};

describe('who asks a PDU, and where it is', () => {
	let nr: HelperFlow;
	let pdu: HpduServer;
	before(async () => {
		const users = [{ role: 'admin', name: 'Jörg:1', password: 'größer als 8' }] as const;
		pdu = await HpduServer.start({ users });
		const of = (id: string, place: { port: number }, more: Fields): FlowNode[] => [
			pduDevice(id, place, more),
			registerRead(`of-${id}`, { device: id, registers: 'stdvnm' }),
		];
		nr = await startFlow({
			env: { PDU_USER: 'power', PDU_PASSWORD: 'power', PDU_PORT: String(pdu.port), HALF_PORT: '80.5' },
			flows: [
				...[TAB, CATCH, complete('of-wrong'), registerWrite('write', { device: 'wrong' })],
				...of('wrong', pdu, login('super', 'soup')),
				...of('unknown', pdu, login('nobody', 'x')),
				...of('jörg', pdu, login('Jörg:1', 'größer als 8')),
				...of('env', { port: 0 }, { port: env('PDU_PORT'), ...login(env('PDU_USER'), env('PDU_PASSWORD')) }),
				...of('url', pdu, { host: 'http://127.0.0.1/index.html' }),
				...of('refused', { port: await freePort() }, { name: 'Rack 7' }),
				...of('nameless', pdu, { host: NO_HOST }),
				...Object.entries(IMPOSSIBLE).flatMap(([id, [fields]]) => of(id, pdu, fields)),
				...[registerRead('of-none', { device: '' }), registerRead('of-deleted', { device: 'deleted' })],
				...[registerRead('odd-kind', { device: 'env', read: 'tea' })],
				registerWrite('odd-choice', { device: 'env', onMismatch: 'shrug' }),
			],
		});
	});
	after(async () => {
		await nr.stop();
		await pdu.close();
	});

	for (const [id, [, code, badge, says]] of Object.entries(IMPOSSIBLE)) {
		it(`${id}: ${code}, when the flows start and for each message`, async () => {
			const started = await nr.error(({ from }) => from === id);
			assert.deepEqual([started.code, started.catchable], [code, true]);
			const { code: ofNode } = await nr.error(({ from }) => from === `of-${id}`);
			const error = await fail(nr, `of-${id}`);
			assert.deepEqual([ofNode, error.code, error.catchable], [code, code, true]);
			assert.match(error.message, says);
			assert.equal(nr.badge(`of-${id}`)?.text, badge);
		});
	}

	it('no PDU, or one that was deleted; a choice that there is not', async () => {
		for (const [node, code] of [
			['of-none', 'config-missing'] as const,
			['of-deleted', 'config-missing'] as const,
			['odd-kind', 'config-invalid'] as const,
			['odd-choice', 'config-invalid'] as const,
		]) {
			assert.equal((await nr.error(({ from }) => from === node)).code, code);
			assert.equal((await fail(nr, node)).code, code);
		}
	});

	it('a wrong password: refused, with one more look at the time; after a pause it is tried once', async () => {
		for (const tries of [2, 1]) {
			const requests = await requestsOf(pdu, async () => {
				const { code, message } = await fail(nr, 'of-wrong');
				assert.equal(code, 'hpdu-unauthorized');
				assert.match(message, /Check username and password/);
			});
			assert.deepEqual(requests, Array(tries).fill('GET /register/stdvnm'));
			if (tries === 2) assert.equal(nr.badge('of-wrong')?.text, 'login refused');
		}
	});

	it('a write under a wrong password is done never', async () => {
		const requests = await requestsOf(pdu, async () => {
			const msg = { register: 'stdvnm', payload: 'Rack 9' };
			assert.equal((await fail(nr, 'write', msg)).code, 'hpdu-unauthorized');
		});
		assert.deepEqual(requests, ['POST /register/stdvnm stdvnm=Rack+9']);
		assert.equal(pdu.device.self.text('stdvnm'), 'SP_Rack_1');
	});

	it('works as soon as the PDU knows the password', async () => {
		const [user] = pdu.device.users.all;
		assert.ok(user);
		user.password = 'soup';
		assert.deepEqual((await ask(nr, 'of-wrong')).payload, { stdvnm: 'SP_Rack_1' });
		assert.equal((await nr.message({ from: 'finished' })).payload !== undefined, true);
		user.password = 'super';
	});

	it('a user that nobody knows: the PDU tells a number for any name, and refuses', async () => {
		const before = pdu.requests.length;
		assert.equal((await fail(nr, 'of-unknown')).code, 'hpdu-unauthorized');
		assert.deepEqual(askedOf(pdu, before).slice(0, 2), ['POST /userid user=nobody', 'GET /register/stdvnm']);
	});

	it('bytes of UTF-8 and a colon in a name, environment variables, a pasted URL', async () => {
		for (const node of ['of-jörg', 'of-env', 'of-url'])
			assert.deepEqual((await ask(nr, node)).payload, { stdvnm: 'SP_Rack_1' });
	});

	it('a port that nobody listens at, a name that is no host', async () => {
		for (const [node, says] of [
			['of-refused', /^Connection refused: .* PDU Rack 7 at 127\.0\.0\.1:\d+\./] as const,
			['of-nameless', /^Unknown host name: .*:\d+\. Enter the PDU's IP address/] as const,
		]) {
			const { code, message } = await fail(nr, node);
			assert.equal(code, 'hpdu-unreachable');
			assert.match(message, says);
			assert.equal(nr.badge(node)?.text, 'unreachable');
		}
	});

	it('tells a Catch node what is wrong and what to do, and no Complete node', async () => {
		await nr.sync();
		nr.forget();
		await fail(nr, 'of-wrong', { _msgid: 'caught', payload: 7, more: [1] });
		const { error, ...msg } = await nr.message({
			from: 'errors',
			where: ({ _msgid }) => _msgid === 'caught',
		});
		assert.deepEqual(msg, { _msgid: 'caught', payload: 7, more: [1] });
		const { message, code, source } = error as Record<string, unknown>;
		assert.match(
			String(message),
			/^PDU refuses the login: username or password of 127\.0\.0\.1 is wrong\. Check username/,
		);
		assert.deepEqual([code, (source as { id: string }).id], ['hpdu-unauthorized', 'of-wrong']);
		await nr.sync();
		assert.deepEqual(nr.untakenMessages(), []);
	});
});
