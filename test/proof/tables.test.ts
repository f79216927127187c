import assert from 'node:assert/strict';
import { commandsOf, tablesOf, withTables } from './tables.js';

const DOCUMENT = `# Proof

<!-- npm run bench -->
old

| a |
<!-- end -->

Text.

<!-- npm run fuzz -- --seed 1 -->
<!-- end -->
`;

describe('tables in a document', () => {
	it('are those between a command and the end', () => {
		assert.deepEqual(commandsOf(DOCUMENT), ['npm run bench', 'npm run fuzz -- --seed 1']);
	});

	it('are taken from what a command printed, without the spaces that align them', () => {
		const output = 'first\n\n| what   | n |\n| ------ | -: |\n| posts  | 1 |\nmore | text\n\n| b |\n|---|\n';
		assert.equal(tablesOf(output), '| what | n |\n| ------ | -: |\n| posts | 1 |\n\n| b |\n|---|');
	});

	it('take the place of the older ones, and of no others', () => {
		assert.equal(
			withTables(DOCUMENT, 'npm run bench', 'x\n| n |\n| 2 |\ny\n', 'today'),
			DOCUMENT.replace('old\n\n| a |\n', '`npm run bench`: today\n\n| n |\n| 2 |\n\n'),
		);
	});

	it('are none where the command is not named or printed none', () => {
		assert.throws(() => withTables(DOCUMENT, 'npm run soak', '| 1 |', ''), /no tables of/);
		assert.throws(() => withTables(DOCUMENT, 'npm run bench', 'failed', ''), /printed no table/);
	});
});
