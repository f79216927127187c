/** How full the battery is, and how long it will last. */
import type { PowerSample, SampleTime } from './power-state.js';

/** Millivolts of one cell and the percentage that the UPS's own display shows there; linear in between. */
const LEVELS: readonly (readonly [millivolts: number, percent: number])[] = [
	[3200, 0],
	[3300, 4],
	[3400, 10],
	[3500, 22],
	[3600, 40],
	[3700, 60],
	[3800, 75],
	[3900, 88],
	[4000, 100],
];

const CELLS = 2;

/**
 * How full the battery is, in percent to one decimal, estimated from its voltage as the UPS's display does. The UPS
 * sends no percentage. Reads high while charging.
 * @param packMillivolts voltage of the two cells in series (`vbat_mv`)
 */
export function batteryLevel(packMillivolts: number): number {
	const cell = packMillivolts / CELLS;
	const above = LEVELS.findIndex(([millivolts]) => millivolts > cell);
	if (above === 0) return 0;
	const [low, high] = [LEVELS[above - 1], LEVELS[above]];
	if (low === undefined || high === undefined) return 100;
	const percent = low[1] + ((cell - low[0]) / (high[0] - low[0])) * (high[1] - low[1]);
	return Math.round(percent * 10) / 10;
}

/** The samples of one outage: the one from which the pace is measured, and the newest. */
export interface Discharge {
	readonly from: Point;
	readonly newest: Point;
	/** How many samples differed from the one before them, the first one included. */
	readonly samples: number;
}

interface Point {
	/** Percent. */
	readonly level: number;
	/** The same moment by the clocks of the UPS, seconds; null where the report has none. */
	readonly clocks: readonly (number | null)[];
}

/** A pace is known after so many samples and seconds. */
const MIN_SAMPLES = 3;
const MIN_SECONDS = 120;

/** Where the Pi shuts itself down, percent. */
const SHUTDOWN_LEVEL = 10;

/** The discharge after a sample; undefined while no sample had a level. */
export function afterDischarge(
	before: Discharge | undefined,
	sample: PowerSample,
	{ ts, uptime }: SampleTime,
): Discharge | undefined {
	const { batteryLevel: level } = sample;
	if (level === undefined) return before;
	// The board's own clock is exact: a report may repeat a sample that is half a minute old.
	const point: Point = { level, clocks: [sample.uptime ?? null, uptime ?? null, ts] };
	if (before === undefined || isNewStart(before, point)) return { from: point, newest: point, samples: 1 };
	const isNew = before.newest.level !== level || before.newest.clocks[0] !== point.clocks[0];
	return { ...before, newest: point, samples: before.samples + (isNew ? 1 : 0) };
}

/** Whole minutes until the Pi shuts itself down; undefined while the pace of the outage is unknown. */
export function minutesLeft(discharge: Discharge | undefined): number | undefined {
	if (discharge === undefined || discharge.samples < MIN_SAMPLES) return undefined;
	const { from, newest } = discharge;
	const seconds = secondsBetween(from, newest);
	const drop = from.level - newest.level;
	if (seconds === undefined || seconds < MIN_SECONDS || drop <= 0) return undefined;
	const left = Math.max(0, newest.level - SHUTDOWN_LEVEL);
	return Math.round((left * seconds) / drop / 60);
}

/** Above the end of the table the level is constant while the battery drains, and a higher level comes from a relaxed battery. */
function isNewStart({ from }: Discharge, point: Point): boolean {
	return point.level > from.level || point.level >= 100 || secondsBetween(from, point) === undefined;
}

/** By the first clock that both points have and that was not restarted or set back in between. */
function secondsBetween(from: Point, to: Point): number | undefined {
	for (const [index, start] of from.clocks.entries()) {
		const end = to.clocks[index] ?? null;
		if (start !== null && end !== null && end > start) return end - start;
	}
	return undefined;
}
