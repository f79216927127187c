/**
 * The benchmark: measures the collection beside alternatives in one run and shows ratios.
 *
 *   node dist/test/bench/run.js [--quick] [--rounds n] [--only name] [--json file] [--profile folder]
 *
 * `--quick` uses numbers that are too small to mean anything; `--only` is throughput, memory, scale or start;
 * `--profile` writes a CPU profile of every server into a folder. A target that is missed is shown, and no failure.
 */
import { writeFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';
import { parseArgs } from 'node:util';
import { compareMemory, compareScale, compareStart, compareThroughput, type Plan } from './comparisons.js';
import { format, type Report } from './report.js';
import { Generator } from './rounds.js';

const COMPARISONS = {
	throughput: compareThroughput,
	memory: compareMemory,
	scale: compareScale,
	start: compareStart,
} as const;

const FULL = { rounds: 5, connections: 32, devices: 100, posts: 3000, warmUp: 20_000, manyDevices: 10_000 };
const QUICK = { rounds: 1, connections: 4, devices: 5, posts: 300, warmUp: 60, manyDevices: 20 };

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

async function measure(): Promise<Report> {
	const size = options.quick ? QUICK : FULL;
	const generator = await Generator.start(size.connections);
	const plan: Plan = {
		...size,
		rounds: Number(options.rounds ?? size.rounds),
		generator,
		execArgv: options.profile ? ['--cpu-prof', '--cpu-prof-dir', options.profile] : [],
		tell: (text) => console.error(text),
	};
	const rows: Report['rows'][number][] = [];
	const measured: Report['measured'][number][] = [];
	try {
		for (const [name, compare] of Object.entries(COMPARISONS)) {
			if (options.only !== undefined && options.only !== name) continue;
			const comparison = await compare(plan);
			rows.push(...comparison.rows);
			measured.push(...comparison.measured);
		}
	} finally {
		await generator.stop();
	}
	return { machine: machine(), measured, rows, generatorBusy: generator.busy, checked: generator.checked };
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
