import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { freePort } from '../demo/node-red-api.js';
import { CHECKOUT, makeTempDir, removeDir } from '../nodes/harness/index.js';
import { patience } from '../patience.js';

const NOT_IN_A_CLONE = ['.git', 'node_modules', 'dist', '.demo'];

/** The Node.js of a machine: it can run nothing but the build, as one that is too old for Node-RED. */
const OLD_NODE = `#!/bin/sh
case "$1" in build.mjs) exec '${process.execPath}' "$@" ;; esac
echo "Unsupported version of Node.js: $*" >&2
exit 1
`;

/** It warns as npm does on that Node.js, and installs what the checkout has. */
const NPM = `#!/bin/sh
if [ "$1" = --version ]; then echo 11.0.0; exit 0; fi
case "$*" in *--loglevel=error*) ;; *) echo 'npm warn EBADENGINE' >&2 ;; esac
ln -s '${join(CHECKOUT, 'node_modules')}' node_modules
`;

function writeProgram(path: string, text: string): void {
	writeFileSync(path, text);
	chmodSync(path, 0o755);
}

/** The shell that npm uses; dash remembers where it found a command, and so do others. */
const SHELL = ['/bin/dash', '/bin/sh'].find(existsSync);

describe('the two commands of the README, in a bare clone on an old Node.js', function () {
	this.timeout(patience(60_000));
	let dir: string;
	let clone: string;
	let program: ChildProcess;
	let output: string;
	let ended: Promise<unknown>;

	beforeEach(function () {
		if (SHELL === undefined) this.skip();
		dir = makeTempDir();
		clone = join(dir, 'clone');
		cpSync(CHECKOUT, clone, {
			recursive: true,
			filter: (path) => join(path, '..') !== CHECKOUT || !NOT_IN_A_CLONE.includes(basename(path)),
		});
		mkdirSync(join(dir, 'bin'));
		writeProgram(join(dir, 'bin/node'), OLD_NODE);
		writeProgram(join(dir, 'bin/npm'), NPM);
	});

	afterEach(() => {
		if (program.exitCode === null && program.signalCode === null)
			process.kill(-Number(program.pid), 'SIGKILL');
		removeDir(dir);
	});

	/** Runs a script of package.json as npm does. */
	function run(script: string, args: string, env: NodeJS.ProcessEnv = {}): void {
		const { scripts } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8'));
		const path = [join(clone, 'node_modules/.bin'), join(dir, 'bin'), '/usr/bin', '/bin'];
		program = spawn(String(SHELL), ['-c', `${scripts[script]} ${args}`], {
			cwd: clone,
			env: { ...process.env, WATTPOST_TEST_RESULT: '', PATH: path.join(delimiter), ...env },
			stdio: ['ignore', 'pipe', 'pipe'],
			detached: true,
		});
		ended = once(program, 'close');
		output = '';
		for (const stream of [program.stdout, program.stderr]) stream?.on('data', (text) => (output += text));
	}

	async function printed(text: string): Promise<void> {
		while (!output.includes(text)) {
			await Promise.race([ended, once(program.stdout ?? program, 'data')]);
			if (program.exitCode !== null) assert.match(output, new RegExp(text));
		}
	}

	it('npm start shows the demonstration at the first try, and ends at Ctrl-C', async () => {
		const port = await freePort();
		run('start', '--period 1', { PORT: String(port) });
		await printed('All of them talk to Node-RED');
		assert.equal((await fetch(`http://127.0.0.1:${port}/settings`)).status, 200);
		process.kill(-Number(program.pid), 'SIGINT');
		await ended;
		assert.doesNotMatch(output, /EBADENGINE|Unsupported/);
		await assert.rejects(fetch(`http://127.0.0.1:${port}/settings`));
	});

	it('npm test runs the tests at the first try, and passes on to mocha what it is given', async () => {
		run('test', 'dist/test/protocol/text.test.js');
		await ended;
		assert.equal(program.exitCode, 0, output);
		assert.match(output, /[1-9]\d* pass/);
		assert.doesNotMatch(output, /EBADENGINE|Unsupported/);
	});
});
