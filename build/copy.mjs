import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mergeTexts, readTexts } from './locales.mjs';
import { listFiles } from './project.mjs';

/**
 * Brings panels, icons, labels and help to where Node-RED looks for them: beside the compiled nodes.
 * @param {import('./project.mjs').Project} project
 * @returns {string[]} problems
 */
export function copyAssets(project) {
	for (const [source, target] of copies(project)) {
		cpSync(join(project.root, source), prepared(project.root, target));
	}
	return labelFiles(project).flatMap(({ language, node, target }) => {
		const { texts, problems } = mergedTexts(project.root, language, node);
		writeFileSync(prepared(project.root, target), `${JSON.stringify(texts, undefined, '\t')}\n`);
		return problems;
	});
}

/**
 * What copyAssets writes, relative to dist/.
 * @param {import('./project.mjs').Project} project
 */
export function listAssets(project) {
	const targets = [
		...copies(project).map(([, target]) => target),
		...labelFiles(project).map(({ target }) => target),
	];
	return targets.map((target) => target.slice('dist/'.length));
}

function copies(project) {
	const { root, nodes, helpLanguages } = project;
	const panels = listFiles(join(root, 'nodes')).filter(
		(file) => file.endsWith('.html') && !file.includes('/'),
	);
	const help = helpLanguages.flatMap((language) =>
		listFiles(join(root, 'locales', language))
			.filter((file) => file.endsWith('.html') && nodes.includes(file.slice(0, -'.html'.length)))
			.map((file) => `${language}/${file}`),
	);
	return [
		...panels.map((file) => [`nodes/${file}`, `dist/nodes/${file}`]),
		...listFiles(join(root, 'icons')).map((file) => [`icons/${file}`, `dist/nodes/icons/${file}`]),
		...help.map((file) => [`locales/${file}`, `dist/nodes/locales/${file}`]),
	];
}

function labelFiles({ nodes, languages }) {
	return languages.flatMap((language) =>
		nodes.map((node) => ({ language, node, target: `dist/nodes/locales/${language}/${node}.json` })),
	);
}

function mergedTexts(root, language, node) {
	const common = readTexts(root, language, 'common');
	const own = readTexts(root, language, node);
	const { texts, duplicates } = mergeTexts(common.texts, own.texts);
	const repeated = duplicates.map(
		(key) =>
			`locales/${language}/${node}.json: "${key}" is already in common.json; keep it in one of the two`,
	);
	return { texts, problems: [...common.problems, ...own.problems, ...repeated] };
}

function prepared(root, target) {
	const path = join(root, target);
	mkdirSync(dirname(path), { recursive: true });
	return path;
}
