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
