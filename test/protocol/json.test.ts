import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { isShallowObject, parseJson } from '../../nodes/protocol/common/json.js';

const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`);

describe('JSON of devices', () => {
	it('reads bytes, invalid UTF-8 leniently', () => {
		assert.deepEqual(parseJson(Buffer.from('{"a":[1,null]}')), { a: [1, null] });
		assert.deepEqual(parseJson(Buffer.from('7b2261223a22c3227d', 'hex')), { a: '\ufffd' });
	});

	for (const [what, bytes] of Object.entries({
		'an empty body': Buffer.alloc(0),
		text: Buffer.from('hello'),
		'a cut object': Buffer.from('{"a":1'),
		'two objects': Buffer.from('{}{}'),
		'a compressed object': gzipSync('{}'),
	})) {
		it(`says undefined for ${what}`, () => assert.equal(parseJson(bytes), undefined));
	}

	it('survives a million opening brackets', () => {
		const deep = parseJson(Buffer.from('['.repeat(1_000_000)));
		assert.equal(isShallowObject(deep, 32), false);
	});

	it('counts the levels of objects and arrays', () => {
		assert.equal(isShallowObject(nested(32), 32), true);
		assert.equal(isShallowObject(nested(33), 32), false);
		assert.equal(isShallowObject({ a: [[]] }, 3), true);
		assert.equal(isShallowObject({ a: [[]] }, 2), false);
	});

	it('tells an object from everything else', () => {
		for (const other of [[], null, 'text', 1, true, undefined])
			assert.equal(isShallowObject(other, 32), false);
		assert.equal(isShallowObject({}, 32), true);
	});
});
