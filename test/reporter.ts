import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import { findChromium, HOW_TO_GET_CHROMIUM } from './editor/chromium.js';
import type { TestResult } from './result.js';

const titleOf = (test: Mocha.Test): string => test.fullTitle();

/**
 * Mocha's own `spec` reporter, and below its closing lines what must not be overlooked: which tests were not run
 * for want of a browser. With WATTPOST_TEST_RESULT set, the counts also go to that file, as JSON.
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
		if (findChromium() !== undefined) return;
		process.stdout.write(`The editor tests were NOT run: no Chromium was found.\n${HOW_TO_GET_CHROMIUM}\n`);
	}
}

export = Reporter;
