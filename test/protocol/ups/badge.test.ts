import assert from 'node:assert/strict';
import { badgeOfUpses, type UpsView } from '../../../nodes/protocol/ups/index.js';

const view = (changed: Partial<UpsView> = {}): UpsView => ({
	seen: true,
	online: true,
	mains: true,
	level: 87.6,
	...changed,
});
const unseen = view({ seen: false, online: false, mains: undefined, level: undefined });

const REFUSED = { at: 570_000, reason: 'bad-signature', status: 401, remoteAddress: '192.0.2.7' };
const refused = (reason: string, clockOffset?: number) => ({
	...unseen,
	refused: { ...REFUSED, reason, ...(clockOffset !== undefined && { clockOffset }) },
});

const onBattery = (onBatterySince: number) => view({ mains: false, level: undefined, onBatterySince });

const CASES: readonly (readonly [string, UpsView[], unknown])[] = [
	['nobody is configured', [], ['no-ups', {}]],
	['nobody has been seen, but one is refused', [unseen, { ...unseen, refused: REFUSED }], ['wrong-key', {}]],
	['one is refused, but reports', [view({ seenAt: 1, refused: REFUSED })], ['on-mains', { level: 88 }]],
	['one is offline and refused', [view({ online: false, seenAt: 1, refused: REFUSED })], ['wrong-key', {}]],
	[
		'one was refused before it fell silent',
		[view({ online: false, seenAt: 580_000, refused: REFUSED })],
		['offline', { age: 20_000 }],
	],
	['nobody has been seen', [unseen, unseen], ['waiting', {}]],
	['one is on mains', [view(), unseen], ['on-mains', { level: 88 }]],
	['one is on battery', [view({ mains: false })], ['on-battery-level', { level: 88 }]],
	[
		'its battery is low',
		[view({ mains: false, level: 11.6, batteryLow: true })],
		['battery-low', { level: 12 }],
	],
	[
		'it has been on battery of unknown level for a minute',
		[onBattery(540_000)],
		['on-battery', { age: 60_000 }],
	],
	['it has been so for less', [onBattery(540_001)], ['battery', { age: 59_999 }]],
	['its key does not fit', [refused('bad-signature')], ['wrong-key', {}]],
	['its id is wanted by no node here', [refused('unknown-device')], ['unknown-id', {}]],
	['its clock is nine minutes ahead', [refused('stale-timestamp', 540)], ['clock-off', { span: 540_000 }]],
	['its clock is 301 seconds behind', [refused('stale-timestamp', -301)], ['clock-off', { span: 301_000 }]],
	['it has no network time', [refused('stale-timestamp', 41 - 1_795_200_781)], ['no-network-time', {}]],
	['its time is refused for another reason', [refused('stale-timestamp')], ['clock-wrong', {}]],
	['a reason has no badge of its own', [refused('odd')], ['refused', { status: 401 }]],
	['it reports at another endpoint', [view({ elsewhere: true })], ['elsewhere', {}]],
	[
		'it is silent, and reported at another endpoint last',
		[view({ elsewhere: true, online: false })],
		['elsewhere', {}],
	],
	[
		'one of two reports at another endpoint',
		[view({ elsewhere: true }), view()],
		['on-mains', { level: 88 }],
	],
	['its level is not known', [view({ level: undefined })], ['mains', {}]],
	['its level on battery is not known', [view({ mains: false, level: undefined })], ['battery', {}]],
	['it does not tell of its mains', [view({ mains: undefined })], ['on-mains', { level: 88 }]],
	['one is offline', [view({ online: false, mains: false })], ['offline', {}]],
	[
		'it has been so for 3 minutes',
		[view({ online: false, seenAt: 420_000 })],
		['offline-for', { age: 180_000 }],
	],
	[
		'it has been so for some seconds',
		[view({ online: false, seenAt: 590_000 })],
		['offline', { age: 10_000 }],
	],
	[
		'the clock was set back since',
		[view({ online: false, seenAt: 700_000 })],
		['offline', { age: -100_000 }],
	],
	['all are on mains', [view(), view()], ['all-on-mains', { count: 2 }]],
	['some are on battery', [view(), view({ mains: false })], ['some-on-battery', { bad: 1, count: 2 }]],
	[
		'some are offline, which is worse',
		[view({ mains: false }), view({ online: false }), view()],
		['some-offline', { bad: 1, count: 3 }],
	],
];

describe('badge of UPSes', () => {
	for (const [what, views, badge] of CASES) {
		it(`when ${what}`, () => assert.deepEqual(badgeOfUpses(views, 600_000, false), badge));
	}

	it('when no UPS was seen, but an unknown one is refused', () => {
		assert.deepEqual(badgeOfUpses([unseen], 0, true), ['unknown-id', {}]);
		assert.deepEqual(badgeOfUpses([view()], 0, true), ['on-mains', { level: 88 }]);
	});
});
