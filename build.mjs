/**
 * Builds the package into dist/: compiles, brings panels, icons and locales beside the compiled nodes (the only
 * place where Node-RED looks for them), and fails with a list of every gap between the parts of a node.
 *
 *   node build.mjs install   installs the dependencies if they are missing or older than the lock file
 *   node build.mjs           builds
 *
 * Plain JavaScript without dependencies: it runs before anything has been installed.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, removeStale } from './build/compile.mjs';
import { copyAssets } from './build/copy.mjs';
import { installDependencies } from './build/install.mjs';
import { readPackage } from './build/project.mjs';
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

const steps = { install: () => installDependencies(root), build };
const step = steps[process.argv[2] ?? 'build'];
const problems = step ? await step() : [`Unknown step "${process.argv[2]}". Use: node build.mjs [install]`];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
