import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { mock } from 'node:test';
import { parseKey } from '../../../nodes/protocol/ups/settings.js';
import {
	hasNetworkTime,
	isAuthentic,
	readSignedHead,
	signAnswer,
} from '../../../nodes/protocol/ups/signature.js';

const KEY = parseKey('ABCDEFGHJKMNPQRS');
const TS = '1795200781';
const NONCE = '2bee6844d6b90e94';
const BODY = Buffer.from('{"ts":1795200781,"fw_ver":"esp32:0.8.17","uptime_s":137,"acks":[]}');
const SIGNATURE = '6f8b4a2a3d7dbe1bb50b42f1eef49ab9bdb069a01cabb8dbe37c5e68bc7835ca';
const HEAD = { ts: TS, nonce: NONCE, signature: SIGNATURE };

const headers = (changed: object = {}) => ({
	'x-w3pups-ts': TS,
	'x-w3pups-nonce': NONCE,
	'x-w3pups-sig': SIGNATURE,
	...changed,
});

describe('signature of a request', () => {
	it('is over timestamp, nonce and the bytes of the body', () => {
		assert.equal(isAuthentic(KEY, HEAD, BODY), true);
	});

	it('may be written in capitals', () => {
		assert.equal(isAuthentic(KEY, { ...HEAD, signature: SIGNATURE.toUpperCase() }, BODY), true);
	});

	it('is over bytes that are no UTF-8', () => {
		const body = Buffer.from('7b2278223a22c3227d', 'hex');
		const signature = 'fa209582a8767895a7bc37438005432857cb053edbb0be7383be3684e3d7d16b';
		assert.equal(isAuthentic(KEY, { ...HEAD, signature }, body), true);
		assert.equal(isAuthentic(KEY, { ...HEAD, signature }, Buffer.from(body.toString('utf8'))), false);
	});

	it('does not hold with anything changed', () => {
		assert.equal(isAuthentic(parseKey('ABCDEFGHJKMNPQRT'), HEAD, BODY), false);
		assert.equal(isAuthentic(KEY, { ...HEAD, ts: '1795200782' }, BODY), false);
		assert.equal(isAuthentic(KEY, { ...HEAD, nonce: '2bee6844d6b90e95' }, BODY), false);
		assert.equal(isAuthentic(KEY, HEAD, Buffer.concat([BODY, Buffer.from(' ')])), false);
		assert.equal(isAuthentic(KEY, { ...HEAD, signature: `0${SIGNATURE.slice(1)}` }, BODY), false);
	});
});

describe('comparison of signatures', () => {
	afterEach(() => mock.restoreAll());

	for (const verdict of [true, false]) {
		it(`takes as long wherever they differ: the function made for that decides alone, ${verdict}`, () => {
			mock.method(crypto, 'timingSafeEqual', () => verdict);
			for (const signature of [SIGNATURE, '0'.repeat(64)])
				assert.equal(isAuthentic(KEY, { ...HEAD, signature }, BODY), verdict);
		});
	}
});

