import assert from 'node:assert/strict';
import type { Changes } from '../../nodes/adapter/store/changes.js';
import { Journal, LEISURE, PATIENCE, type Target } from '../../nodes/adapter/store/journal.js';
import { ProtocolError } from '../../nodes/protocol/common/errors.js';
import { ManualTimers } from './store-kit.js';

/** Notes each group as `scope.name=text` and ends it when the test says so. */
class Recorder implements Target {
	readonly groups: string[][] = [];
	private readonly ends: ((error?: Error) => void)[] = [];
	private waiting: (() => void)[] = [];

	async prepare(): Promise<void> {}

	taken(): void {}

	write(changes: Changes): Promise<void> {
		this.groups.push(
			[...changes.entries].flatMap(([scope, values]) =>
				[...values].map(([name, text]) => `${scope}.${name}=${text ?? 'removed'}`),
			),
		);
		for (const resume of this.waiting.splice(0)) resume();
		return new Promise((resolve, reject) => {
			this.ends.push((error) => (error === undefined ? resolve() : reject(error)));
		});
	}

	stalled(): ProtocolError {
		return new ProtocolError('store-unavailable');
	}

	/** Resolves when this many groups have been begun. */
	async begun(count: number): Promise<void> {
		while (this.groups.length < count) await new Promise<void>((resolve) => this.waiting.push(resolve));
	}

	end(error?: Error): void {
		this.ends.shift()?.(error);
	}
}

describe('journal', () => {
	let timers: ManualTimers;
	let target: Recorder;
	let journal: Journal;

	beforeEach(() => {
		timers = new ManualTimers();
		target = new Recorder();
		journal = new Journal(timers, target);
	});

	function commit(scope: string, text: string | undefined): Promise<'done'> {
		journal.unwritten.entry(scope, 'x', text);
		return journal.commit();
	}

	it('writes what is committed in one tick as one group', async () => {
		const commits = [commit('a', '1'), commit('b', '2'), commit('c', undefined)];
		await target.begun(1);
		target.end();
		assert.deepEqual(await Promise.all(commits), ['done', 'done', 'done']);
		assert.deepEqual(target.groups, [['a.x=1', 'b.x=2', 'c.x=removed']]);
	});

	it('has one group on its way and collects the next, each entry once', async () => {
		const first = commit('a', '1');
		await target.begun(1);
		const later = [commit('a', '2'), commit('b', '3'), commit('a', '4')];
		target.end();
		await first;
		await target.begun(2);
		target.end();
		await Promise.all(later);
		assert.deepEqual(target.groups, [['a.x=1'], ['a.x=4', 'b.x=3']]);
	});

	it('writes nothing any more once it has ended, whatever was planned', async () => {
		journal.unwritten.entry('a', 'x', '1');
		journal.plan();
		journal.end();
		timers.fire(PATIENCE);
		journal.start();
		await journal.idle();
		assert.deepEqual(target.groups, []);
		await assert.rejects(journal.commit(), { code: 'store-unavailable' });
	});

	it('writes before long what is planned, though a group is on its way', async () => {
		const first = commit('a', '1');
		await target.begun(1);
		journal.unwritten.entry('b', 'x', '2');
		journal.plan();
		timers.fire(LEISURE);
		target.end();
		assert.equal(await first, 'done');
		await target.begun(2);
		target.end();
		await journal.idle();
		assert.deepEqual(target.groups, [['a.x=1'], ['b.x=2']]);
	});

	it('tells everyone in a group that failed, and writes it again with the next one', async () => {
		const failure = new Error('full');
		const first = [commit('a', '1'), commit('b', '1')];
		await target.begun(1);
		const second = commit('a', '2');
		target.end(failure);
		for (const promise of first) await assert.rejects(promise, failure);
		await target.begun(2);
		target.end();
		assert.equal(await second, 'done');
		assert.deepEqual(target.groups, [
			['a.x=1', 'b.x=1'],
			['a.x=2', 'b.x=1'],
		]);
	});

	it('lets nobody wait for a write that hangs, and begins nothing before it has ended', async () => {
		const first = commit('a', '1');
		await target.begun(1);
		const second = commit('b', '2');
		timers.fire(PATIENCE);
		await assert.rejects(first, { code: 'store-unavailable' });
		await assert.rejects(second, { code: 'store-unavailable' });
		await assert.rejects(commit('c', '3'), { code: 'store-unavailable' });
		assert.equal(target.groups.length, 1);
		target.end();
		await target.begun(2);
		assert.deepEqual(target.groups[1], ['b.x=2', 'c.x=3']);
		const fourth = commit('d', '4');
		target.end();
		await target.begun(3);
		target.end();
		assert.equal(await fourth, 'done');
	});

	it('is idle when all that was committed is written', async () => {
		const order: string[] = [];
		void commit('a', '1').then(() => order.push('written'));
		const idle = journal.idle().then(() => order.push('idle'));
		await target.begun(1);
		target.end();
		await idle;
		assert.deepEqual(order, ['written', 'idle']);
	});
});
