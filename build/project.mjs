import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The language that every text exists in; Node-RED falls back to it. */
export const BASE_LANGUAGE = 'en-US';

/**
 * The folders in locales/ and what they hold; where there is no help, Node-RED shows that of the base language. It
 * looks for `fr-CA` and then for `fr`, in the editor and at run time: a folder without a region serves every region.
 */
const LANGUAGES = {
	[BASE_LANGUAGE]: ['labels', 'help'],
	de: ['labels', 'help'],
	es: ['labels'],
	fr: ['labels'],
	ja: ['labels'],
	nl: ['labels'],
	pl: ['labels'],
};

/**
 * What the build knows of the package.
 * @typedef {object} Project
 * @property {string} root
 * @property {string} name name of the package
 * @property {string[]} nodes node types, which are also the file names
 * @property {string[]} plugins names of the editor's plugins, which are also the file names
 * @property {string[]} languages folder names in locales/, the base language first
 * @property {string[]} helpLanguages those of them that have help
 */

/**
 * @param {string} root
 * @returns {Project}
 */
export function readPackage(root) {
	const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	const namesOf = (files) => Object.values(files).map((file) => basename(file, '.js'));
	const nodes = namesOf(manifest['node-red'].nodes);
	const plugins = namesOf(manifest['node-red'].plugins);
	const languages = Object.keys(LANGUAGES);
	const helpLanguages = languages.filter((language) => LANGUAGES[language].includes('help'));
	return { root, name: manifest.name, nodes, plugins, languages, helpLanguages };
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
