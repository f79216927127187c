import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const OLDEST_NODE = 20;
const OLDEST_NPM = 9;

/** Without warnings: some packages need a newer Node.js than the one that installs them, and they get it (see run.mjs). */
const CLEAN_INSTALL = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Brings node_modules in line with package-lock.json, silently when it already is.
 * @param {string} root folder of package.json
 * @returns {string[]} what went wrong and what to do about it
 */
export function installDependencies(root) {
	if (isUpToDate(root)) return [];
	const tooOld = findOldTools(root);
	if (tooOld.length > 0) return tooOld;
	process.stderr.write(
		'Installing the dependencies. This happens once, and again when package-lock.json changes.\n',
	);
	const { status, error } = npm(root, CLEAN_INSTALL, 'inherit');
	if (status === 0) return [];
	const reason = error ? error.message : `exit code ${status}`;
	return [
		`npm ci failed (${reason}); its own words are above. Is the npm registry reachable, and is the disk full?`,
		'If node_modules is damaged, delete the folder and try again.',
	];
}

function isUpToDate(root) {
	const installed = changedAt(join(root, 'node_modules', '.package-lock.json'));
	return installed !== undefined && installed >= changedAt(join(root, 'package-lock.json'));
}

function changedAt(file) {
	return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

function findOldTools(root) {
	if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
		return [`Node.js ${process.versions.node} is too old: install Node.js ${OLDEST_NODE} or newer.`];
	}
	const { status, stdout } = npm(root, ['--version'], 'pipe');
	if (status !== 0) return ['npm was not found: install it together with Node.js.'];
	if (Number.parseInt(stdout, 10) < OLDEST_NPM) {
		return [`npm ${stdout.trim()} is too old: install npm ${OLDEST_NPM} or newer.`];
	}
	return [];
}

/** Runs npm on the Node.js of the machine: the one in node_modules vanishes while `npm ci` works. */
function npm(root, args, stdio) {
	const own = join(root, 'node_modules');
	const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(own));
	return spawnSync('npm', args, {
		cwd: root,
		env: { ...process.env, PATH: path.join(delimiter) },
		stdio: ['ignore', stdio, 'inherit'],
		encoding: 'utf8',
		shell: process.platform === 'win32',
	});
}
