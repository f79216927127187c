import assert from 'node:assert/strict';
import { textOf } from '../../nodes/protocol/common/text.js';

describe('the text of anything', () => {
	it('is what String makes of it, where that is possible', () => {
		for (const value of ['a', 1, true, null, undefined, ['a'], {}, 2n])
			assert.equal(textOf(value), String(value));
	});

	it('is the type of what has no text', () => {
		const failing = {
			toString() {
				throw new Error('no');
			},
		};
		for (const value of [Object.create(null), JSON.parse('{"toString":null,"valueOf":1}'), failing]) {
			assert.equal(textOf(value), 'object');
		}
	});
});
