import assert from 'node:assert/strict';
import {
	type BootSession,
	bootSessionsAfter,
	isForgotten,
	isWithin,
	type Moment,
} from '../../../nodes/protocol/ups/report-order.js';

const stretchesOf = (...posts: readonly (Moment & { floor: number })[]): readonly BootSession[] =>
	posts.reduce<readonly BootSession[]>(
		(before, { floor, ...moment }) => bootSessionsAfter(before, moment, floor),
		[],
	);

describe('bootSessions of a UPS', () => {
	it('are one while its clock and its uptime go alike', () => {
		assert.deepEqual(
			stretchesOf({ ts: 5000, uptime: 100, floor: 4699 }, { ts: 5030, uptime: 130, floor: 4729 }),
			[{ from: 4900, to: 4900, newest: 5030, forgotten: 4729 }],
		);
	});

	it('are one while its clock is kept right by small steps', () => {
		assert.deepEqual(
			stretchesOf({ ts: 5000, uptime: 100, floor: 4699 }, { ts: 5040, uptime: 130, floor: 4739 }),
			[{ from: 4900, to: 4910, newest: 5040, forgotten: 4739 }],
		);
	});

	it('are two when the clock was set, the present one first', () => {
		assert.deepEqual(
			stretchesOf({ ts: 5000, uptime: 100, floor: 4699 }, { ts: 8630, uptime: 130, floor: 8329 }),
			[
				{ from: 8500, to: 8500, newest: 8630, forgotten: 8329 },
				{ from: 4900, to: 4900, newest: 5000, forgotten: 5000 },
			],
		);
	});

	it('are two when the UPS started again; what came before is not forgotten at once', () => {
		assert.deepEqual(
			stretchesOf({ ts: 5000, uptime: 100, floor: 4699 }, { ts: 5030, uptime: 12, floor: 4729 }),
			[
				{ from: 5018, to: 5018, newest: 5030, forgotten: 4729 },
				{ from: 4900, to: 4900, newest: 5000, forgotten: 4729 },
			],
		);
	});

	it('go on where the clock returns to one', () => {
		const [now, ...others] = stretchesOf(
			{ ts: 5000, uptime: 100, floor: 4699 },
			{ ts: 8630, uptime: 130, floor: 8329 },
			{ ts: 5060, uptime: 160, floor: 5059 },
		);
		assert.deepEqual(now, { from: 4900, to: 4900, newest: 5060, forgotten: 5059 });
		assert.deepEqual(others, [{ from: 8500, to: 8500, newest: 8630, forgotten: 8329 }]);
	});

	it('stay what they are when a clock is set back, and forget no less', () => {
		const bootSessions = stretchesOf(
			{ ts: 5000, uptime: 100, floor: 4999 },
			{ ts: 1030, uptime: 130, floor: 1029 },
		);
		assert.deepEqual(
			bootSessions.map(({ forgotten }) => forgotten),
			[1029, 4999],
		);
	});

	it('forget by the floor also where a POST has no uptime', () => {
		assert.deepEqual(
			stretchesOf({ ts: 5000, uptime: 100, floor: 4699 }, { ts: 9000, uptime: undefined, floor: 8699 }),
			[{ from: 4900, to: 4900, newest: 5000, forgotten: 5000 }],
		);
	});

	it('are the sixteen that had a POST last', () => {
		const posts = Array.from({ length: 20 }, (_, index) => ({ ts: 1000 * index, uptime: 5, floor: 0 }));
		assert.deepEqual(
			stretchesOf(...posts).map(({ newest }) => newest),
			Array.from({ length: 16 }, (_, index) => 19_000 - 1000 * index),
		);
	});
});

describe('a moment', () => {
	const bootSessions = [{ from: 900, to: 910, newest: 5040, forgotten: 4739 }];

	it('is forgotten on its own session only, up to what is forgotten there', () => {
		const cases: readonly (readonly [number, number | undefined, boolean])[] = [
			[4739, 3839, true],
			[4739, 3829, true],
			[4740, 3830, false],
			[4739, 3828, false],
			[4739, 3840, false],
			[4739, undefined, false],
		];
		for (const [ts, uptime, expected] of cases)
			assert.equal(isForgotten(bootSessions, { ts, uptime }), expected, `${ts}, ${uptime}`);
	});

	it('is within a session up to its newest POST', () => {
		assert.equal(isWithin(bootSessions, { ts: 5040, uptime: 4130 }), true);
		assert.equal(isWithin(bootSessions, { ts: 5041, uptime: 4131 }), false);
		assert.equal(isWithin(bootSessions, { ts: 5040, uptime: 4150 }), false);
		assert.equal(isWithin(bootSessions, { ts: 9999, uptime: undefined }), true);
	});
});
