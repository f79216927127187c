import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
	CHECKOUT,
	makeTempDir,
	PACKAGE,
	type RunningNodeRed,
	redPath,
	removeDir,
	startNodeRed,
} from '../nodes/harness/index.js';
import { patience } from '../patience.js';
import { install, npmOf, pack, registryHost, type Tarball } from './npm.js';

interface NodeSet {
	readonly module: string;
	readonly name: string;
	readonly types: readonly string[];
	readonly enabled: boolean;
	readonly err?: unknown;
}

interface Catalogue {
	readonly [key: string]: string | Catalogue;
}

const manifest = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8'));
const TYPES = Object.keys(manifest['node-red'].nodes);

const ROOT_DOCUMENTS = [
	'CHANGELOG.md',
	'CONTRIBUTING.md',
	'LICENSE',
	'README.md',
	'SECURITY.md',
	'package.json',
];

const ALLOWED = [
	/^dist\/nodes\/[\w-]+\.(js|d\.ts|html)$/,
	/^dist\/nodes\/(adapter|protocol)\/([\w-]+\/)*[\w-]+\.(js|d\.ts)$/,
	/^dist\/nodes\/icons\/wattpost-[\w-]+\.svg$/,
	/^dist\/nodes\/locales\/(en-US|de)\/[\w-]+\.(json|html)$/,
	/^dist\/nodes\/locales\/(es|fr|ja|nl|pl)\/[\w-]+\.json$/,
	/^dist\/plugins\/[\w-]+\.(js|d\.ts|html)$/,
	/^dist\/plugins\/locales\/[\w-]+\/[\w-]+\.json$/,
	/^examples\/([\w-]+\/)*[^/]+\.json$/,
	/^resources\/(\w+\/)?[\w-]+\.(js|css)$/,
];

function filesBelow(folder: string): string[] {
	const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
	return paths.filter((path) => statSync(path).isFile());
}

/** What an HTML file of Node-RED holds for one type: the content of the script element with that attribute. */
function template(html: string, attribute: string, type: string): string {
	const found = new RegExp(`<script[^>]*${attribute}=["']${type}["'][^>]*>([\\s\\S]*?)</script>`).exec(html);
	return found?.[1]?.trim() ?? '';
}

let folder: string;
let tarball: Tarball;

