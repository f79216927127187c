import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import { findChromium, HOW_TO_GET_CHROMIUM } from './editor/chromium.js';

/**
 * Mocha's own `spec` reporter, and below its closing lines what must not be overlooked: which tests were not run
 * for want of a browser. With WATTPOST_TEST_RESULT set, the counts also go to that file, as JSON.
 */
class Reporter extends Mocha.reporters.Spec {
	override epilogue(): void {
		super.epilogue();
		const { passes, failures, pending } = this.stats;
		const path = process.env.WATTPOST_TEST_RESULT;
		if (path) writeFileSync(path, JSON.stringify({ passed: passes, failed: failures, pending }));
		if (findChromium() !== undefined) return;
		process.stdout.write(`The editor tests were NOT run: no Chromium was found.\n${HOW_TO_GET_CHROMIUM}\n`);
	}
}

export = Reporter;
