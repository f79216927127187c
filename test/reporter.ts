import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import { findRedisServer, HOW_TO_GET_REDIS } from './adapter/store/find-redis.js';
import { findChromium, HOW_TO_GET_CHROMIUM } from './editor/chromium.js';
import type { TestResult } from './result.js';

const titleOf = (test: Mocha.Test): string => test.fullTitle();

/**
 * Mocha's own `spec` reporter, and below its closing lines what must not be overlooked: which tests were not run
 * for want of a browser or of a Redis server. With WATTPOST_TEST_RESULT set, the counts also go to that file, as JSON.
 */
class Reporter extends Mocha.reporters.Spec {
	private readonly skips: string[] = [];

	constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
		super(runner, options);
		runner.on('pending', (test) => this.skips.push(titleOf(test)));
	}

	override epilogue(): void {
		super.epilogue();
		const { passes, failures, pending } = this.stats;
		const path = process.env.WATTPOST_TEST_RESULT;
		const result: TestResult = {
			...{ passed: passes, failed: failures, pending },
			...{ failures: this.failures.map(titleOf), skips: this.skips },
		};
		if (path) writeFileSync(path, JSON.stringify(result));
		if (findChromium() === undefined) tell('editor tests', 'Chromium', HOW_TO_GET_CHROMIUM);
		if (findRedisServer() === undefined) tell('tests of the shared store', 'Redis server', HOW_TO_GET_REDIS);
	}
}

function tell(tests: string, missing: string, howToGetIt: string): void {
	process.stdout.write(`The ${tests} were NOT run: no ${missing} was found.\n${howToGetIt}\n`);
}

export = Reporter;
