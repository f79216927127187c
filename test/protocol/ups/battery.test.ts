import assert from 'node:assert/strict';
import { batteryLevel } from '../../../nodes/protocol/ups/index.js';

/** Millivolts of the whole pack and the percentage shown. */
const LEVELS: readonly (readonly [number, number])[] = [
	// the points of the display's table
	[6400, 0],
	[6600, 4],
	[6800, 10],
	[7000, 22],
	[7200, 40],
	[7400, 60],
	[7600, 75],
	[7800, 88],
	[8000, 100],
	// between them
	[6500, 2],
	[6700, 7],
	[6900, 16],
	[7100, 31],
	[7300, 50],
	[7500, 67.5],
	[7700, 81.5],
	[7900, 94],
	[7501, 67.6],
	[6401, 0],
	[6405, 0.1],
	[7999, 99.9],
	// beyond it
	[6399, 0],
	[0, 0],
	[-5, 0],
	[8001, 100],
	[8400, 100],
	[1e308, 100],
];

describe('level of the battery', () => {
	for (const [millivolts, percent] of LEVELS) {
		it(`${millivolts} mV are ${percent} %`, () => assert.equal(batteryLevel(millivolts), percent));
	}
});
