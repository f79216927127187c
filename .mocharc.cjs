const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

const TESTS = 'dist/test';

// Mocha hands files out in this order: at the end, no job is to wait for a long one of another.
const LONGEST_FIRST = [
	...[
		'faults/faults',
		'editor/examples-together',
		'editor/hpdu-panels',
		'editor/panels',
		'editor/deleted-config',
	],
	...[
		'demo/start',
		'editor/sightings',
		'editor/newcomer',
		'package/commands',
		'nodes/ups-store',
		'editor/wican-panel',
	],
	...['adapter/store/redis-trouble', 'nodes/endpoint-settings', 'nodes/ups-kill', 'adapter/store/redis'],
].map((name) => join(TESTS, `${name}.test.js`));

function allTests() {
	if (!existsSync(TESTS)) return [];
	const found = readdirSync(TESTS, { recursive: true }).filter((name) => name.endsWith('.test.js'));
	const files = found.sort().map((name) => join(TESTS, name));
	return [...new Set([...LONGEST_FIRST.filter((name) => files.includes(name)), ...files])];
}

// Files named on the command line run alone; mocha itself would add them to these.
const named = process.argv.slice(2).some((argument) => argument.endsWith('.test.js'));

module.exports = {
	spec: named ? [] : allTests(),
	reporter: 'dist/test/reporter.js',
	// Like test/patience.ts does; that need not be built for mocha to read this.
	timeout: 20000 * Number(process.env.WATTPOST_TEST_SLOWNESS || 1),
	slow: 3000,
	parallel: true,
	// One more than the cores of a small machine: many a test waits for a second to pass.
	jobs: 3,
};
