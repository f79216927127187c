import assert from 'node:assert/strict';
import { PduClock } from '../../../nodes/protocol/hpdu/pdu-clock.js';
import { ManualTime } from '../manual-time.js';

describe('hpdu clock', () => {
	let time: ManualTime;
	let clock: PduClock;

	beforeEach(() => {
		time = new ManualTime(1_800_000_000_000);
		clock = new PduClock(time);
	});

	it('is not sure before it is set', () => {
		assert.deepEqual([clock.isSure, clock.seconds], [false, 0]);
		clock.set(100, time.monotonic());
		assert.deepEqual([clock.isSure, clock.seconds], [true, 100]);
	});

	it('takes whole seconds to be half over', async () => {
		clock.set(100, time.monotonic());
		await time.advance(499);
		assert.equal(clock.seconds, 100);
		await time.advance(1);
		assert.equal(clock.seconds, 101);
	});

	it('takes the answer to be given half way', async () => {
		await time.advance(3000);
		clock.set(100, 0);
		assert.equal(clock.seconds, 102);
	});

	it('goes on beyond 29 bits', async () => {
		clock.set(2 ** 29 - 1, time.monotonic());
		await time.advance(1000);
		assert.equal(clock.seconds, 2 ** 29);
	});

	it('goes on for half an hour, and then wants to be set again', async () => {
		clock.set(100, time.monotonic());
		await time.advance(1_800_000);
		assert.deepEqual([clock.isSure, clock.seconds], [true, 1900]);
		await time.advance(1);
		assert.deepEqual([clock.isSure, clock.seconds], [false, 1900]);
	});

	for (const step of [-3_600_000, -5001, 5001, 3_600_000]) {
		it(`is not sure after the wall clock went ${step} ms by itself, until it is set`, () => {
			clock.set(100, time.monotonic());
			time.setClock(time.now() + step);
			assert.deepEqual([clock.isSure, clock.seconds], [false, 100]);
			clock.set(200, time.monotonic());
			assert.deepEqual([clock.isSure, clock.seconds], [true, 200]);
		});
	}

	it('does not mind a wall clock that is put right by some seconds', () => {
		clock.set(100, time.monotonic());
		time.setClock(time.now() - 5000);
		assert.deepEqual([clock.isSure, clock.seconds], [true, 100]);
	});
});
