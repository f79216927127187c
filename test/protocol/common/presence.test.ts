import assert from 'node:assert/strict';
import { lastRefusal, UnmatchedRequests } from '../../../nodes/protocol/common/presence.js';

describe('unmatched requests', () => {
	it('are listed newest first, each name once with its count', () => {
		const requests = new UnmatchedRequests();
		requests.add('a', 1, '192.0.2.1');
		requests.add('b', 2, '192.0.2.2');
		requests.add('a', 3, '192.0.2.3');
		assert.deepEqual(requests.list(), [
			['a', { at: 3, remoteAddress: '192.0.2.3', count: 2 }],
			['b', { at: 2, remoteAddress: '192.0.2.2', count: 1 }],
		]);
	});

	it('are never more than sixteen', () => {
		const requests = new UnmatchedRequests();
		for (let at = 0; at < 1000; at++) requests.add(`made up ${at}`, at, '192.0.2.1');
		const names = requests.list().map(([name]) => name);
		assert.deepEqual([names.length, names[0], names.at(-1)], [16, 'made up 999', 'made up 984']);
	});

	it('may have a name that every object has as a member', () => {
		const requests = new UnmatchedRequests();
		for (const name of ['__proto__', 'constructor', 'toString']) requests.add(name, 1, '192.0.2.1');
		assert.deepEqual(
			requests.list().map(([name, { count }]) => [name, count]),
			[
				['toString', 1],
				['constructor', 1],
				['__proto__', 1],
			],
		);
	});
});

describe('the last refusal', () => {
	const request = { reason: 'stale-timestamp', status: 401, remoteAddress: '192.0.2.1', subject: 'x' };
	it('has the clock offset where that is the reason', () => {
		const { subject: _, ...known } = request;
		assert.deepEqual(lastRefusal({ ...request, clockOffset: -412 }, 7), {
			...known,
			at: 7,
			clockOffset: -412,
		});
		assert.deepEqual(lastRefusal(request, 7), { ...known, at: 7 });
	});
});
