import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, makeTempDir, redPath, removeDir, usualVersion } from '../nodes/harness/index.js';
import { cellsNamed, installedVersion, nameOf, RELEASES, RUNTIMES } from './cells.js';
import { format, isGood, type Outcome, tableOf } from './report.js';
import { linkTree } from './workshop.js';

const OUTCOME: Outcome = {
	...{ node: '22.9.0', nodeRed: '4.1.15', passed: 812, failed: 0, skipped: 1, seconds: 125.9 },
	...{ failures: [], skips: ['a disk: is full'], log: '/tmp/22.9-4.1.log' },
};

describe('the matrix', () => {
	it('begins with the oldest Node.js and the oldest Node-RED that package.json allows', () => {
		const manifest = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8'));
		assert.equal(manifest.engines.node, `>=${RUNTIMES[0]?.name}`);
		assert.equal(manifest['node-red'].version, `>=${RELEASES[0]?.name}.0`);
	});

	for (const release of RELEASES) {
		it(`runs the tests on Node-RED ${release.name}`, () => {
			assert.ok(installedVersion(release).startsWith(`${release.name}.`), installedVersion(release));
			const { version } = require(join(redPath(usualVersion(release.package)), '../package.json'));
			assert.equal(version, installedVersion(release));
		});
	}

	it('does not take another Node-RED for one that it does not know', () => {
		assert.throws(() => usualVersion('node-red-3'));
		assert.equal(usualVersion(''), 5);
	});

	const chosen: readonly [only: string | undefined, cells: number][] = [
		[undefined, 6],
		['22.9', 2],
		['/4.1', 3],
		['22.9/4.1', 1],
		['26/5.0,22.9,26', 4],
	];
	for (const [only, count] of chosen) {
		it(`finds ${count} cells for ${only ?? 'no name'}`, () => {
			const names = cellsNamed(only).map(nameOf);
			assert.deepEqual([names.length, new Set(names).size], [count, count]);
		});
	}

	it('does not run everything for a name that it does not know', () => {
		for (const only of ['22', '24/4', '24,23']) assert.throws(() => cellsNamed(only), only);
	});

	it('shows a row for each cell, and which tests failed and were skipped', () => {
		const failed = { ...OUTCOME, node: '26.1.0', failed: 1, failures: ['a UPS: answers'], skips: [] };
		assert.deepEqual(tableOf([OUTCOME]).split('\n').slice(2), ['| 22.9.0 | 4.1.15 | 812 | 0 | 1 | 2:05 |']);
		const text = format([OUTCOME, failed]);
		assert.match(
			text,
			/Skipped on 22\.9\.0.*\n {2}a disk: is full\n\nFailed on 26\.1\.0.*\n {2}a UPS: answers$/,
		);
	});

	it('does not take a cell for good of which no test was run', () => {
		assert.ok(isGood(OUTCOME));
		assert.ok(!isGood({ ...OUTCOME, passed: 0 }));
		assert.ok(!isGood({ ...OUTCOME, failed: 1 }));
	});

	it('has the same files in a tree, but for what is left out', () => {
		const folder = makeTempDir();
		try {
			mkdirSync(join(folder, 'from/a/b'), { recursive: true });
			mkdirSync(join(folder, 'from/undici'));
			writeFileSync(join(folder, 'from/a/b/file'), 'text');
			symlinkSync('../a/b/file', join(folder, 'from/a/link'));
			linkTree(join(folder, 'from'), join(folder, 'to'), ['undici']);
			assert.equal(readFileSync(join(folder, 'to/a/b/file'), 'utf8'), 'text');
			assert.equal(readlinkSync(join(folder, 'to/a/link')), '../a/b/file');
			assert.throws(() => statSync(join(folder, 'to/undici')), { code: 'ENOENT' });
		} finally {
			removeDir(folder);
		}
	});
});
