import assert from 'node:assert/strict';
import { notedApart, type Seen, seenAfter, usualInterval } from '../../../nodes/protocol/wican/seen.js';
import { HOUR, SECOND, START } from './garage.js';

function seenWith(gaps: readonly number[]): Seen | undefined {
	let at = 5;
	let seen = seenAfter(undefined, at, 1000);
	for (const gap of gaps) {
		at += gap;
		seen = seenAfter(seen, at, 1000) ?? seen;
	}
	return seen;
}

describe('the usual interval', () => {
	const NIGHT = 9 * HOUR;
	const rows: readonly (readonly [string, readonly number[], number | undefined])[] = [
		['is not known from nothing', [], undefined],
		['is not known from one gap, which may be the night', [NIGHT], undefined],
		['is the shorter of two', [NIGHT, 10 * SECOND], 10 * SECOND],
		['is the one in the middle', [5000, 9000, 10_000], 9000],
		['is the lower one in the middle', [10_000, 5000, 9000, 6000], 6000],
		['does not heed a night', [...Array(5).fill(10_000), NIGHT, 10_000], 10_000],
		['does not heed bodies that are sent again', [10_000, 2000, 10_000, 10_000, 2000], 10_000],
		['follows a change after some posts', [...Array(20).fill(10_000), ...Array(5).fill(60_000)], 60_000],
		['looks at the last nine gaps', [...Array(20).fill(10_000), ...Array(4).fill(60_000)], 10_000],
		['does not heed what comes within a second', [400, 400, 10_000, 300, 10_000], 10_300],
		['does not heed a clock that is set back', [10_000, 10_000, -HOUR, 10_000], 10_000],
	];
	for (const [what, gaps, usual] of rows) it(what, () => assert.equal(usualInterval(seenWith(gaps)), usual));

	it('is not known before the first post', () => assert.equal(usualInterval(undefined), undefined));
});

describe('when a car was seen', () => {
	it('is noted every 10 s, more often where a short silence counts, and every second for others that hear it too', () => {
		assert.deepEqual(
			[
				notedApart(120_000, false),
				notedApart(3_600_000, false),
				notedApart(6000, false),
				notedApart(120_000, true),
			],
			[10_000, 10_000, 500, 1000],
		);
		assert.equal(seenAfter({ at: START, gaps: [] }, START + 9999, 10_000), undefined);
		assert.deepEqual(seenAfter({ at: START, gaps: [] }, START + 10_000, 10_000), {
			at: START + 10_000,
			gaps: [10_000],
		});
	});
});
