import { runInNewContext } from 'node:vm';

const SCRIPT = /<script type="text\/javascript">([\s\S]*?)<\/script>/g;
const TEMPLATE = /<script type="text\/html" data-template-name="([^"]+)">([\s\S]*?)<\/script>/g;
const SHARED = /<script src="resources\/@wattpost\/node-red-wattpost\/([\w/-]+\.js)"><\/script>/g;
const FIELD = /<(?:input|select|textarea)\b[^>]*>/g;

/**
 * What a panel says of its node.
 * @typedef {object} Panel
 * @property {Record<string, object>} definitions what is given to registerType, by type
 * @property {Record<string, string>} templates the forms, by type
 * @property {string} script
 */

/**
 * Reads a panel the way the flow library's tools do (types must be literal, definitions inline), and runs its
 * script against a stand-in for the editor that only takes note of registerType.
 * @param {string} html
 * @param {string} shared the scripts that the panel asks for
 * @returns {Panel}
 */
export function readPanel(html, shared) {
	const script = [...html.matchAll(SCRIPT)].map(([, code]) => code).join('\n');
	const definitions = {};
	const registerType = (type, definition) => {
		definitions[type] = definition;
	};
	runInNewContext(`${shared}\n${script}`, {
		RED: { nodes: { registerType }, events: { on() {} }, _: (key) => key, settings: {}, validators: {} },
		document: {},
	});
	const templates = Object.fromEntries([...html.matchAll(TEMPLATE)].map(([, type, form]) => [type, form]));
	return { definitions, templates, script };
}

/** Names of the scripts that a panel asks for, which Node-RED serves from resources/. */
export function sharedScripts(html) {
	return [...html.matchAll(SHARED)].map(([, file]) => file);
}

/** Whether the flow library's tools can read the definition without running it. */
export function isParseable(panel, type) {
	const { script } = panel;
	const start = script.indexOf(`RED.nodes.registerType('${type}', {`);
	const literals = ["category: '", "color: '", "icon: '", 'defaults: {'];
	return start >= 0 && literals.every((literal) => script.indexOf(literal, start) > 0);
}

/** Keys of texts that a panel asks for, without a namespace of this package. */
export function askedKeys(html, namespace) {
	const called = [...html.matchAll(/(\bRED)?\._\(\s*'([^']+)'\s*[,)]/g)]
		// A key without a namespace is the editor's own there.
		.filter(([, red, key]) => red === undefined || key.includes(':'))
		.map(([, , key]) => key);
	const marked = [...html.matchAll(/data-i18n="([^"]+)"/g)].flatMap(([, value]) => value.split(';'));
	return [...called, ...marked]
		.map((key) => key.replace(/^\[[^\]]+\]/, ''))
		.map((key) => (key.startsWith(`${namespace}:`) ? key.slice(namespace.length + 1) : key));
}

/** Calls for a text whose key is put together at run time, which no tool can check. */
export function unreadableKeys(html) {
	return [...html.matchAll(/\._\((?!\s*'[^']+'\s*[,)])[^\n]*/g)].map(([call]) => call);
}

/** Ids of the fields of a form that no label is for. */
export function unlabelledFields(form) {
	return [...form.matchAll(FIELD)]
		.map(([field]) => ({ field, id: /\bid="([^"]+)"/.exec(field)?.[1] }))
		.filter(({ field, id }) => !/type="hidden"/.test(field) && !(id && form.includes(`<label for="${id}"`)))
		.map(({ field, id }) => id ?? field);
}
