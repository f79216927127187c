/** What the flow library's validator (node-red-dev) warns of, as far as it can be known without asking anybody. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CHECKOUT } from '../nodes/harness/index.js';
import { CONTRACT } from './contract.js';
import { type Syntax, scriptsOf, syntaxOf } from './syntax.js';

interface Semver {
	satisfies(version: string, range: string): boolean;
	minVersion(range: string): { readonly version: string };
}

const MOST_DEPENDENCIES = 6;

const fromRed = createRequire(require.resolve('node-red/red.js'));
const { satisfies, minVersion } = fromRed('semver') as Semver;

const read = (...path: string[]): string => readFileSync(join(CHECKOUT, ...path), 'utf8');

/** What a script registers: the node type, and its definition if that is written out there. */
function registrationsOf(script: string): [type: unknown, definition: Syntax | undefined][] {
	return syntaxOf(script)
		.filter(({ type, callee }) => type === 'CallExpression' && callee?.property?.name === 'registerType')
		.map(({ arguments: [type, definition] = [] }) => [type?.value, definition]);
}

/** What of a definition can be read without running it. */
function literalsOf(definition: Syntax | undefined): Record<string, unknown> {
	const members = (definition?.properties ?? []).map(({ key, value }) => {
		const { type, value: literal, properties } = value as Syntax;
		const names = properties?.map((property) => property.key?.name);
		return [key?.name, type === 'Literal' ? literal : names];
	});
	return Object.fromEntries(members);
}

describe('the validator of the flow library', () => {
	const manifest = JSON.parse(read('package.json'));
	const locked = JSON.parse(read('package-lock.json')).packages as Record<
		string,
		{ readonly version: string; readonly dev?: boolean }
	>;

	it('finds licence, repository, scope and keyword', () => {
		assert.ok(existsSync(join(CHECKOUT, 'LICENSE')) && manifest.license);
		assert.ok(manifest.repository.url && manifest.bugs.url);
		assert.match(manifest.name, /^@[a-z\d][\w-.]+\/[a-z\d][\w-.]*$/);
		assert.ok(manifest.keywords.includes('node-red'));
	});

	it('finds the package fit for Node-RED, and for the oldest Node.js that Node-RED takes', () => {
		const latest = fromRed('./package.json');
		assert.ok(satisfies(latest.version, manifest['node-red'].version));
		assert.ok(satisfies(minVersion(latest.engines.node).version, manifest.engines.node));
	});

	for (const [type, { ports, defaults, credentials }] of Object.entries(CONTRACT)) {
		it(`reads the definition of ${type} without running it`, () => {
			const html = read(manifest['node-red'].nodes[type].replace(/\.js$/, '.html'));
			const registered = scriptsOf(html).flatMap(registrationsOf);
			assert.deepEqual(
				registered.map(([name]) => name),
				[type],
			);
			const definition = literalsOf(registered[0]?.[1]);
			for (const key of ['category', 'color', 'icon']) assert.equal(typeof definition[key], 'string', key);
			assert.deepEqual([definition.inputs, definition.outputs], ports);
			assert.deepEqual(new Set(definition.defaults as string[]), new Set(Object.keys(defaults)));
			assert.deepEqual(new Set(definition.credentials as string[]), new Set(Object.keys(credentials)));
		});
	}

	it('finds few dependencies, and none that Node-RED cannot live with', () => {
		assert.ok(Object.keys(manifest.dependencies).length <= MOST_DEPENDENCIES);
		const agents = Object.entries(locked).filter(
			([path, { dev }]) => path.endsWith('node_modules/agent-base') && dev !== true,
		);
		assert.deepEqual(
			agents.filter(([, { version }]) => satisfies(version, '<6.0.0')),
			[],
		);
	});
});
