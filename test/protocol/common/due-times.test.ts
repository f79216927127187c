import assert from 'node:assert/strict';
import { DueTimes } from '../../../nodes/protocol/common/due-times.js';
import { ManualTime } from '../manual-time.js';

const START = 1_795_200_781_000;

function dueTimes() {
	const time = new ManualTime(START);
	const problems: unknown[] = [];
	const times = new DueTimes(time, time, (error) => problems.push(error));
	const called: string[] = [];
	times.onDue('ups/', (scope) => called.push(`${scope} ${time.now() - START}`));
	return { time, times, called, problems };
}

describe('due times of scopes', () => {
	it('call the listener of the prefix when the time has passed, and every 5 s until it is moved', async () => {
		const { time, times, called } = dueTimes();
		times.set('ups/A', START + 1000);
		times.set('wican/A', START + 1000);
		await time.advance(11_500);
		assert.deepEqual(called, ['ups/A 1000', 'ups/A 6000', 'ups/A 11000']);
		times.set('ups/A', null);
		await time.advance(60_000);
		assert.equal(called.length, 3);
		assert.equal(time.nextTimer > 11_500, true);
	});

	it('are told also when a timer fires a fraction of a millisecond early, as those of Node.js do', async () => {
		const time = new ManualTime(START);
		const early = {
			set: (callback: () => void, delay: number) => time.set(callback, Math.max(1, delay - 0.75)),
			clear: (handle: unknown) => time.clear(handle),
		};
		const times = new DueTimes(time, early, (error) => assert.fail(String(error)));
		const called: number[] = [];
		times.onDue('', () => called.push(time.monotonic()));
		times.set('ups/A', START + 100.5);
		await time.advance(100.25);
		assert.deepEqual(called, []);
		await time.advance(1);
		assert.deepEqual(called, [101.25]);
	});

	it('move later without a new timer, and earlier with one', async () => {
		const { time, times, called } = dueTimes();
		times.set('ups/A', START + 1000);
		await time.advance(900);
		times.set('ups/A', START + 1900);
		await time.advance(900);
		assert.deepEqual(called, []);
		times.set('ups/A', START + 1850);
		await time.advance(100);
		assert.deepEqual(called, ['ups/A 1850']);
	});

	it('are not moved by a clock that is set', async () => {
		const { time, times, called } = dueTimes();
		times.set('ups/A', START + 1000);
		time.setClock(START - 3_600_000);
		await time.advance(999);
		assert.deepEqual(called, []);
		await time.advance(1);
		assert.equal(called.length, 1);
	});

	it('hold a time further away than a timer can wait', async () => {
		const { time, times, called } = dueTimes();
		times.set('ups/A', START + 100 * 86_400_000);
		await time.advance(99 * 86_400_000);
		assert.deepEqual(called, []);
		await time.advance(86_400_000);
		assert.deepEqual(called, ['ups/A 8640000000']);
	});

	it('go on when a listener throws, and report it', async () => {
		const { time, times, called, problems } = dueTimes();
		times.onDue('ups/', () => {
			throw new Error('thrown by a listener');
		});
		times.set('ups/A', START);
		await time.advance(5000);
		assert.equal(called.length, 2);
		assert.equal(problems.length, 2);
	});

	it('that a listener moves at once are called at the new time only', async () => {
		const { time, times } = dueTimes();
		const moved: number[] = [];
		times.onDue('x/', (scope) => {
			moved.push(time.now() - START);
			times.set(scope, time.now() + 700);
		});
		times.set('x/1', START + 300);
		await time.advance(1800);
		assert.deepEqual(moved, [300, 1000, 1700]);
	});

	it('are gone after clear', async () => {
		const { time, times, called } = dueTimes();
		times.set('ups/A', START + 1000);
		times.clear();
		assert.equal(time.nextTimer, Number.POSITIVE_INFINITY);
		await time.advance(10_000);
		assert.deepEqual(called, []);
	});
});
