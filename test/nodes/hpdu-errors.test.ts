import assert from 'node:assert/strict';
import type { StatusBadge } from '../../nodes/adapter/node-red.js';
import { FAULTS, type Fault, HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import { ask, fail, pduDevice, registerRead, registerWrite, requestsOf, spoil } from './hpdu-kit.js';
import { TAB } from './kit.js';

const SILENCE = 'nothing, ever';

const red = (text: string): StatusBadge => ({ fill: 'red', shape: 'ring', text });
const REFUSED = red('refused');
const FAILED = red('bad answer');

const status = (code: number): Fault => FAULTS.status(code);
const result = (code: string): Fault => FAULTS.body(`stdvnm=x&result=${code}`);

/** What a PDU or what stands in its place may answer, with the error, the badge and a part of what the error says. */
const ANSWERS: Record<string, readonly [fault: Fault, code: string, badge: StatusBadge, says: RegExp]> = {
	'status 400': [status(400), 'hpdu-bad-request', REFUSED, /Check the mnemonic and the values/],
	'status 403': [status(403), 'hpdu-forbidden', REFUSED, /read "writable" or "readable"/],
	'status 404': [status(404), 'hpdu-not-found', REFUSED, /Check the mnemonic, the channel, the group/],
	'status 405': [status(405), 'hpdu-method-not-allowed', REFUSED, /firmware may be too old/],
	'status 422': [status(422), 'hpdu-rejected', REFUSED, /Check the values/],
	'status 500': [status(500), 'hpdu-internal', FAILED, /Ask less often/],
	'status 418': [status(418), 'hpdu-bad-response', FAILED, /status 418.*Check host and port/],
	'status 204 without a body': [
		...([
			{ change: (answer) => ({ ...FAULTS.empty().change(answer), status: 204 }) } satisfies Fault,
		] as const),
		...(['hpdu-bad-response', FAILED, /204/] as const),
	],
	ERR_PARTIAL: [FAULTS.partial(), 'hpdu-partial', FAILED, /Ask again/],
	ERR_WOULDLOCKOUT: [
		result('ERR_WOULDLOCKOUT'),
		'hpdu-would-lock-out',
		REFUSED,
		/Keep HTTP or HTTPS enabled/,
	],
	ERR_IPAPI_KEY_LENGTH_16: [
		...([result('ERR_IPAPI_KEY_LENGTH_16'), 'hpdu-ipapi-key-length', REFUSED, /16 characters/] as const),
	],
	'ERR_FORBIDDEN with 200': [
		result('ERR_FORBIDDEN'),
		'hpdu-forbidden',
		REFUSED,
		/read "writable" or "readable"/,
	],
	'ERR_NOTFOUND with 200': [result('ERR_NOTFOUND'), 'hpdu-not-found', REFUSED, /Check the mnemonic/],
	'ERR_REJECTED with 200': [result('ERR_REJECTED'), 'hpdu-rejected', REFUSED, /Check the values/],
	'ERR_INTERNAL with 200': [result('ERR_INTERNAL'), 'hpdu-internal', FAILED, /Ask less often/],
	'a result that is not known': [result('ERR_MOON'), 'hpdu-rejected', REFUSED, /ERR_MOON/],
	'a page of a proxy': [FAULTS.html(), 'hpdu-bad-response', FAILED, /502.*a proxy/],
	'a page of a proxy as if all were well': [FAULTS.htmlAsForm(), 'hpdu-bad-response', FAILED, /a proxy/],
	'another media type': [
		FAULTS.mediaType('application/json'),
		'hpdu-bad-response',
		FAILED,
		/application\/json/,
	],
	'no media type': [FAULTS.noMediaType(), 'hpdu-bad-response', FAILED, /no media type/],
	'10 MB': [FAULTS.huge(), 'hpdu-bad-response', FAILED, /1048576 bytes/],
	'an empty body': [FAULTS.empty(), 'hpdu-bad-response', FAILED, /empty/],
	'something else than was asked for': [FAULTS.body('stdvlc=Row'), 'hpdu-bad-response', FAILED, /stdvnm/],
	'a chunk that is cut': [FAULTS.cutInChunk(), 'hpdu-bad-response', FAILED, /Check host and port/],
	'a chunk without a length': [FAULTS.badChunk(), 'hpdu-bad-response', FAILED, /Check host and port/],
	'half of it, and then nothing': [FAULTS.closeHalfway(), 'hpdu-bad-response', FAILED, /Check host/],
	'a closed connection': [
		FAULTS.closeInstead(),
		'hpdu-unreachable',
		red('unreachable'),
		/^Closed without an answer: .*addresses that it allows/,
	],
	'a reset connection': [FAULTS.resetInstead(), 'hpdu-unreachable', red('unreachable'), /\(ECONNRESET\)/],
	[SILENCE]: [
		FAULTS.silent(),
		'hpdu-timeout',
		red('no answer'),
		/^No answer from the PDU: .* 400 ms.*longer timeout/,
	],
};

describe('what goes wrong at a PDU', () => {
	let nr: HelperFlow;
	let pdu: HpduServer;
	before(async () => {
		pdu = await HpduServer.start({ chunkBytes: 65_536 });
		// Each case has nodes of its own: a badge that changes often is shown once a second.
		const nodes = Object.keys(ANSWERS).flatMap((what, n) => {
			const device = what === SILENCE ? 'hasty' : 'pdu';
			const register = { device, registers: 'stdvnm', register: 'stdvnm' };
			return [registerRead(`read${n}`, register), registerWrite(`write${n}`, register)];
		});
		nr = await startFlow({
			flows: [
				...[TAB, pduDevice('pdu', pdu, { name: 'Rack 5' }), registerRead('read'), registerWrite('write')],
				...[pduDevice('hasty', pdu, { name: 'Rack 5', timeout: '400' }), registerRead('badge'), ...nodes],
			],
		});
		await ask(nr, 'read', { registers: 'ssstat' });
	});
	after(async () => {
		await nr.stop();
		await pdu.close();
	});
	afterEach(() => {
		nr.forget();
		pdu.faults.clear();
	});

	const spoilAll = (fault: Fault): unknown =>
		pdu.faults.add(fault, { when: ({ path }) => path === '/register/stdvnm' });

	for (const [n, [what, [fault, code, badge, says]]] of Object.entries(ANSWERS).entries()) {
		it(`${what}: ${code}, and nothing is written twice`, async () => {
			for (const node of ['read', 'write']) {
				// A connection that has served before, and that a PDU may have closed meanwhile.
				await ask(nr, 'read', { registers: 'ssstat' });
				spoilAll(fault);
				const requests = await requestsOf(pdu, async () => {
					const error = await fail(nr, `${node}${n}`, { payload: 'x' });
					assert.deepEqual([error.code, error.catchable], [code, true]);
					assert.match(error.message, says);
					assert.match(error.message, /Rack 5/);
				});
				const isRepeated = node === 'read' && /^a (closed|reset) connection/.test(what);
				assert.equal(requests.length, isRepeated ? 2 : 1, requests.join());
				assert.deepEqual(nr.badge(`${node}${n}`), badge);
				pdu.faults.clear();
			}
		});
	}

	for (const [how, fault] of [
		['closed', FAULTS.closeIdle()] as const,
		['reset', FAULTS.resetIdle()] as const,
	]) {
		it(`a connection ${how} while nobody used it: read once more, never written once more`, async () => {
			await ask(nr, 'read', { registers: 'ssstat' });
			spoil(pdu, fault);
			const read = await requestsOf(pdu, () => ask(nr, 'read', { registers: 'stdvnm' }));
			assert.deepEqual(read, ['GET /register/stdvnm', 'GET /register/stdvnm']);
			spoil(pdu, fault);
			const written = await requestsOf(pdu, async () => {
				const msg = { register: 'stdvnm', payload: 'x' };
				assert.equal((await fail(nr, 'write', msg)).code, 'hpdu-unreachable');
			});
			assert.deepEqual(written, ['POST /register/stdvnm stdvnm=x']);
		});
	}

	for (const [how, fault] of [
		['with 200', FAULTS.body('result=ERR_AUTH')] as const,
		[
			'with 401',
			{ change: (answer) => ({ ...FAULTS.body('result=ERR_AUTH').change(answer), status: 401 }) },
		] as const,
	] satisfies (readonly [string, Fault])[]) {
		it(`ERR_AUTH ${how}: the time of the PDU is learned anew, and the request sent once more`, async () => {
			await ask(nr, 'read', { registers: 'ssstat' });
			const before = pdu.requests.length;
			spoil(pdu, fault);
			assert.deepEqual((await ask(nr, 'read', { registers: 'idspdm' })).payload, { idspdm: 250 });
			const lines = pdu.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
			assert.deepEqual(lines, ['GET /register/idspdm', 'POST /userid', 'GET /register/idspdm']);
		});
	}

	it('after each of them the next request is served', async () => {
		for (const [fault] of Object.values(ANSWERS)) {
			if (fault === ANSWERS[SILENCE]?.[0]) continue;
			spoilAll(fault);
			await fail(nr, 'read', { registers: 'stdvnm' });
			pdu.faults.clear();
			assert.deepEqual((await ask(nr, 'read', { registers: 'idspdm' })).payload, { idspdm: 250 });
		}
	});

	it('and the badge says that all is well again', async () => {
		spoilAll(FAULTS.empty());
		await fail(nr, 'badge', { registers: 'stdvnm' });
		assert.equal((await nr.status('badge')).text, 'bad answer');
		await ask(nr, 'badge', { registers: 'ssstat' });
		assert.deepEqual(await nr.status('badge'), { fill: 'green', shape: 'dot', text: 'ok' });
	});
});
