import assert from 'node:assert/strict';
import { Site, START } from './site.js';

/** By how many seconds the deadline of a command is moved when the clock is set, once or several times. */
async function moved(...steps: readonly number[]): Promise<number[]> {
	const site = new Site().start();
	const id = await site.queue('ui.beep');
	const expiresAt = () =>
		(site.store.entriesOf('ups/8988228066680569990')[`command/${id}`] as { expiresAt: number }).expiresAt;
	const moves: number[] = [];
	for (const step of steps) {
		site.time.setClock(site.time.now() + step * 1000);
		await site.service.clockSteps.correct();
		await site.service.clockSteps.correct();
		moves.push((expiresAt() - START - 600_000) / 1000);
	}
	return moves;
}

describe('a step of the clock', () => {
	it('moves deadlines once, forth and back', async () => {
		assert.deepEqual(await moved(3600, 0, -3600), [3600, 3600, 0]);
	});

	it('is not a small correction of the clock', async () => {
		assert.deepEqual(await moved(9.999), [0]);
		assert.deepEqual(await moved(10), [10]);
	});

	it('is not the passing of time', async () => {
		const site = new Site().start({ commandMaxAge: 864_000_000 });
		await site.queue('ui.beep');
		await site.time.advance(86_400_000);
		assert.equal(site.reports[0]?.expiresAt, START + 864_000_000);
		await site.time.advance(777_600_000);
		assert.deepEqual(site.states(), ['queued', 'expired']);
	});
});
