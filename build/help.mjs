import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from './project.mjs';

/** In a help file, in the place of what several nodes say in the same words. */
const PART = /^[ \t]*<!-- part: ([\w-]+) -->\n/gm;

/**
 * The help of a node, with its parts put in.
 * @returns {{ html: string, problems: string[] }}
 */
export function readHelp(root, language, node) {
	const file = `locales/${language}/${node}.html`;
	const problems = [];
	const html = readFileSync(join(root, file), 'utf8').replaceAll(PART, (line, name) => {
		const part = join(root, `locales/${language}/parts/${name}.html`);
		if (existsSync(part)) return readFileSync(part, 'utf8');
		problems.push(`${file}: locales/${language}/parts/${name}.html is missing`);
		return line;
	});
	return { html, problems };
}

/**
 * Parts that no help has.
 * @param {import('./project.mjs').Project} project
 * @returns {string[]} problems
 */
export function unusedParts({ root, nodes, helpLanguages }) {
	return helpLanguages.flatMap((language) => {
		const folder = join(root, 'locales', language);
		const files = nodes.map((node) => join(folder, `${node}.html`)).filter((file) => existsSync(file));
		const used = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(PART)]);
		const names = new Set(used.map(([, name]) => `parts/${name}.html`));
		return listFiles(folder)
			.filter((file) => file.startsWith('parts/') && !names.has(file))
			.map((file) => `locales/${language}/${file}: no help has this part`);
	});
}
