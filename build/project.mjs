import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The language that every text exists in; Node-RED falls back to it. */
export const BASE_LANGUAGE = 'en-US';

/**
 * What the build knows of the package.
 * @typedef {object} Project
 * @property {string} root
 * @property {string} name name of the package
 * @property {string[]} nodes node types, which are also the file names
 * @property {string[]} languages folder names in locales/, the base language first
 */

/**
 * @param {string} root
 * @returns {Project}
 */
export function readPackage(root) {
	const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	const nodes = Object.values(manifest['node-red'].nodes).map((file) => basename(file, '.js'));
	const folders = readdirSync(join(root, 'locales')).filter((language) => language !== BASE_LANGUAGE);
	return { root, name: manifest.name, nodes, languages: [BASE_LANGUAGE, ...folders.sort()] };
}

/**
 * Every file below a folder, as paths relative to it with forward slashes.
 * @param {string} folder
 * @returns {string[]}
 */
export function listFiles(folder) {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath ?? entry.path, entry.name))
		.map((file) => file.slice(folder.length + 1).replaceAll('\\', '/'))
		.sort();
}
