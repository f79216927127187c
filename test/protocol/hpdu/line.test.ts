import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { PduLine } from '../../../nodes/protocol/hpdu/line.js';
import { ChangedLogins } from '../../../nodes/protocol/hpdu/login-change.js';
import { ManualTime, settled } from '../manual-time.js';

describe('hpdu line', () => {
	let time: ManualTime;
	let line: PduLine;
	let aborting: AbortController;

	beforeEach(() => {
		time = new ManualTime(1_800_000_000_000);
		line = new PduLine(time, time, new ChangedLogins());
		aborting = new AbortController();
	});

	/** Whether a request may start by now. */
	async function isReady(interval: number): Promise<() => Promise<boolean>> {
		let ready = false;
		void line.ready(interval, aborting.signal).then(() => {
			ready = true;
		});
		return async () => {
			await settled();
			return ready;
		};
	}

	it('lets the first request start at once', async () => {
		assert.equal(await (await isReady(60_000))(), true);
	});

	it('lets the next one wait from the start of the one before', async () => {
		line.begin();
		await time.advance(400);
		const ready = await isReady(1000);
		await time.advance(599);
		assert.equal(await ready(), false);
		await time.advance(1);
		assert.equal(await ready(), true);
		assert.deepEqual(getEventListeners(aborting.signal, 'abort'), []);
	});

	it('lets nobody wait who has waited long enough', async () => {
		line.begin();
		await time.advance(1000);
		assert.equal(await (await isReady(1000))(), true);
		assert.equal(time.nextTimer, Number.POSITIVE_INFINITY);
	});

	it('lets nobody wait who does not want to any more', async () => {
		line.begin();
		const ready = await isReady(1000);
		assert.equal(await ready(), false);
		aborting.abort();
		assert.equal(await ready(), true);
		assert.equal(await (await isReady(1000))(), true);
		assert.equal(time.nextTimer, Number.POSITIVE_INFINITY);
	});
});
