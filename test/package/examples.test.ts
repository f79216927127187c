import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CHECKOUT, redPath } from '../nodes/harness/index.js';
import { CONTRACT } from './contract.js';
import { definitionOf, wrongProperties } from './panel.js';

interface ExampleNode {
	readonly id: string;
	readonly type: string;
	readonly z?: string;
	readonly wires?: readonly (readonly string[])[];
	readonly [property: string]: unknown;
}

const EXAMPLES = join(CHECKOUT, 'examples');

/** Where the examples for Dashboard 2 are: only they may use its nodes. */
const DASHBOARD_FOLDER = 'dashboard';
const DASHBOARD = '@flowfuse/node-red-dashboard';

/** Properties of Node-RED's own nodes that name a config node. */
const CORE_CONFIGS: Readonly<Record<string, readonly string[]>> = { 'mqtt out': ['broker'] };

/** Types of nodes that come with Node-RED. */
function coreTypes(): Set<string> {
	const root = dirname(createRequire(redPath()).resolve('@node-red/nodes/package.json'));
	const panels = readdirSync(join(root, 'core'), { recursive: true, encoding: 'utf8' }).filter((name) =>
		name.endsWith('.html'),
	);
	const types = panels.flatMap((name) =>
		[...readFileSync(join(root, 'core', name), 'utf8').matchAll(/registerType\(\s*['"]([^'"]+)/g)].map(
			([, type]) => type ?? '',
		),
	);
	return new Set([...types, 'tab', 'group']);
}

/** Types of nodes that come with Dashboard 2. */
function dashboardTypes(): Set<string> {
	const manifest = JSON.parse(readFileSync(require.resolve(`${DASHBOARD}/package.json`), 'utf8'));
	return new Set(Object.keys(manifest['node-red'].nodes));
}

/** Properties of Dashboard 2's nodes that name what they are part of. */
const PARENTS = ['group', 'page', 'ui', 'theme'];

/** Ids of the config nodes that a node names. */
function configsOf(node: ExampleNode): unknown[] {
	const parents = node.type.startsWith('ui-') ? PARENTS : [];
	const names = [
		...Object.keys(CONTRACT[node.type]?.configs ?? {}),
		...(CORE_CONFIGS[node.type] ?? []),
		...parents,
	];
	return names.map((name) => node[name]);
}

/** What only the user knows: blank, so that the editor marks it, also after the example was imported once more. */
const BLANK: Readonly<Record<string, readonly string[]>> = {
	'ups-device': ['deviceId'],
	'hpdu-device': ['host'],
};

/** What the editor holds of credentials that were entered. */
function givenCredentials(type: string): Record<string, string> {
	const names = Object.keys(CONTRACT[type]?.credentials ?? {});
	return Object.fromEntries(names.map((name) => [name, '__PWRD__']));
}

describe('the examples', () => {
	const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((name) =>
		name.endsWith('.json'),
	);
	const core = coreTypes();
	const dashboard = dashboardTypes();
	const isForDashboard = (file: string): boolean => dirname(file) === DASHBOARD_FOLDER;
	const read = (file: string): ExampleNode[] => JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8'));

	for (const file of files) {
		const nodes = read(file);

		it(`${file}: uses nodes of Node-RED and of this collection only, or of Dashboard 2 in its folder`, () => {
			const types = new Set(nodes.map(({ type }) => type));
			const isKnown = (type: string): boolean => core.has(type) || type in CONTRACT;
			assert.deepEqual(
				[...types].filter((type) => !isKnown(type) && !(isForDashboard(file) && dashboard.has(type))),
				[],
			);
			assert.ok(types.has('comment'), 'nothing says what to change');
		});

		it(`${file}: is whole, and holds no secret`, () => {
			const ids = new Set(nodes.map(({ id }) => id));
			assert.equal(ids.size, nodes.length);
			const references = nodes.flatMap((node) => [...configsOf(node), node.z, ...(node.wires ?? []).flat()]);
			assert.deepEqual(
				references.filter((id) => id !== undefined && id !== '' && !ids.has(String(id))),
				[],
			);
			assert.deepEqual(
				nodes.filter((node) => 'credentials' in node),
				[],
			);
			assert.deepEqual(
				nodes.filter(({ id }) => !/^[0-9a-f]{16}$/.test(id)),
				[],
			);
		});

		it(`${file}: our nodes have exactly the properties of the contract, and good values or none`, () => {
			for (const node of nodes.filter(({ type }) => type in CONTRACT)) {
				const { id: _id, type, z: _z, g: _g, d: _d, x: _x, y: _y, wires: _wires, ...properties } = node;
				assert.deepEqual(Object.keys(properties).sort(), Object.keys(CONTRACT[type]?.defaults ?? {}).sort());
				assert.deepEqual(
					wrongProperties(definitionOf(type), { ...node, ...givenCredentials(type) }),
					BLANK[type] ?? [],
				);
			}
		});
	}

	it('receive each car at a path of its own, so that all of them and a new node run beside each other', () => {
		const flows = files.map(read);
		const places = flows.flatMap((nodes) =>
			nodes
				.filter(({ type }) => type === 'wican-https-in')
				.map(({ endpoint, path }) => {
					const prefix = nodes.find(({ id }) => id === endpoint)?.path ?? '';
					return `${prefix}${path}`.toLowerCase();
				}),
		);
		assert.ok(places.length > 8);
		places.push(String(CONTRACT['wican-https-in']?.defaults.path));
		assert.deepEqual(
			places.filter((place, index) => places.indexOf(place) !== index),
			[],
		);
	});

	for (const [node, type] of [
		['ups-http-in', 'ups-device'] as const,
		['hpdu-register-read', 'hpdu-device'] as const,
		['hpdu-framebuffer', 'hpdu-device'] as const,
	]) {
		it(`with ${node} share one ${type}, so that a second example finds what is already set up`, () => {
			const flows = files.map(read);
			const withNode = flows.filter((nodes) => nodes.some((one) => one.type === node));
			const [shared] = flows.flatMap((nodes) => nodes.filter((one) => one.type === type));
			assert.ok(shared !== undefined && withNode.length > 0);
			for (const nodes of withNode)
				assert.deepEqual(
					nodes.filter(({ id }) => id === shared.id),
					[shared],
				);
			const others = flows.flatMap((nodes) =>
				nodes.filter((one) => one.type === type && one.id !== shared.id),
			);
			assert.equal(new Set(others.map(({ id }) => id)).size, others.length);
		});
	}

	it('for the dashboard share its base and theme, have a page each, and name the module to install', () => {
		const flows = files.filter(isForDashboard).map(read);
		assert.equal(flows.length, 3);
		for (const type of ['ui-base', 'ui-theme', 'global-config']) {
			const [first, ...others] = flows.map((nodes) => nodes.filter((node) => node.type === type));
			assert.equal(first?.length, 1);
			for (const other of others) assert.deepEqual(other, first, type);
		}
		const [[installed] = []] = flows.map((nodes) => nodes.filter(({ type }) => type === 'global-config'));
		assert.deepEqual(Object.keys(installed?.modules ?? {}), [DASHBOARD]);
		const shared = new Set(['ui-base', 'ui-theme', 'global-config', 'ups-device', 'hpdu-device']);
		const own = flows.flatMap((nodes) => nodes.filter(({ type }) => !shared.has(type)));
		assert.equal(new Set(own.map(({ id }) => id)).size, own.length);
		const paths = own.flatMap(({ type, path }) => (type === 'ui-page' ? [path] : []));
		assert.deepEqual(paths.sort(), ['/car', '/pdu', '/ups']);
	});
});
