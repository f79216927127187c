import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLogIntact } from '../../../nodes/adapter/store/integrity.js';
import { Rows } from '../../../nodes/adapter/store/rows.js';

const HEADER = 32;
const FRAME = 24 + 512;

describe('the look through the log of SQLite', () => {
	let log: Buffer;

	before(() => {
		const folder = mkdtempSync(join(tmpdir(), 'wattpost-log-'));
		const rows = new Rows(join(folder, 'store.db'));
		for (const name of ['a', 'b'])
			rows.transaction(false, () =>
				rows.change({ scope: 'ups/1', entries: [name, '"x"'.repeat(300)], nonces: ['n', 1], due: 5 }),
			);
		log = readFileSync(join(folder, 'store.db-wal'));
		rows.close();
		rmSync(folder, { recursive: true });
	});

	it('finds one that a process wrote in order, and no log too', () => {
		assert.ok(log.length > HEADER + 4 * FRAME);
		assert.equal((log.length - HEADER) % FRAME, 0);
		assert.equal(isLogIntact(log), true);
		assert.equal(isLogIntact(Buffer.alloc(0)), true);
	});

	it('finds one in order that ends anywhere, as a killed process leaves it', () => {
		for (let length = 0; length < log.length; length += 7)
			assert.equal(isLogIntact(log.subarray(0, length)), true, `${length}`);
	});

	it('finds one in order whose last pages have never reached the disk', () => {
		for (let from = 0; from <= log.length - 512; from += 512)
			assert.equal(isLogIntact(Buffer.from(log).fill(0, from)), true, `${from}`);
	});

	it('notices every single bit that is another one', () => {
		for (let at = 0; at < log.length; at++) {
			const spoiled = Buffer.from(log);
			spoiled[at] = (spoiled[at] ?? 0) ^ (1 << (at % 8));
			assert.equal(isLogIntact(spoiled), false, `byte ${at}`);
		}
	});
});
