// Files named on the command line run alone; mocha itself would add them to these.
const named = process.argv.slice(2).some((argument) => argument.endsWith('.test.js'));

module.exports = {
	spec: named ? [] : ['dist/test/**/*.test.js'],
	reporter: 'dist/test/reporter.js',
	timeout: 20000,
	slow: 3000,
	parallel: true,
	jobs: 2,
};
