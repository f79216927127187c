import assert from 'node:assert/strict';
import { applyTime, type Listening, nextDue } from '../../../nodes/protocol/ups/apply-time.js';
import { queued } from '../../../nodes/protocol/ups/command-state.js';
import type { DeviceRecord } from '../../../nodes/protocol/ups/records.js';
import type { StoredUps } from '../../../nodes/protocol/ups/repository.js';
import { ENDPOINT, ID, START } from './site.js';

const DEVICE: DeviceRecord = {
	...{ v: 1, ts: START / 1000, hostThisBoot: false, endpoint: ENDPOINT, sentId: ID },
	...{ seenAt: START, floor: START / 1000 - 301, bootSessions: [] },
	condition: { online: true, mains: true, lossReported: false, host: { seen: 'unknown' } },
};
const STORED: StoredUps = {
	...{
		device: DEVICE,
		commands: [],
		silence: undefined,
		isAwaited: false,
		outboxDue: undefined,
		unreadable: [],
	},
};
const AWAITED: StoredUps = { ...STORED, device: undefined, isAwaited: true };
const OFFLINE = { ...DEVICE, condition: { ...DEVICE.condition, online: false } };

const command = queued({ id: 'c', nodeId: 'n', command: 'ui.beep', args: {}, maxAge: 60_000 }, [], START);
const onBattery = { ...DEVICE.condition, mains: false, onBatterySince: START - 10_000 };

/** A process that has listened for so many seconds. */
const listening = (seconds: number, isShared = false): Listening => ({
	settings: { offlineAfter: 120_000, mainsLostAfter: 90_000 },
	listened: seconds * 1000,
	isShared,
});

describe('when a UPS is due', () => {
	const cases: readonly (readonly [string, StoredUps, Listening, after: number, due: number | null])[] = [
		['when it has been silent for so long', STORED, listening(30), 30, 120],
		['when this process has listened for so long', STORED, listening(0), 300, 420],
		['when it has listened for so long, the clock was set ahead', STORED, listening(30), 3600, 3690],
		['when it has listened for so long, the clock was set back', STORED, listening(30), -3600, -3510],
		['never once it is offline', { ...STORED, device: OFFLINE }, listening(30), 300, null],
		['when it has not reported for so long since the deploy', AWAITED, listening(20), 500, 600],
		['when a command expires', { ...STORED, commands: [command] }, listening(30), 30, 60],
		[
			'when a loss of the mains has lasted',
			{ ...STORED, device: { ...DEVICE, condition: onBattery } },
			listening(0),
			0,
			80,
		],
		['when its outbox is to be looked at', { ...STORED, outboxDue: START + 5000 }, listening(0), 1, 5],
		['soon where its outbox is being looked at', { ...STORED, outboxDue: START + 5000 }, listening(0), 9, 14],
		['when another process may call it silent', STORED, listening(0, true), 110, 120],
		['soon where another process may do so by now', STORED, listening(10, true), 300, 305],
		['soon where it never reported and others listen', AWAITED, listening(20, true), 20, 25],
	];
	for (const [what, stored, process, after, due] of cases) {
		it(`${what}`, () => {
			const found = nextDue(stored, process, START + after * 1000);
			assert.equal(found === null ? null : (found - START) / 1000, due);
		});
	}
});

describe('a moment without a report', () => {
	it('changes nothing before anything is due', () => {
		assert.deepEqual(applyTime(STORED, ID, listening(119), START + 119_000), {
			commands: [],
			notifications: [],
		});
	});

	it('makes a UPS offline only by the stored time and the listening time together', () => {
		assert.deepEqual(applyTime(STORED, ID, listening(119), START + 500_000).notifications, []);
		const { device, notifications } = applyTime(STORED, ID, listening(120), START + 120_000);
		assert.deepEqual(device, OFFLINE);
		assert.deepEqual(notifications, [
			{ event: { event: 'offline', deviceId: ID, time: START + 120_000 }, endpoint: ENDPOINT },
		]);
	});

	it('makes one event of a UPS that never reported, for all endpoints', () => {
		const { silence, notifications } = applyTime(AWAITED, ID, listening(120), START);
		assert.deepEqual(silence, { time: START });
		assert.deepEqual(notifications, [
			{ event: { event: 'offline', never: true, deviceId: ID, time: START } },
		]);
		const noticed = { ...AWAITED, isAwaited: false, silence };
		assert.deepEqual(applyTime(noticed, ID, listening(999), START).notifications, []);
	});
});
