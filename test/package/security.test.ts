import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../nodes/harness/index.js';

/** A file of tests in code, and behind it in quotes what some of the tests in it are called, or how that begins. */
const PROOF = /`(test\/\S+\.test\.ts)`(?: \(("[^"]+"(?:, "[^"]+")*)\))?/g;

/** The rows of all tables, without their heads. */
function promisesIn(text: string): string[] {
	const rows = text.split('\n').filter((line) => line.startsWith('|'));
	return rows.filter((row, index) => !row.startsWith('|--') && !rows[index + 1]?.startsWith('|--'));
}

/** Whether a test, or a row of a table from which tests are made, begins with these words. */
const isNamedIn = (source: string, words: string): boolean =>
	["'", '"', '`'].some((quote) => source.includes(`${quote}${words}`));

describe('SECURITY.md', () => {
	const promises = promisesIn(readFileSync(join(CHECKOUT, 'SECURITY.md'), 'utf8'));

	it('makes promises', () => assert.ok(promises.length >= 20, String(promises.length)));

	for (const promise of promises) {
		const [, ...cells] = promise.split(' | ');
		it(`says where it is tested that somebody can't, or that it is so always: ${promise.slice(2, 60)}`, () => {
			const proofs = [...(cells.at(-1) ?? '').matchAll(PROOF)];
			assert.ok(proofs.length > 0);
			assert.equal(
				cells
					.at(-1)
					?.replaceAll(PROOF, '')
					.replaceAll(/[\s,|]/g, ''),
				'',
				'nothing else is there',
			);
			for (const [, file = '', names = ''] of proofs) {
				assert.ok(existsSync(join(CHECKOUT, file)), `${file} is not there`);
				const source = readFileSync(join(CHECKOUT, file), 'utf8');
				const missing = [...names.matchAll(/"([^"]+)"/g)].filter(
					([, words = '']) => !isNamedIn(source, words),
				);
				assert.deepEqual(missing, [], file);
			}
		});
	}
});
