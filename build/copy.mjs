import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readHelp, unusedParts } from './help.mjs';
import { mergeTexts, readTexts } from './locales.mjs';
import { listFiles } from './project.mjs';
import { withRows } from './rows.mjs';

/**
 * Brings panels, icons, labels and help to where Node-RED looks for them: beside the compiled nodes.
 * @param {import('./project.mjs').Project} project
 * @returns {string[]} problems
 */
export function copyAssets(project) {
	for (const [source, target] of copies(project)) {
		cpSync(join(project.root, source), prepared(project.root, target));
	}
	for (const panel of panels(project)) {
		const html = readFileSync(join(project.root, panel), 'utf8');
		writeFileSync(prepared(project.root, `dist/${panel}`), withRows(html));
	}
	const labelProblems = labelFiles(project).flatMap(({ language, node, target }) => {
		const { texts, problems } = mergedTexts(project.root, language, node);
		writeFileSync(prepared(project.root, target), `${JSON.stringify(texts, undefined, '\t')}\n`);
		return problems;
	});
	const helpProblems = helpFiles(project).flatMap(({ language, node, target }) => {
		const { html, problems } = readHelp(project.root, language, node);
		writeFileSync(prepared(project.root, target), html);
		return problems;
	});
	return [...labelProblems, ...helpProblems, ...unusedParts(project)];
}

/**
 * What copyAssets writes, relative to dist/.
 * @param {import('./project.mjs').Project} project
 */
export function listAssets(project) {
	const targets = [
		...copies(project).map(([, target]) => target),
		...panels(project).map((panel) => `dist/${panel}`),
		...[...labelFiles(project), ...helpFiles(project)].map(({ target }) => target),
	];
	return targets.map((target) => target.slice('dist/'.length));
}

function panels({ root }) {
	return listFiles(join(root, 'nodes'))
		.filter((file) => file.endsWith('.html') && !file.includes('/'))
		.map((file) => `nodes/${file}`);
}

function copies({ root, plugins }) {
	return [
		...plugins.map((plugin) => [`plugins/${plugin}.html`, `dist/plugins/${plugin}.html`]),
		...listFiles(join(root, 'icons')).map((file) => [`icons/${file}`, `dist/nodes/icons/${file}`]),
	];
}

/** One that is missing is told of when the parts of a node are compared. */
function helpFiles({ root, nodes, helpLanguages }) {
	return helpLanguages.flatMap((language) =>
		nodes
			.filter((node) => existsSync(join(root, `locales/${language}/${node}.html`)))
			.map((node) => ({ language, node, target: `dist/nodes/locales/${language}/${node}.html` })),
	);
}

function labelFiles({ nodes, plugins, languages }) {
	const target = (folder, language) => (node) => ({
		...{ language, node, target: `dist/${folder}/locales/${language}/${node}.json` },
	});
	return languages.flatMap((language) => [
		...nodes.map(target('nodes', language)),
		...plugins.map(target('plugins', language)),
	]);
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
