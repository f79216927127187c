/**
 * The fuzzing: gives everything that reads a stranger's bytes what is nearly right, and looks at what comes of it.
 *
 *   node dist/test/fuzz/run.js [--seed n] [--cases n] [--only name[,name]] [--json file] [--keep folder]
 *
 * The same seed makes the same cases. `--only` takes the beginnings of names, so `ups` is the whole family. A target that
 * fails shows its smallest case; so does one whose case takes longer than anything should. Ends with exit code 1 then.
 * The case is shown as a file in `test/fuzz/cases/` has it, or written to a folder with `--keep`; in that folder every test tries it.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Job, Progress } from './job.js';
import { type KeptCase, keep, textOf } from './kept.js';
import type { Target } from './target.js';
import { sharesOf, TARGETS } from './targets.js';

const { values: options } = parseArgs({
	options: {
		seed: { type: 'string', default: '1' },
		cases: { type: 'string', default: '5000000' },
		only: { type: 'string' },
		json: { type: 'string' },
		keep: { type: 'string' },
	},
});

/** No case is that slow by itself, even on a machine that does much else. Milliseconds. */
const SLOWEST = 10_000;
/** A case that is not over after this never will be. Milliseconds. */
const STUCK = 60_000;

interface Result {
	readonly target: string;
	readonly what: string;
	readonly cases: number;
	readonly seconds: number;
	/** Milliseconds of the slowest case. */
	readonly slowest: number;
	readonly failure: string | undefined;
	readonly found: KeptCase | undefined;
}

/** A whole number of the command line. */
function whole(name: string, text: string): number {
	if (!/^\d+$/.test(text)) throw new Error(`--${name} is a whole number, not "${text}"`);
	return Number(text);
}

function chosen(): Target[] {
	const names = options.only?.split(',') ?? [''];
	for (const name of names) {
		if (TARGETS.some((target) => target.name.startsWith(name))) continue;
		throw new Error(`No target is named "${name}". There are: ${TARGETS.map((one) => one.name).join(', ')}`);
	}
	return TARGETS.filter((target) => names.some((name) => target.name.startsWith(name)));
}

/** Runs a target in a thread of its own, which is ended when a case does not come to an end. */
function runAside(job: Job): Promise<Progress> {
	const worker = new Worker(require.resolve('./job.js'), { workerData: job });
	return new Promise((resolve, reject) => {
		let last: Progress = { cases: 0, slowest: 0 };
		const stuck = (): void => {
			const failure = `a case after the ${last.cases}th of seed ${job.seed} does not come to an end`;
			resolve({ ...last, failure });
			worker.terminate().catch(reject);
		};
		let watchdog = setTimeout(stuck, STUCK);
		worker.on('message', (progress: Progress) => {
			clearTimeout(watchdog);
			watchdog = setTimeout(stuck, STUCK);
			last = progress;
		});
		worker.on('error', reject);
		worker.on('exit', () => {
			clearTimeout(watchdog);
			resolve(last);
		});
	});
}

async function run(target: Target, cases: number, seed: number): Promise<Result> {
	const started = performance.now();
	const { name, what } = target;
	const { cases: done, slowest, failure, found } = await runAside({ name, seed, cases });
	const seconds = Math.round((performance.now() - started) / 1000);
	const tooSlow = slowest > SLOWEST ? `a case took ${Math.round(slowest)} ms` : undefined;
	return { target: name, what, cases: done, seconds, slowest, failure: failure ?? tooSlow, found };
}

function table(results: readonly Result[]): string {
	const rows = results.map(({ target, what, cases, seconds, slowest, failure }) => {
		const failed = failure === undefined ? 'nothing' : 'see above';
		return `| ${target} | ${what} | ${cases} | ${seconds} s | ${slowest.toFixed(0)} ms | ${failed} |`;
	});
	const cases = results.reduce((sum, result) => sum + result.cases, 0);
	const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
	const head = [
		'| target | what holds | cases | took | slowest case | failed |',
		'|---|---|---:|---:|---:|---|',
	];
	return [...head, ...rows, `| all | | ${cases} | ${seconds} s | | |`].join('\n');
}

/** Keeps a case that was found, or gives it as it would be kept. */
function show(found: KeptCase): string {
	return options.keep === undefined ? textOf(found) : `Kept as ${keep(options.keep, found)}`;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
	const seed = whole('seed', options.seed);
	const results: Result[] = [];
	for (const [target, cases] of sharesOf(chosen(), whole('cases', options.cases))) {
		const result = await run(target, cases, seed);
		print(`${result.target}: ${result.cases} cases in ${result.seconds} s`);
		if (result.failure !== undefined) print(result.failure);
		if (result.found !== undefined) print(show(result.found));
		results.push(result);
	}
	print(`\n${table(results)}`);
	if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ seed, results }, null, '\t'));
	process.exitCode = results.every(({ failure }) => failure === undefined) ? 0 : 1;
}

main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
});
