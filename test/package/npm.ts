/** npm as a program: packing the checkout, and installing the way Node-RED's palette manager does. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CHECKOUT } from '../nodes/harness/index.js';

const run = promisify(execFile);

interface PackReport {
	readonly filename: string;
	readonly size: number;
	readonly unpackedSize: number;
	readonly files: readonly { readonly path: string }[];
}

export interface Tarball {
	readonly path: string;
	/** Paths inside the package, sorted. */
	readonly files: readonly string[];
	/** Bytes: of the file, and of what is in it. */
	readonly size: number;
	readonly unpackedSize: number;
}

/** The npm that a Node-RED brings along and installs with. */
export function npmOf(redPath: string): string {
	const registry = createRequire(redPath).resolve('@node-red/registry');
	return join(dirname(createRequire(registry).resolve('npm/package.json')), 'bin/npm-cli.js');
}

/** The host of the registry from which this machine installs. */
export async function registryHost(npm: string): Promise<string> {
	const { stdout } = await run(process.execPath, [npm, 'config', 'get', 'registry'], { cwd: CHECKOUT });
	return new URL(stdout.trim()).host;
}

/** Packs what the last build has left: another build now would change files that running tests use. */
export async function pack(npm: string, destination: string): Promise<Tarball> {
	const args = [npm, 'pack', '--json', '--ignore-scripts', '--pack-destination', destination];
	const { stdout } = await run(process.execPath, args, { cwd: CHECKOUT });
	const reports = Object.values(JSON.parse(stdout) as Record<string, PackReport>);
	const [report] = reports;
	if (report === undefined) throw new Error(`npm pack said nothing: ${stdout}`);
	const { filename, files, size, unpackedSize } = report;
	return {
		...{ path: join(destination, filename), size, unpackedSize },
		files: files.map(({ path }) => path).sort(),
	};
}

/**
 * Installs with the options of the palette manager, and from npm's cache where it can.
 * @param more further options
 */
export async function install(
	npm: string,
	tarball: string,
	userDir: string,
	...more: string[]
): Promise<void> {
	const options = [
		...more,
		'--no-audit',
		'--no-update-notifier',
		'--no-fund',
		'--save',
		'--save-prefix=~',
		'--omit=dev',
	];
	const args = [
		npm,
		'install',
		...options,
		'--engine-strict',
		'--prefer-offline',
		'--prefix',
		userDir,
		tarball,
	];
	await run(process.execPath, args, { cwd: userDir, env: { ...process.env, PATH: pathWithThisNode() } });
}

/** Scripts of dependencies run with the `node` that they find, which must be the one that runs the tests. */
function pathWithThisNode(): string {
	return `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
}
