/**
 * Where the tests of one Node.js are run: a copy of what the checkout holds, so that building goes on beside it, with
 * the packages that this Node.js can run.
 */
import { execFile } from 'node:child_process';
import {
	copyFileSync,
	cpSync,
	existsSync,
	linkSync,
	mkdirSync,
	readdirSync,
	readlinkSync,
	realpathSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Runtime } from './cells.js';

/** What of the checkout no test looks at, or that is made otherwise. */
const LEFT_OUT = new Set(['node_modules', '.git', '.demo']);

export interface Workshop {
	readonly folder: string;
	/** The path of the Node.js. */
	readonly node: string;
}

/**
 * Makes a workshop.
 * @param checkout with its dependencies, and built
 * @param cache where what was installed stays for the next time
 * @param folder that does not exist
 */
export async function makeWorkshop(
	runtime: Runtime,
	checkout: string,
	cache: string,
	folder: string,
): Promise<Workshop> {
	const bin = join(await installed('node', runtime.version, cache), 'bin/node');
	mkdirSync(folder, { recursive: true });
	for (const entry of readdirSync(checkout).filter((name) => !LEFT_OUT.has(name))) {
		cpSync(join(checkout, entry), join(folder, entry), { recursive: true });
	}
	const replaced = Object.keys(runtime.instead);
	const modules = join(folder, 'node_modules');
	linkTree(realpathSync(join(checkout, 'node_modules')), modules, replaced);
	for (const [name, version] of Object.entries(runtime.instead)) {
		cpSync(await installed(name, version, cache), join(modules, name), { recursive: true });
	}
	return { folder, node: bin };
}

/** The folder of a package, which is installed into a folder of its own if that has not been done. */
async function installed(name: string, version: string, cache: string): Promise<string> {
	const prefix = join(cache, `${name}-${version}`);
	const found = join(prefix, 'node_modules', name);
	if (existsSync(join(prefix, 'complete'))) return found;
	mkdirSync(prefix, { recursive: true });
	writeFileSync(join(prefix, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }');
	const options = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefix', prefix];
	await promisify(execFile)('npm', ['install', ...options, `${name}@${version}`], { cwd: prefix });
	writeFileSync(join(prefix, 'complete'), '');
	return found;
}

/**
 * A tree of the same files: as further links to them where the file system can, else as copies.
 * @param without names of entries at the top that are left out
 */
export function linkTree(from: string, to: string, without: readonly string[] = []): void {
	mkdirSync(to, { recursive: true });
	for (const entry of readdirSync(from, { withFileTypes: true })) {
		if (without.includes(entry.name)) continue;
		const [source, target] = [join(from, entry.name), join(to, entry.name)];
		if (entry.isDirectory()) linkTree(source, target);
		else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
		else linkFile(source, target);
	}
}

function linkFile(from: string, to: string): void {
	try {
		linkSync(from, to);
	} catch {
		copyFileSync(from, to);
	}
}

/** PATH for what is run there: whoever asks for `node` gets this one. */
export function pathOf({ node }: Workshop): string {
	return `${dirname(node)}:${process.env.PATH ?? ''}`;
}
