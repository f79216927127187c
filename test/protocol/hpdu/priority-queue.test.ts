import assert from 'node:assert/strict';
import { type Priority, PriorityQueue } from '../../../nodes/protocol/hpdu/priority-queue.js';
import { settled } from '../manual-time.js';

describe('hpdu priority queue', () => {
	let queue: PriorityQueue;
	let done: string[];

	beforeEach(() => {
		queue = new PriorityQueue();
		done = [];
	});

	const take = (name: string, priority: Priority = 'read') =>
		queue.take(async () => {
			done.push(`${name} begins`);
			await settled();
			done.push(`${name} ends`);
			if (name === 'bad') throw new Error(name);
			return name;
		}, priority);

	const begun = () => done.filter((line) => line.endsWith('begins')).map((line) => line.split(' ')[0]);

	it('does one job after the other, whatever became of the one before', async () => {
		const [bad, good] = await Promise.allSettled([take('bad'), take('good')]);
		assert.deepEqual(done, ['bad begins', 'bad ends', 'good begins', 'good ends']);
		assert.deepEqual([bad?.status, good], ['rejected', { status: 'fulfilled', value: 'good' }]);
	});

	it('does writes before waiting readings, and what panels ask last; each kind in its order', async () => {
		await Promise.all([
			take('first'),
			take('panel 1', 'panel'),
			take('read 1'),
			take('write 1', 'write'),
			take('read 2'),
			take('panel 2', 'panel'),
			take('write 2', 'write'),
		]);
		assert.deepEqual(begun(), ['first', 'write', 'write', 'read', 'read', 'panel', 'panel']);
	});

	it('counts what is in progress and what waits', async () => {
		const all = Promise.all([take('a', 'write'), take('b'), take('c', 'panel'), take('d', 'panel')]);
		assert.deepEqual([queue.length, queue.waitingOf('panel'), queue.waitingOf('write')], [4, 2, 0]);
		await all;
		assert.equal(queue.length, 0);
	});

	it('goes on after a job that throws at once', async () => {
		const bad = queue.take(() => {
			throw new Error('at once');
		}, 'read');
		await assert.rejects(bad);
		assert.equal(await take('next'), 'next');
	});
});
