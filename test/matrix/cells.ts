/** On what the tests are run: every Node-RED with every Node.js. */
import { createRequire } from 'node:module';

/** A Node.js, as the npm registry has it. */
export interface Runtime {
	readonly name: string;
	/** Which one of the package `node`. */
	readonly version: string;
	/** What the program that runs the tests asks for; Node-RED is started without. */
	readonly flags: readonly string[];
	/** Packages of which the lock has a version that does not run there, and the one that npm would install there. */
	readonly instead: Readonly<Record<string, string>>;
}

/** A Node-RED, as package.json installs it. */
export interface Release {
	readonly name: string;
	readonly package: 'node-red' | 'node-red-4';
}

export interface Cell {
	readonly runtime: Runtime;
	readonly release: Release;
}

export const RUNTIMES: readonly Runtime[] = [
	{ name: '22.9', version: '22.9.0', flags: ['--experimental-require-module'], instead: { undici: '7' } },
	{ name: '24', version: '24', flags: [], instead: {} },
	{ name: '26', version: '26', flags: [], instead: {} },
];

export const RELEASES: readonly Release[] = [
	{ name: '4.1', package: 'node-red-4' },
	{ name: '5.0', package: 'node-red' },
];

/** Folders in test/ that are run where none is named. */
export const FOLDERS = ['protocol', 'adapter', 'nodes', 'package', 'editor'] as const;

export const nameOf = ({ runtime, release }: Cell): string => `${runtime.name}/${release.name}`;

/**
 * Cells by name, in the order of the table.
 * @param only a Node.js (`22.9`), a Node-RED (`/4.1`), a cell (`22.9/4.1`), or several of these with commas; all if left out
 * @throws Error for a name that no cell has
 */
export function cellsNamed(only: string | undefined): Cell[] {
	const all = RUNTIMES.flatMap((runtime) => RELEASES.map((release) => ({ runtime, release })));
	const names = only?.split(',') ?? [''];
	const hits = (name: string): Cell[] => all.filter((cell) => isNamed(cell, name));
	for (const name of names) {
		if (hits(name).length === 0) throw new Error(`no cell is named "${name}"; there are ${all.map(nameOf)}`);
	}
	return all.filter((cell) => names.some((name) => isNamed(cell, name)));
}

function isNamed({ runtime, release }: Cell, name: string): boolean {
	const [node = '', nodeRed = ''] = name.split('/');
	return (node === '' || node === runtime.name) && (nodeRed === '' || nodeRed === release.name);
}

/** The version of a Node-RED that is installed. */
export function installedVersion({ package: name }: Release): string {
	const { version } = createRequire(__filename)(`${name}/package.json`) as { version: string };
	return version;
}
