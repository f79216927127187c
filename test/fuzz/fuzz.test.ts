import assert from 'node:assert/strict';
import { sharesOf, TARGETS } from './targets.js';

/** The same cases every time; what fails is printed with its seed and in its smallest form. */
const SEED = 20_261_121;
const CASES = 6000;

describe('fuzzing', () => {
	for (const [target, cases] of sharesOf(TARGETS, CASES)) {
		it(`${target.name}: ${target.what}`, async () => {
			let seen = 0;
			const failure = await target.run({ seed: SEED, cases, onCase: () => seen++ });
			assert.equal(failure, undefined);
			assert.ok(seen >= cases);
		});
	}

	it('has names that differ', () => {
		const names = TARGETS.map(({ name }) => name);
		assert.deepEqual([...new Set(names)], names);
	});
});
