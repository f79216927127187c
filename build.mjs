/**
 * Builds the package into dist/: compiles, brings panels, icons and locales beside the compiled nodes (the only
 * place where Node-RED looks for them), and fails with a list of every gap between the parts of a node.
 *
 *   node build.mjs             builds
 *   node build.mjs install     installs the dependencies if they are missing or older than the lock file
 *   node build.mjs start …     installs, builds and runs the demonstration; what follows is for the demonstration
 *   node build.mjs test …      installs, builds and runs the tests; what follows is for mocha
 *
 * Plain JavaScript without dependencies: it runs before anything has been installed, on the Node.js of the machine. What
 * comes after the installation runs on the newer Node.js that was installed.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, removeStale } from './build/compile.mjs';
import { copyAssets } from './build/copy.mjs';
import { installDependencies } from './build/install.mjs';
import { readPackage } from './build/project.mjs';
import { runWithOwnNode } from './build/run.mjs';
import { findGaps } from './build/verify.mjs';

const root = dirname(fileURLToPath(import.meta.url));

async function build() {
	const errors = compile(root);
	if (errors.length > 0) return errors;
	const project = readPackage(root);
	const problems = copyAssets(project);
	removeStale(project);
	return [...problems, ...(await findGaps(project))];
}

async function installBuildAndRun(program, args) {
	const problems = installDependencies(root);
	if (problems.length > 0) return problems;
	const failed = await runWithOwnNode(root, [join(root, 'build.mjs')]);
	process.exitCode = failed || (await runWithOwnNode(root, [join(root, program), ...args]));
	return [];
}

const STEPS = {
	build,
	install: () => installDependencies(root),
	start: (args) => installBuildAndRun('dist/test/demo/start.js', args),
	test: (args) => installBuildAndRun('node_modules/mocha/bin/mocha.js', args),
};

const [name = 'build', ...args] = process.argv.slice(2);
const step = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
const problems = step
	? await step(args)
	: [`Unknown step "${name}". Use: node build.mjs [${Object.keys(STEPS).join(' | ')}]`];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
