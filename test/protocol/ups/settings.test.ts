import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { parseKey } from '../../../nodes/protocol/ups/settings.js';
import { coded } from '../errors.js';

const secretOf = (text: string) => parseKey(text).secret.export().toString('ascii');

describe('HTTP key of a UPS', () => {
	it('is its 16 characters, whatever the case, spaces and dashes', () => {
		for (const typed of ['ABCDEFGHJKMNPQRS', 'abcd efgh-jkmn pqrs', ' AbCd\tEFGH\nJKMN\u00a0PQRS. ']) {
			assert.equal(secretOf(typed), 'ABCDEFGHJKMNPQRS');
		}
	});

	it('is not decoded, and letters that look like digits stay letters', () => {
		const key = parseKey('OOIL Uo12 3456 789A');
		assert.equal(key.secret.export().toString('ascii'), 'OOILUO123456789A');
		assert.deepEqual(key.doubtful, ['O', 'I', 'L', 'U']);
		assert.deepEqual(parseKey('ABCDEFGHJKMNPQRS').doubtful, []);
		assert.deepEqual(parseKey('ABCD EFGH JKLM NPQR').doubtful, ['L']);
	});

	for (const [text, length] of [
		['', 0],
		['ABCDEFGHJKMNPQR', 15],
		['ABCDEFGHJKMNPQRST', 17],
		['ABCDEFGHJKMNPQRÄ', 15],
	] as const) {
		it(`refuses ${length} usable characters`, () => {
			assert.throws(() => parseKey(text), coded('ups-bad-key', { length }));
		});
	}

	it('is not shown when it is printed', () => {
		const shown =
			inspect(parseKey('ABCDEFGHJKMNPQRS'), { depth: 9 }) + JSON.stringify(parseKey('ABCDEFGHJKMNPQRS'));
		assert.equal(shown.includes('ABCDEFGHJKMNPQRS'), false);
	});
});