describe('head of a request', () => {
	it('is read', () => assert.deepEqual(readSignedHead(headers()), HEAD));

	it('is read of a UPS without network time, which is told by its short timestamp', () => {
		for (const ts of ['41', '0', '179520078']) {
			const head = readSignedHead(headers({ 'x-w3pups-ts': ts }));
			assert.deepEqual(head, { ...HEAD, ts });
			assert.equal(hasNetworkTime(head as typeof HEAD), false);
		}
		assert.equal(hasNetworkTime(HEAD), true);
	});

	const faults: readonly (readonly [string, object, string])[] = [
		['no timestamp', { 'x-w3pups-ts': undefined }, 'bad-timestamp'],
		['eleven digits', { 'x-w3pups-ts': '17952007811' }, 'bad-timestamp'],
		['a space in it', { 'x-w3pups-ts': ' 795200781' }, 'bad-timestamp'],
		['a line break after it', { 'x-w3pups-ts': '1795200781\n' }, 'bad-timestamp'],
		['a sign', { 'x-w3pups-ts': '+795200781' }, 'bad-timestamp'],
		['other digits', { 'x-w3pups-ts': '١٧٩٥٢٠٠٧٨١' }, 'bad-timestamp'],
		['no nonce', { 'x-w3pups-nonce': undefined }, 'bad-nonce'],
		['a nonce in capitals', { 'x-w3pups-nonce': '2BEE6844D6B90E94' }, 'bad-nonce'],
		['a short nonce', { 'x-w3pups-nonce': '2bee6844d6b90e9' }, 'bad-nonce'],
		['a long nonce', { 'x-w3pups-nonce': '2bee6844d6b90e940' }, 'bad-nonce'],
		['no signature', { 'x-w3pups-sig': undefined }, 'bad-signature'],
		['a short signature', { 'x-w3pups-sig': SIGNATURE.slice(1) }, 'bad-signature'],
		['a signature with more behind it', { 'x-w3pups-sig': `${SIGNATURE}00` }, 'bad-signature'],
		['a signature of other letters', { 'x-w3pups-sig': `g${SIGNATURE.slice(1)}` }, 'bad-signature'],
		['two signatures', { 'x-w3pups-sig': `${SIGNATURE}, ${SIGNATURE}` }, 'bad-signature'],
		['nothing at all', { 'x-w3pups-ts': '', 'x-w3pups-nonce': '', 'x-w3pups-sig': '' }, 'bad-timestamp'],
		['no nonce and no signature', { 'x-w3pups-nonce': '', 'x-w3pups-sig': '' }, 'bad-nonce'],
	];
	for (const [what, changed, fault] of faults) {
		it(`with ${what} is ${fault}`, () => assert.equal(readSignedHead(headers(changed)), fault));
	}
});

describe('a captured request cut anew', () => {
	const text = BODY.toString();
	const cuts: readonly (readonly [string, string, string, string])[] = [
		['the whole body in the nonce', TS, NONCE + text, ''],
		['the first byte of the body in the nonce', TS, `${NONCE}{`, text.slice(1)],
		['the last digit of the nonce in the body', TS, NONCE.slice(0, -1), `4${text}`],
		['the nonce in the body', TS, '', NONCE + text],
		['a digit of the nonce in the timestamp', `${TS}2`, NONCE.slice(1), text],
		['a digit of the timestamp in the nonce', TS.slice(0, -1), `1${NONCE}`, text],
	];
	for (const [what, ts, nonce, body] of cuts) {
		it(`with ${what} has a signature that holds, and is refused for its form`, () => {
			assert.equal(isAuthentic(KEY, { ts, nonce, signature: SIGNATURE }, Buffer.from(body)), true);
			const fault = readSignedHead(headers({ 'x-w3pups-ts': ts, 'x-w3pups-nonce': nonce }));
			assert.equal(fault, ts.length <= 10 ? 'bad-nonce' : 'bad-timestamp');
		});
	}
});

describe('a captured request whose timestamp lost a digit to the nonce, and whose nonce one to the body', () => {
	it('has the right form and signature, but no network time', () => {
		const [ts, nonce] = [TS.slice(0, -1), `1${NONCE.slice(0, -1)}`];
		const head = readSignedHead(headers({ 'x-w3pups-ts': ts, 'x-w3pups-nonce': nonce })) as typeof HEAD;
		assert.equal(isAuthentic(KEY, head, Buffer.concat([Buffer.from('4'), BODY])), true);
		assert.equal(hasNetworkTime(head), false);
	});
});

describe('signature of an answer', () => {
	it("is over the request's nonce and the body", () => {
		assert.equal(
			signAnswer(KEY, NONCE, '{"commands":[]}'),
			'fa32596fa8002312a24936b8dad909a82110056761304d5e4adfee3423f9beeb',
		);
	});

	it('is over the UTF-8 of the body', () => {
		const body = '{"commands":[{"id":"c","cmd":"ui.display_msg","args":{"text":"ä"}}]}';
		assert.equal(
			signAnswer(KEY, NONCE, body),
			'd2e8a7001a332ecbca57a24d1f4bb8d75406f0e573dfd98096bd04dfac01d330',
		);
	});
});
