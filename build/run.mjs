import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program with the Node.js that `npm ci` has put into node_modules. A shell cannot do that in the script that
 * installs it: it remembers where it found `node` the first time, which is the Node.js of the machine.
 * @param {string} root folder of package.json
 * @param {string[]} args path of the program and its arguments
 * @returns {Promise<number>} its exit code
 */
export async function runWithOwnNode(root, args) {
	const modules = join(root, 'node_modules');
	const own = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
	const path = [join(modules, '.bin'), process.env.PATH].filter(Boolean).join(delimiter);
	const child = spawn(existsSync(own) ? own : process.execPath, args, {
		cwd: root,
		env: { ...process.env, PATH: path },
		stdio: 'inherit',
	});
	const forward = (signal) => child.kill(signal);
	for (const signal of SIGNALS) process.on(signal, forward);
	const [code] = await once(child, 'exit');
	for (const signal of SIGNALS) process.off(signal, forward);
	return code ?? 1;
}
