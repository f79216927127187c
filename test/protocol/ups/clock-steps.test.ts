import assert from 'node:assert/strict';
import { ClockWatch } from '../../../nodes/protocol/ups/clock-steps.js';
import { ManualTime } from '../manual-time.js';

const NOW = 1_795_200_781_000;

describe('watch over the clock', () => {
	it('tells a step once', () => {
		const time = new ManualTime(NOW);
		const watch = new ClockWatch(time);
		assert.equal(watch.takeStep(), 0);
		time.setClock(NOW + 3_600_000);
		assert.equal(watch.takeStep(), 3_600_000);
		assert.equal(watch.takeStep(), 0);
		time.setClock(NOW);
		assert.equal(watch.takeStep(), -3_600_000);
	});

	it('does not take the passing of time for a step', async () => {
		const time = new ManualTime(NOW);
		const watch = new ClockWatch(time);
		await time.advance(86_400_000);
		assert.equal(watch.takeStep(), 0);
	});

	it('overlooks a clock that is being kept right', () => {
		const time = new ManualTime(NOW);
		const watch = new ClockWatch(time);
		time.setClock(NOW + 9_999);
		assert.equal(watch.takeStep(), 0);
		time.setClock(NOW + 10_000);
		assert.equal(watch.takeStep(), 10_000);
	});
});