describe('the packed package', function () {
	this.timeout(patience(120_000));
	before(async () => {
		folder = makeTempDir();
		tarball = await pack(npmOf(redPath()), folder);
	});
	after(() => removeDir(folder));

	it('holds dist, examples, resources and the root documents and nothing else', () => {
		const [roots, others] = [[], []] as [string[], string[]];
		for (const path of tarball.files) (path.includes('/') ? others : roots).push(path);
		assert.deepEqual(roots, ROOT_DOCUMENTS);
		assert.deepEqual(
			others.filter((path) => !ALLOWED.some((pattern) => pattern.test(path))),
			[],
		);
		for (const type of TYPES) assert.ok(others.includes(`dist/nodes/${type}.html`), type);
	});

	const WAYS = [
		[5, 'without the scripts of any dependency', '--ignore-scripts'] as const,
		[4, 'as usual'] as const,
	];
	for (const [version, how, ...options] of WAYS) {
		describe(`in an empty user directory of Node-RED ${version}, installed ${how}`, () => {
			let userDir: string;
			let nr: RunningNodeRed;
			let html: string;

			const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
				fetch(`${nr.url}/${path}`, { headers });

			before(async () => {
				userDir = join(folder, `user-${version}`);
				mkdirSync(userDir);
				const project = { name: 'node-red-project', version: '0.0.1', private: true };
				writeFileSync(join(userDir, 'package.json'), JSON.stringify(project));
				await install(npmOf(redPath(version)), tarball.path, userDir, ...options);
				nr = await startNodeRed({ version, userDir });
				html = await (await get('nodes', { accept: 'text/html' })).text();
			});
			after(() => nr?.stop());

			it('every node is there', async () => {
				const sets = (await (await get('nodes', { accept: 'application/json' })).json()) as NodeSet[];
				const ours = sets.filter(({ module }) => module === PACKAGE);
				assert.deepEqual(
					ours.map(({ name, types, enabled, err }) => ({ name, types, enabled, err })),
					TYPES.map((type) => ({ name: type, types: [type], enabled: true, err: undefined })),
				);
			});

			it('every node has its own icon', async () => {
				const icons = join(userDir, 'node_modules', PACKAGE, 'dist/nodes/icons');
				for (const type of TYPES) {
					const panel = readFileSync(join(icons, '..', `${type}.html`), 'utf8');
					const icon = /icon: '(wattpost-[\w-]+\.svg)'/.exec(panel)?.[1];
					assert.ok(icon, `${type} names no icon`);
					// For an icon that it does not find, Node-RED answers with its default one.
					const served = await (await get(`icons/${PACKAGE}/${icon}`)).text();
					assert.equal(served, readFileSync(join(icons, icon), 'utf8'));
				}
			});

			it('every node has a panel, and help in English and in German', async () => {
				const german = await (await get('nodes', { accept: 'text/html', 'accept-language': 'de' })).text();
				for (const type of TYPES) {
					assert.notEqual(template(html, 'data-template-name', type), '', type);
					const [english, translated] = [html, german].map((text) => template(text, 'data-help-name', type));
					assert.notEqual(english, '', type);
					assert.notEqual(translated, '', type);
					assert.notEqual(translated, english, type);
				}
			});

			it('every node has its labels in English and in German', async () => {
				const catalogues = async (language: string): Promise<Record<string, Catalogue>> =>
					(await (await get(`nodes/messages?lng=${language}`)).json()) as Record<string, Catalogue>;
				const [english, german] = [await catalogues('en-US'), await catalogues('de')];
				for (const type of TYPES) {
					const [texts, translated] = [english, german].map((all) => all[`${PACKAGE}/${type}`] ?? {});
					assert.deepEqual(Object.keys(translated ?? {}).sort(), Object.keys(texts ?? {}).sort());
					assert.ok(texts?.label, `${type} has no labels`);
					assert.notDeepEqual(translated?.label, texts.label, type);
				}
			});

			it('what it remembers outlives the process', async () => {
				const directory = JSON.stringify(join(userDir, 'remembered'));
				const index = JSON.stringify(
					join(userDir, 'node_modules', PACKAGE, 'dist/nodes/adapter/store/index.js'),
				);
				const run = async (set: string) => {
					const script = `const clock = { now: Date.now, monotonic: () => performance.now() };
						const timers = { set: setTimeout, clear: clearTimeout };
						const options = { directory: ${directory}, clock, timers, instance: 'x', report: console.error };
						const store = require(${index}).openStore(options);
						store.update('scope', (entries) => ({ result: entries.get('name') ?? 'nothing', ${set} }))
							.then((found) => process.stdout.write(found)).then(() => store.close());`;
					return (await promisify(execFile)(process.execPath, ['-e', script], { cwd: userDir })).stdout;
				};
				assert.equal(await run(`set: [['name', 'value']]`), 'nothing');
				assert.equal(await run(''), 'value');
			});

			it('it takes less than 10 MB with all that it needs', () => {
				const sizes = filesBelow(join(userDir, 'node_modules')).map((path) => statSync(path).size);
				const sum = sizes.reduce((total, size) => total + size, 0);
				assert.ok(sum < 10e6, `${sum} bytes`);
			});

			it('the protocol can be used without Node-RED', async () => {
				const script = `process.stdout.write(JSON.stringify(Object.keys(require('${PACKAGE}/protocol'))))`;
				const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: userDir });
				assert.ok((JSON.parse(stdout) as string[]).includes('ProtocolError'), stdout);
			});

			it('nothing that was installed names the machine on which it was built', async () => {
				const registry = await registryHost(npmOf(redPath(version)));
				for (const path of filesBelow(join(userDir, 'node_modules', PACKAGE))) {
					const text = readFileSync(path, 'utf8');
					for (const word of [CHECKOUT, `${homedir()}/`, registry])
						assert.equal(text.includes(word), false, path);
				}
			});
		});
	}
});
