import assert from 'node:assert/strict';
import { ProtocolError } from '../../nodes/protocol/common/errors.js';

describe('ProtocolError', () => {
	it('carries code, params and cause', () => {
		const cause = new Error('disk full');
		const error = new ProtocolError('store-unavailable', { reason: 'ENOSPC' }, cause);
		assert.deepEqual(
			[error.code, error.params, error.cause, error.name],
			['store-unavailable', { reason: 'ENOSPC' }, cause, 'ProtocolError'],
		);
		assert.ok(error.message.includes('ENOSPC'));
	});

	it('has no cause where there is none', () => {
		assert.equal(Object.hasOwn(new ProtocolError('internal'), 'cause'), false);
	});
});
