import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unfilledErrors } from './errors.mjs';
import { flatten, readTexts } from './locales.mjs';
import {
	askedKeys,
	isParseable,
	readPanel,
	sharedScripts,
	unlabelledFields,
	unreadableKeys,
} from './panel.mjs';
import { BASE_LANGUAGE, listFiles } from './project.mjs';
import { withRows } from './rows.mjs';
import { compareTexts, longStatuses } from './texts.mjs';

/**
 * Compares what source, panel, texts, icons and examples say of each node.
 * @param {import('./project.mjs').Project} project
 * @returns {Promise<string[]>} every gap, one line each
 */
export async function findGaps(project) {
	const gaps = [
		...strayFolders(project),
		...labelGaps(project),
		...project.plugins.flatMap((plugin) => pluginGaps(project, plugin)),
	];
	for (const node of project.nodes) {
		gaps.push(...missingFiles(project, node));
		gaps.push(...helpGaps(project, node));
		gaps.push(...panelGaps(project, node));
	}
	return [...gaps, ...sharedTextGaps(project), ...(await tableGaps(project)), ...exampleGaps(project)];
}

function missingFiles({ root, languages, helpLanguages }, node) {
	const labels = languages.map((language) => `locales/${language}/${node}.json`);
	const help = helpLanguages.map((language) => `locales/${language}/${node}.html`);
	const files = [`nodes/${node}.ts`, `nodes/${node}.html`, ...labels, ...help];
	return files.filter((file) => !existsSync(join(root, file))).map((file) => `${file} is missing`);
}

/** Folders that are no language of the package, whose texts nobody would ever see. */
function strayFolders({ root, languages }) {
	return readdirSync(join(root, 'locales'))
		.filter((folder) => !languages.includes(folder))
		.map((folder) => `locales/${folder}: this language is not in the table of build/project.mjs`);
}

/** Every file of labels has the same keys and placeholders in every language. */
function labelGaps({ root, nodes, plugins, languages }) {
	return ['common', ...nodes, ...plugins].flatMap((name) => {
		const base = flatten(readTexts(root, BASE_LANGUAGE, name).texts);
		return languages.flatMap((language) => {
			const texts = flatten(readTexts(root, language, name).texts);
			return compareTexts({ language, name }, base, texts);
		});
	});
}

/** Every text that a plugin asks for exists, and every text of its own is asked for. */
function pluginGaps({ root, name }, plugin) {
	const file = `plugins/${plugin}.html`;
	const html = readFileSync(join(root, file), 'utf8');
	const source = `${html}\n${sharedScript(root, html)}`;
	const namespace = `${name}/${plugin}`;
	const asked = askedKeys(source, namespace);
	const own = flatten(readTexts(root, BASE_LANGUAGE, plugin).texts);
	const known = flatten(
		JSON.parse(readFileSync(join(root, `dist/plugins/locales/${BASE_LANGUAGE}/${plugin}.json`), 'utf8')),
	);
	return [
		...asked
			.filter((key) => !key.includes(':') && !known.has(key))
			.map((key) => `${file}: no text for "${key}"`),
		...[...own.keys()].filter((key) => !asked.includes(key)).map((key) => `${file} never asks for "${key}"`),
		...unreadableKeys(source).map((call) => `${file}: the key is not literal in ${call.trim()}`),
	];
}

function helpGaps({ root, helpLanguages }, node) {
	return helpLanguages
		.map((language) => `locales/${language}/${node}.html`)
		.filter((file) => existsSync(join(root, file)))
		.filter((file) => !readFileSync(join(root, file), 'utf8').includes(`data-help-name="${node}"`))
		.map((file) => `${file} has no help for ${node}`);
}

function panelGaps(project, node) {
	const file = `nodes/${node}.html`;
	if (!existsSync(join(project.root, file))) return [];
	const html = withRows(readFileSync(join(project.root, file), 'utf8'));
	const shared = sharedScript(project.root, html);
	const panel = readPanel(html, shared);
	const definition = panel.definitions[node];
	if (!definition || !isParseable(panel, node)) {
		return [
			`${file}: registerType('${node}', { ... }) with literal category, color, icon and defaults was not found`,
		];
	}
	const form = panel.templates[node] ?? '';
	return [
		...(form ? [] : [`${file} has no form for ${node}`]),
		...unlabelledFields(form).map((id) => `${file}: no label is for "${id}"`),
		...iconGaps(project.root, file, definition.icon),
		...fieldGaps(file, form, definition),
		...keyGaps(project, node, file, `${html}\n${shared}`),
	];
}

/** What a panel shares with others: Node-RED serves it from this folder of the package. */
function sharedScript(root, html) {
	return sharedScripts(html)
		.map((file) => readFileSync(join(root, 'resources', file), 'utf8'))
		.join('\n');
}

