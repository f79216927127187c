import assert from 'node:assert/strict';
import { refusedSight, Strangers } from '../../nodes/protocol/common/sightings.js';

describe('strangers', () => {
	it('are told newest first, each once however often it came', () => {
		const strangers = new Strangers();
		strangers.note('a', 1, '192.0.2.1');
		strangers.note('b', 2, '192.0.2.2');
		strangers.note('a', 3, '192.0.2.3');
		assert.deepEqual(strangers.list(), [
			['a', { at: 3, remoteAddress: '192.0.2.3', count: 2 }],
			['b', { at: 2, remoteAddress: '192.0.2.2', count: 1 }],
		]);
	});

	it('are never more than sixteen, whatever names are made up', () => {
		const strangers = new Strangers();
		for (let at = 0; at < 1000; at++) strangers.note(`made up ${at}`, at, '192.0.2.1');
		const names = strangers.list().map(([name]) => name);
		assert.deepEqual([names.length, names[0], names.at(-1)], [16, 'made up 999', 'made up 984']);
	});

	it('with the name of something that every object has are strangers like others', () => {
		const strangers = new Strangers();
		for (const name of ['__proto__', 'constructor', 'toString']) strangers.note(name, 1, '192.0.2.1');
		assert.deepEqual(
			strangers.list().map(([name, { count }]) => [name, count]),
			[
				['toString', 1],
				['constructor', 1],
				['__proto__', 1],
			],
		);
	});
});

describe('a refusal that a panel tells of', () => {
	const request = { reason: 'stale-timestamp', status: 401, remoteAddress: '192.0.2.1', subject: 'x' };
	it('says by how much the clocks differ where that is why', () => {
		const { subject: _, ...told } = request;
		assert.deepEqual(refusedSight({ ...request, clockOffset: -412 }, 7), {
			...told,
			at: 7,
			clockOffset: -412,
		});
		assert.deepEqual(refusedSight(request, 7), { ...told, at: 7 });
	});
});
