import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../nodes/harness/index.js';

describe('SECURITY.md', () => {
	it('names tests for each promise of its table, which are there', () => {
		const text = readFileSync(join(CHECKOUT, 'SECURITY.md'), 'utf8');
		const promises = text.split('\n').filter((line) => /^\| (?!Somebody)/.test(line));
		assert.ok(promises.length >= 10);
		for (const promise of promises) {
			const files = [...promise.matchAll(/`(test\/\S+)`/g)].map(([, file = '']) => file);
			assert.ok(files.length > 0, promise);
			for (const file of files)
				assert.ok(file.endsWith('.test.ts') && existsSync(join(CHECKOUT, file)), file);
		}
	});
});
