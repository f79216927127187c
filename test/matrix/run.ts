/**
 * The matrix: runs the tests on every Node-RED with every Node.js that the collection supports.
 *
 *   node dist/test/matrix/run.js [--only 22.9/4.1,26] [--tests nodes,editor] [--at-once 2] [--json file]
 *
 * `--only` names cells of the table (see cells.ts), `--tests` folders in test/, `--at-once` how many cells are run
 * beside each other. What is installed for it, and what the tests wrote, stays in the system's folder for temporary files;
 * the checkout is left as it is. Every test has four times as long as usual, WATTPOST_TEST_SLOWNESS sets another number; none
 * is tried twice.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHECKOUT, makeTempDir, removeDir } from '../nodes/harness/index.js';
import type { TestResult } from '../result.js';
import { type Cell, cellsNamed, FOLDERS, installedVersion, nameOf, type Runtime } from './cells.js';
import { format, isGood, type Outcome } from './report.js';
import { makeWorkshop, pathOf, type Workshop } from './workshop.js';

const { values: options } = parseArgs({
	options: {
		only: { type: 'string' },
		tests: { type: 'string' },
		'at-once': { type: 'string', default: '1' },
		json: { type: 'string' },
	},
});
const cache = join(tmpdir(), 'wattpost-matrix');
const folders = options.tests?.split(',') ?? FOLDERS;
const atOnce = Number(options['at-once']);
if (!Number.isInteger(atOnce) || atOnce < 1)
	throw new Error(`--at-once is a whole number from 1, not "${options['at-once']}"`);
/** Some Node.js is slower than others, and people do not stop working for as long as the matrix takes. */
const SLOWNESS = '4';
const temporary = makeTempDir();
const running = new Set<ChildProcess>();
process.on('exit', () => {
	for (const mocha of running) mocha.kill();
	removeDir(temporary);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const NOTHING: TestResult = {
	...{ passed: 0, failed: 1, pending: 0 },
	...{ failures: ['the tests did not come to their end'], skips: [] },
};

/** Runs the tests of a cell and resolves with what mocha counted. */
async function runTests(cell: Cell, { folder, node }: Workshop, log: string): Promise<TestResult> {
	const name = nameOf(cell).replace('/', '-');
	const result = join(temporary, `${name}.json`);
	const globs = folders.map((tests) => `dist/test/${tests}/**/*.test.js`);
	const run = spawn(node, [...cell.runtime.flags, 'node_modules/mocha/bin/mocha.js', ...globs], {
		cwd: folder,
		stdio: ['ignore', 'pipe', 'pipe'],
		env: {
			...process.env,
			PATH: pathOf({ folder, node }),
			WATTPOST_NODE_RED: cell.release.package,
			WATTPOST_TEST_RESULT: result,
			WATTPOST_TEST_SLOWNESS: process.env.WATTPOST_TEST_SLOWNESS ?? SLOWNESS,
		},
	});
	running.add(run);
	const file = createWriteStream(log);
	for (const stream of [run.stdout, run.stderr]) stream.pipe(file, { end: false });
	await once(run, 'close');
	running.delete(run);
	file.end();
	return existsSync(result) ? JSON.parse(readFileSync(result, 'utf8')) : NOTHING;
}

async function runCell(cell: Cell, workshop: Workshop): Promise<Outcome> {
	const name = nameOf(cell);
	const log = join(cache, `${name.replace('/', '-')}.log`);
	console.error(`${name}: ${folders.join(', ')}`);
	const began = performance.now();
	const { passed, failed, pending, failures, skips } = await runTests(cell, workshop, log);
	const seconds = (performance.now() - began) / 1000;
	console.error(`${name}: ${passed} passed, ${failed} failed, ${pending} skipped`);
	return {
		...{ node: versionOf(cell), nodeRed: installedVersion(cell.release) },
		...{ passed, failed, skipped: pending, seconds, failures, skips, log },
	};
}

/** The version of the Node.js that was installed for a cell. */
function versionOf({ runtime: { version } }: Cell): string {
	const manifest = join(cache, `node-${version}`, 'node_modules/node/package.json');
	return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** A workshop for each Node.js, all of them before the first test is run: they are to hold the same. */
async function makeWorkshops(cells: readonly Cell[]): Promise<ReadonlyMap<Runtime, Workshop>> {
	const workshops = new Map<Runtime, Workshop>();
	for (const runtime of new Set(cells.map((cell) => cell.runtime))) {
		console.error(`Node.js ${runtime.name}: installing`);
		const folder = join(temporary, runtime.name);
		workshops.set(runtime, await makeWorkshop(runtime, CHECKOUT, cache, folder));
	}
	return workshops;
}

async function run(): Promise<Outcome[]> {
	const cells = cellsNamed(options.only);
	mkdirSync(cache, { recursive: true });
	const workshops = await makeWorkshops(cells);
	const outcomes = new Map<Cell, Outcome>();
	const waiting = [...cells];
	const work = async (): Promise<void> => {
		for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
			const workshop = workshops.get(cell.runtime);
			if (workshop) outcomes.set(cell, await runCell(cell, workshop));
		}
	};
	await Promise.all(Array.from({ length: atOnce }, work));
	return cells.flatMap((cell) => outcomes.get(cell) ?? []);
}

run().then(
	(outcomes) => {
		if (options.json !== undefined) {
			writeFileSync(options.json, `${JSON.stringify(outcomes, undefined, '\t')}\n`);
		}
		console.log(format(outcomes));
		if (!outcomes.every(isGood)) process.exitCode = 1;
	},
	(error: unknown) => {
		console.error(error);
		process.exitCode = 1;
	},
);
