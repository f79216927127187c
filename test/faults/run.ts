/**
 * The faults: breaks what can break, again and again, and shows what was lost.
 *
 *   node dist/test/faults/run.js [--seed n] [--rounds n] [--only name[,name]] [--json file]
 *
 * The same seed makes the same choices; times on a real machine differ all the same. Without `--rounds` each scenario
 * has as many as it takes to mean something. Ends with exit code 1 when anything was lost.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { summary, table } from './report.js';
import { type Result, runScenario, type Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios.js';

const { values: options } = parseArgs({
	options: {
		seed: { type: 'string', default: '1' },
		rounds: { type: 'string' },
		only: { type: 'string' },
		json: { type: 'string' },
	},
});

/** A whole number of the command line. */
function whole(name: string, text: string): number {
	if (!/^\d+$/.test(text)) throw new Error(`--${name} is a whole number, not "${text}"`);
	return Number(text);
}

function chosen(): readonly Scenario[] {
	const names = options.only?.split(',') ?? SCENARIOS.map(({ name }) => name);
	return names.map((wanted) => {
		const found = SCENARIOS.find(({ name }) => name === wanted);
		if (found !== undefined) return found;
		throw new Error(
			`No scenario is named "${wanted}". There are: ${SCENARIOS.map(({ name }) => name).join(', ')}`,
		);
	});
}

async function tryAll(): Promise<Result[]> {
	const seed = whole('seed', options.seed);
	const results: Result[] = [];
	for (const scenario of chosen()) {
		const rounds = options.rounds === undefined ? scenario.rounds : whole('rounds', options.rounds);
		const log = (line: string): void => console.error(`${scenario.name}: ${line}`);
		const result = await runScenario(scenario, { seed, rounds, log });
		console.log(`${summary(result)}\n`);
		results.push(result);
	}
	return results;
}

function asJson(results: readonly Result[]): string {
	const { version } = require('node-red/package.json') as { version: string };
	const shown = results.map(({ scenario, rounds, outcome, seconds }) => {
		const { name, what } = scenario;
		return { name, what, rounds, seconds, ...outcome };
	});
	const run = { seed: Number(options.seed), 'Node-RED': version, 'Node.js': process.version, results: shown };
	return `${JSON.stringify(run, undefined, '\t')}\n`;
}

tryAll().then(
	(results) => {
		if (options.json !== undefined) writeFileSync(options.json, asJson(results));
		console.log(table(results));
		if (results.some(({ outcome }) => outcome.lost.length > 0)) process.exitCode = 1;
	},
	(error: unknown) => {
		console.error(error instanceof Error ? error.message : error);
		process.exitCode = 1;
	},
);
