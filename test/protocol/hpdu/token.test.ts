import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { checkLogin, isUserId, tokenFor } from '../../../nodes/protocol/hpdu/token.js';
import { coded } from '../errors.js';

const LOGIN = { username: 'foo', password: 'bar' };
const sign = (data: Buffer | string) =>
	createHmac('sha256', 'foo:bar').update(data).digest('hex').slice(0, 8);

describe('hpdu token', () => {
	it('is that of the document', () => {
		assert.equal(tokenFor(LOGIN, 7, 0x1bd5b7dd), 'deadbeef5d1fa4d6');
	});

	it('signs four bytes, the highest first, and neither the lowest first nor their digits', () => {
		assert.equal(sign(Buffer.from('deadbeef', 'hex')), '5d1fa4d6');
		assert.equal(sign(Buffer.from('efbeadde', 'hex')), '350fec99');
		assert.equal(sign('deadbeef'), '37ed5454');
	});

	const MESSAGES: readonly [userId: number, time: number, message: string][] = [
		[0, 0, '00000000'],
		[0, 1, '00000008'],
		[1, 1, '00000009'],
		[7, 1, '0000000f'],
		[2, 2 ** 28, '80000002'],
		[7, 2 ** 29 - 1, 'ffffffff'],
		[7, 2 ** 29, '00000007'],
		[0, 2 ** 29 + 5, '00000028'],
		[1, 2 ** 32 + 1, '00000009'],
	];
	for (const [userId, time, message] of MESSAGES) {
		it(`begins with ${message} for user ${userId} at second ${time}`, () => {
			const token = tokenFor(LOGIN, userId, time);
			assert.equal(token, `${message}${sign(Buffer.from(message, 'hex'))}`);
		});
	}

	it('takes name and password as UTF-8', () => {
		const digest = createHmac('sha256', Buffer.from('66c3a93a62c3a9', 'hex')).update(Buffer.alloc(4));
		const token = tokenFor({ username: 'fé', password: 'bé' }, 0, 0);
		assert.equal(token, `00000000${digest.digest('hex').slice(0, 8)}`);
	});

	it('knows eight users', () => {
		const numbers = [-1, 0, 1, 6, 7, 8, 0.5, Number.NaN];
		assert.deepEqual(numbers.map(isUserId), [false, true, true, true, true, false, false, false]);
	});
});

describe('hpdu login', () => {
	for (const text of ['a', 'a:b', 'x'.repeat(16), 'é'.repeat(8)]) {
		it(`may be ${text}`, () => {
			assert.deepEqual(checkLogin({ username: text, password: text }), { username: text, password: text });
		});
	}

	for (const text of ['', 'x'.repeat(17), 'é'.repeat(9)]) {
		it(`may not be "${text}", of ${Buffer.byteLength(text)} bytes`, () => {
			const bad = (argument: string) => coded('hpdu-bad-argument', { argument, expected: '1..16 bytes' });
			assert.throws(() => checkLogin({ username: text, password: 'bar' }), bad('username'));
			assert.throws(() => checkLogin({ username: 'foo', password: text }), bad('password'));
		});
	}
});