function iconGaps(root, file, icon) {
	if (icon.startsWith('font-awesome/') || existsSync(join(root, 'icons', icon))) return [];
	return [`${file}: icons/${icon} is missing`];
}

/** A property without a field would be lost on nobody but could never be set. */
function fieldGaps(file, form, { category, defaults, credentials }) {
	const prefix = category === 'config' ? 'node-config-input' : 'node-input';
	return [...Object.keys(defaults), ...Object.keys(credentials ?? {})]
		.filter((property) => !form.includes(`id="${prefix}-${property}"`))
		.map((property) => `${file}: the form has no field for "${property}"`);
}

/** Every text that a panel asks for exists, and every text of the node's own is asked for. */
function keyGaps(project, node, file, html) {
	const texts = builtTexts(project, BASE_LANGUAGE, node);
	const asked = askedKeys(html, `${project.name}/${node}`).filter((key) => !key.includes(':'));
	const unknown = asked.filter((key) => !texts.has(key)).map((key) => `${file}: no text for "${key}"`);
	const own = [...texts.keys()].filter((key) => !/^(status|errors|expected|common|age|sighting)\./.test(key));
	const unused = own.filter((key) => !asked.includes(key)).map((key) => `${file} never asks for "${key}"`);
	const unreadable = unreadableKeys(html).map((call) => `${file}: the key is not literal in ${call.trim()}`);
	return [...unknown, ...unused, ...unreadable];
}

/** Every text that no node has for itself is asked for somewhere. That what is asked for exists is seen with each panel. */
function sharedTextGaps({ root, name, nodes, languages }) {
	const [language] = languages;
	const source = textOfAll(root, 'resources', '.js') + textOfAll(root, 'nodes', '.html');
	const asked = new Set(askedKeys(source, name));
	return [...builtTexts({ root }, language, nodes[0]).keys()]
		.filter((key) => /^(common|sighting)\./.test(key) && !asked.has(key))
		.map((key) => `locales/${language}/common.json: no panel asks for "${key}"`);
}

function textOfAll(root, folder, ending) {
	const files = listFiles(join(root, folder)).filter((file) => file.endsWith(ending));
	return files.map((file) => withRows(readFileSync(join(root, folder, file), 'utf8'))).join('\n');
}

/** Every error code and every status has its text, every text its code, and no status is too long to be read. */
async function tableGaps(project) {
	const [node] = project.nodes;
	const { ERROR_CODES } = await importBuilt(project.root, 'nodes/protocol/errors.js');
	const { STATUS } = await importBuilt(project.root, 'nodes/adapter/families.js');
	const unfilled = unfilledErrors(project.root, builtTexts(project, BASE_LANGUAGE, node));
	const gaps = project.languages.flatMap((language) => {
		const texts = builtTexts(project, language, node);
		const long = longStatuses(texts).map(
			(key) => `locales/${language}: "${key}" is longer than a status may be`,
		);
		return [
			...compareTable(`locales/${language}`, 'errors', Object.keys(ERROR_CODES), texts),
			...compareTable(`locales/${language}`, 'status', Object.keys(STATUS), texts),
			...long,
		];
	});
	return [...gaps, ...unfilled];
}

function compareTable(where, group, names, texts) {
	const known = new Set(names.map((name) => `${group}.${name}`));
	const given = [...texts.keys()].filter((key) => key.startsWith(`${group}.`));
	return [
		...[...known].filter((key) => !texts.has(key)).map((key) => `${where}/common.json: "${key}" is missing`),
		...given
			// `hpdu-forbidden_outlets` is what the text of `hpdu-forbidden` is with the context `outlets`.
			.filter((key) => !known.has(key.replace(/_[a-z]+$/, '')))
			.map((key) => `${where}/common.json: "${key}" belongs to nothing`),
	];
}

/** The palette shows examples by node: each one that can be placed in a flow occurs in at least one. */
function exampleGaps({ root, nodes }) {
	const folder = join(root, 'examples');
	const files = listFiles(folder).filter((file) => file.endsWith('.json'));
	const categoryOf = (node) => {
		const html = readFileSync(join(root, `nodes/${node}.html`), 'utf8');
		return readPanel(html, sharedScript(root, html)).definitions[node]?.category;
	};
	const used = new Set(
		files.flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8'))).map(({ type }) => type),
	);
	return nodes
		.filter((node) => existsSync(join(root, `nodes/${node}.html`)))
		.filter((node) => categoryOf(node) !== 'config')
		.filter((node) => !used.has(node))
		.map((node) => `examples/ has no flow with ${node}`);
}

function builtTexts({ root }, language, node) {
	return flatten(
		JSON.parse(readFileSync(join(root, 'dist', 'nodes', 'locales', language, `${node}.json`), 'utf8')),
	);
}

async function importBuilt(root, file) {
	const module = await import(pathToFileURL(join(root, 'dist', file)).href);
	return module.default ?? module;
}
