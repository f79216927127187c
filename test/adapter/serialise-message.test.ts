import assert from 'node:assert/strict';
import { serialiseMessage } from '../../nodes/adapter/serialise-message.js';

describe('What is kept of a message with the command that it started', () => {
	it('is what JSON can hold, but not the payload and not what is bound to the process', () => {
		const msg = {
			_msgid: 'a',
			topic: 't',
			payload: 1,
			req: {},
			res: {},
			tries: [1, { b: null }],
			raw: Buffer.from('x'),
		};
		assert.deepEqual(serialiseMessage(msg), { _msgid: 'a', topic: 't', tries: [1, { b: null }] });
	});

	it('is as many properties as there is room for', () => {
		assert.deepEqual(serialiseMessage({ long: 'x'.repeat(5000), topic: 't' }), { topic: 't' });
	});

	it('never becomes its prototype', () => {
		const msg = JSON.parse('{"topic":"t","__proto__":{"device":"U2"}}') as Record<string, unknown>;
		const portable = serialiseMessage(msg);
		assert.deepEqual(Object.entries(portable), [['topic', 't']]);
		assert.equal(Object.getPrototypeOf(portable), Object.prototype);
	});
});
