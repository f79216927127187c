import assert from 'node:assert/strict';
import { keptCases } from './kept.js';
import { sharesOf, TARGETS } from './targets.js';

/** The same cases every time; what fails is printed with its seed and in its smallest form. */
const SEED = 20_261_121;
const CASES = 6000;

describe('fuzzing', () => {
	for (const [target, cases] of sharesOf(TARGETS, CASES)) {
		it(`${target.name}: ${target.what}`, async () => {
			let seen = 0;
			const failure = await target.run({ seed: SEED, cases, onCase: () => seen++ });
			assert.equal(failure?.report, undefined);
			assert.ok(seen >= cases);
		});
	}
});

describe('cases that fuzzing found', () => {
	const names = TARGETS.map(({ name }) => name);

	for (const [file, found] of keptCases()) {
		it(`${file}: ${found.holds}`, async () => {
			const failure = await TARGETS[names.indexOf(found.target)]?.replay(found.input);
			assert.ok(names.includes(found.target), found.target);
			assert.equal(failure?.report, undefined);
		});
	}
});
