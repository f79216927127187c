/** Reads what a panel gives to Node-RED's editor, by running its script against a stand-in for the editor. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { CHECKOUT } from '../nodes/harness/index.js';

export interface PropertyDefinition {
	readonly value?: unknown;
	readonly type?: string;
	readonly required?: boolean;
	readonly validate?: (this: object, value: unknown, opt: object) => boolean | string;
}

export interface PanelDefinition {
	readonly category: string;
	readonly icon: string;
	readonly inputs?: number;
	readonly outputs?: number;
	readonly defaults: Readonly<Record<string, PropertyDefinition>>;
	readonly credentials?: Readonly<Record<string, PropertyDefinition>>;
}

/** What the panel of a node registers, by type. */
export function readPanel(node: string): Record<string, PanelDefinition> {
	const html = readFileSync(join(CHECKOUT, 'nodes', `${node}.html`), 'utf8');
	const shared = [...html.matchAll(/<script src="resources\/@wattpost\/node-red-wattpost\/([\w/-]+\.js)">/g)]
		.map(([, file = '']) => readFileSync(join(CHECKOUT, 'resources', file), 'utf8'))
		.join('\n');
	const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
	const registered: Record<string, PanelDefinition> = {};
	const RED = {
		nodes: {
			registerType: (type: string, definition: PanelDefinition) => {
				registered[type] = definition;
			},
			eachConfig: () => undefined,
			eachNode: () => undefined,
			// Whatever is chosen is there and right.
			node: (id: string) => (id ? { id } : null),
			originalFlow: () => [],
		},
		events: { on: () => undefined },
		settings: {},
		utils: { validateTypedProperty: () => true },
		_: (key: string) => key,
	};
	// No form is open: a validator finds no field and looks at the node.
	const nothing = { val: () => undefined, data: () => undefined, last: () => nothing };
	const $ = () => nothing;
	runInNewContext(`${shared}\n${script}`, { RED, $, TextEncoder, document: {} });
	return registered;
}

/** The definition of the type that the panel is for. */
export function definitionOf(type: string): PanelDefinition {
	const definition = readPanel(type)[type];
	assert.ok(definition, `the panel registers no ${type}`);
	return definition;
}

/**
 * Properties of a node that its panel holds for wrong.
 * @param hasCredentials whether the editor has heard that the node has credentials; what these are is judged by themselves
 */
export function wrongProperties(
	definition: PanelDefinition,
	node: Readonly<Record<string, unknown>>,
	hasCredentials = true,
): string[] {
	const names = Object.keys(definition.credentials ?? {});
	const credentials = Object.fromEntries(names.map((name) => [`has_${name}`, hasCredentials]));
	const self = { ...node, _def: definition, credentials, _: (key: string) => key };
	const isWrong = (rule: PropertyDefinition, value: unknown): boolean =>
		rule.validate !== undefined && rule.validate.call(self, value, {}) !== true;
	return Object.entries({ ...definition.defaults, ...definition.credentials })
		.filter(([property, rule]) => isWrong(rule, node[property]))
		.map(([property]) => property);
}
