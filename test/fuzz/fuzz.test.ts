import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { keep, kept, keptCases } from './kept.js';
import { anything, mutated } from './mutations.js';
import { spelled, unspelled } from './spelling.js';
import { target } from './target.js';
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

	it('has names that differ', () => {
		const names = TARGETS.map(({ name }) => name);
		assert.deepEqual([...new Set(names)], names);
	});
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

	it('are kept as they were, and fail again when what they found is there again', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'wattpost-fuzz-'));
		const broken = target({
			name: 'broken',
			what: 'No bytes contain a "}", and there is nothing odd.',
			cases: fc.tuple(mutated([Buffer.from('{"a":"\xe9"}', 'latin1')], 2), fc.constant({ toString: null })),
			check: ([bytes, odd]) => assert.ok(!bytes.includes('}') && String(odd)),
		});
		const failure = await broken.run({ seed: 1, cases: 100 });
		keep(folder, kept(broken.name, broken.what, failure?.input));
		const [again] = keptCases(folder).values();
		rmSync(folder, { recursive: true });

		assert.deepEqual(again?.input, failure?.input);
		assert.match((await broken.replay(again?.input))?.report ?? '', /failed after 1 test/i);
	});

	it('can be written whatever a flow has in a message', () => {
		const messages = fc.oneof(anything, fc.dictionary(fc.constantFrom('__proto__', '$odd', 'a'), anything));
		fc.assert(
			fc.property(messages, (value) => {
				assert.deepEqual(unspelled(JSON.parse(JSON.stringify(spelled(value)))), value);
			}),
		);
	});
});
