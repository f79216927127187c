// Files named on the command line run alone; mocha itself would add them to these.
const named = process.argv.slice(2).some((argument) => argument.endsWith('.test.js'));

module.exports = {
	spec: named ? [] : ['dist/test/**/*.test.js'],
	reporter: 'dist/test/reporter.js',
	// Like test/patience.ts does; that need not be built for mocha to read this.
	timeout: 20000 * Number(process.env.WATTPOST_TEST_SLOWNESS || 1),
	slow: 3000,
	parallel: true,
	jobs: 2,
};
