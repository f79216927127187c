/**
 * The benchmark: measures the collection beside alternatives in one run and shows ratios.
 *
 *   node dist/test/bench/run.js [--quick] [--rounds n] [--only name] [--json file] [--profile folder]
 *
 * `--quick` uses numbers that are too small to mean anything; `--only` is a family (ups, wican, hpdu, package), a
 * comparison (throughput, memory, scale, commands, disk, slow-flow, reads, transports, in-process, start, size) or one of a family
 * (wican/throughput); `--profile` writes a CPU profile of every server into a folder. A target that is missed is shown, and no failure.
 */
import { writeFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';
import { parseArgs } from 'node:util';
import { HPDU_COMPARISONS } from './hpdu/comparisons.js';
import { PACKAGE_COMPARISONS } from './package/comparisons.js';
import type { Comparison, Plan } from './plan.js';
import { format, type Report } from './report.js';
import { Generator } from './rounds.js';
import { UPS_COMPARISONS } from './ups/comparisons.js';
import { WICAN_COMPARISONS } from './wican/comparisons.js';

const FAMILIES: Readonly<Record<string, Readonly<Record<string, (plan: Plan) => Promise<Comparison>>>>> = {
	ups: UPS_COMPARISONS,
	wican: WICAN_COMPARISONS,
	hpdu: HPDU_COMPARISONS,
	package: PACKAGE_COMPARISONS,
};

const FULL = {
	...{ rounds: 5, connections: 32, devices: 100, posts: 3000, warmUp: 20_000 },
	...{ largePosts: 600, largeWarmUp: 2000, slowFlow: 2000 },
	...{ fleets: { ups: [1, 100, 10_000], wican: [1, 100, 10_000] }, fleetPosts: 10_000 },
	...{ reads: 200, readTurns: 30, answers: 200, commands: 100, diskReports: 20 },
};
const QUICK = {
	...{ rounds: 1, connections: 4, devices: 5, posts: 300, warmUp: 60 },
	...{ largePosts: 30, largeWarmUp: 6, slowFlow: 100 },
	...{ fleets: { ups: [1, 20], wican: [1, 5] }, fleetPosts: 20 },
	...{ reads: 10, readTurns: 3, answers: 5, commands: 3, diskReports: 2 },
};

const { values: options } = parseArgs({
	options: {
		quick: { type: 'boolean', default: false },
		rounds: { type: 'string' },
		only: { type: 'string' },
		json: { type: 'string' },
		profile: { type: 'string' },
	},
});

function machine(): Report['machine'] {
	const { version } = require('node-red/package.json') as { version: string };
	return {
		...{ 'Node-RED': version, 'Node.js': process.version, on: `${platform()} ${release()} ${arch()}` },
		...{ processors: cpus().length, model: cpus()[0]?.model.trim() ?? 'unknown' },
	};
}

/** The comparisons that were asked for. */
function chosen(): { name: string; compare: (plan: Plan) => Promise<Comparison> }[] {
	const all = Object.entries(FAMILIES).flatMap(([family, comparisons]) =>
		Object.entries(comparisons).map(([name, compare]) => ({
			...{ name: `${family}/${name}`, compare },
			names: [undefined, family, name, `${family}/${name}`],
		})),
	);
	const found = all.filter(({ names }) => names.includes(options.only));
	if (found.length === 0) throw new Error(`nothing is named ${options.only}`);
	return found;
}

async function measure(): Promise<Report> {
	const size = options.quick ? QUICK : FULL;
	const comparing = chosen();
	const generator = await Generator.start(size.connections);
	const results: Comparison[] = [];
	try {
		for (const { name, compare } of comparing) {
			const plan: Plan = {
				...{ ...size, rounds: Number(options.rounds ?? size.rounds), generator },
				execArgv: options.profile ? ['--cpu-prof', '--cpu-prof-dir', options.profile] : [],
				tell: (text) => console.error(`${name}: ${text}`),
			};
			results.push(await compare(plan));
		}
	} finally {
		await generator.stop();
	}
	const { busy: generatorBusy } = generator;
	const checked = results.reduce((sum, { checked = 0 }) => sum + checked, generator.checked);
	return {
		...{ machine: machine(), generatorBusy, checked },
		measured: results.flatMap(({ measured }) => measured),
		rows: results.flatMap(({ rows }) => rows),
		notes: results.flatMap(({ notes = [] }) => notes),
	};
}

measure().then(
	(report) => {
		if (options.json !== undefined)
			writeFileSync(options.json, `${JSON.stringify(report, undefined, '\t')}\n`);
		console.log(format(report));
	},
	(error: unknown) => {
		console.error(error);
		process.exitCode = 1;
	},
);
