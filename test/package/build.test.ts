import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHECKOUT, makeTempDir, removeDir } from '../nodes/harness/index.js';

interface Build {
	readPackage(root: string): object;
	copyAssets(project: object): string[];
	removeStale(project: object): void;
	findGaps(project: object): Promise<string[]>;
}

const PARTS = [
	'package.json',
	'nodes',
	'plugins',
	'locales',
	'icons',
	'resources',
	'examples',
	'dist/nodes/protocol/common',
	'dist/nodes/adapter',
];

/** One change to a file of the tree, and what the build must say of it. `undefined` deletes the file. */
interface Breakage {
	readonly what: string;
	readonly file: string;
	readonly change: ((text: string) => string) | undefined;
	readonly gap: RegExp;
}

const replacing =
	(from: string, to: string) =>
	(text: string): string => {
		assert.ok(text.includes(from), `nothing to break: ${from}`);
		return text.replace(from, to);
	};

const BREAKAGES: readonly Breakage[] = [
	{
		what: 'a node without source',
		file: 'nodes/ups-device.ts',
		change: undefined,
		gap: /^nodes\/ups-device\.ts/,
	},
	{
		what: 'a node without panel',
		file: 'nodes/ups-device.html',
		change: undefined,
		gap: /^nodes\/ups-device\.html/,
	},
	{
		what: 'help in one language only',
		file: 'locales/de/ups-device.html',
		change: undefined,
		gap: /^locales\/de\/ups-device\.html/,
	},
	{
		what: 'help for another node',
		file: 'locales/de/ups-device.html',
		change: replacing('data-help-name="ups-device"', 'data-help-name="ups"'),
		gap: /^locales\/de\/ups-device\.html/,
	},
	{
		what: 'help without one of its parts',
		file: 'locales/de/parts/hpdu-badges.html',
		change: undefined,
		gap: /^locales\/de\/hpdu-framebuffer\.html: locales\/de\/parts\/hpdu-badges\.html is missing/,
	},
	{
		what: 'a part that no help has',
		file: 'locales/de/parts/of-nobody.html',
		change: () => '<dt>x</dt>',
		gap: /^locales\/de\/parts\/of-nobody\.html: no help/,
	},
	{
		what: 'labels in one language only',
		file: 'locales/de/ups-device.json',
		change: undefined,
		gap: /^locales\/de\/ups-device\.json/,
	},
	{
		what: 'a label in one language only',
		file: 'locales/de/ups-device.json',
		change: replacing('"httpKey":', '"httpKey2":'),
		gap: /^locales\/de\/ups-device\.json: "label\.httpKey" is missing/,
	},
	{
		what: 'a placeholder in one language only',
		file: 'locales/de/ups-device.json',
		change: replacing('__names__', '__name__'),
		gap: /^locales\/de\/ups-device\.json: "hint\.shared-key" has other placeholders/,
	},
	{
		what: 'a text that was not translated',
		file: 'locales/de/ups-device.json',
		change: replacing('"HTTP-Schlüssel"', '"HTTP key"'),
		gap: /^locales\/de\/ups-device\.json: "label\.httpKey" is not translated/,
	},
	{
		what: 'a blank text',
		file: 'locales/de/ups-device.json',
		change: replacing('"HTTP-Schlüssel"', '" "'),
		gap: /^locales\/de\/ups-device\.json: "label\.httpKey" holds no text/,
	},
	{
		what: 'markup in one language only',
		file: 'locales/de/ups-device.json',
		change: replacing('"HTTP-Schlüssel"', '"<b>HTTP-Schlüssel"'),
		gap: /^locales\/de\/ups-device\.json: "label\.httpKey" has other markup/,
	},
	{
		what: 'a message property that was translated',
		file: 'locales/de/ups-command-out.json',
		change: replacing('wie in msg.command', 'wie in msg.befehl'),
		gap: /^locales\/de\/ups-command-out\.json: "option\.message-command" has other properties/,
	},
	{
		what: 'a label that only some languages lack',
		file: 'locales/ja/ups-device.json',
		change: replacing('"httpKey":', '"httpKey2":'),
		gap: /^locales\/ja\/ups-device\.json: "label\.httpKey" is missing/,
	},
	{
		what: 'a language that is only half there',
		file: 'locales/nl/ups-device.json',
		change: undefined,
		gap: /^locales\/nl\/ups-device\.json is missing/,
	},
	{
		what: 'a text in a node and in the common file',
		file: 'locales/en-US/ups-device.json',
		change: replacing('"label": {', '"common": { "name": "Name" }, "label": {'),
		gap: /^locales\/en-US\/ups-device\.json: "common\.name"/,
	},
	{
		what: 'a text that the panel asks for and nobody has',
		file: 'nodes/ups-device.html',
		change: replacing("'invalid.httpKey'", "'invalid.keyLength'"),
		gap: /^nodes\/ups-device\.html: .*"invalid\.keyLength"/,
	},
	{
		what: 'a text that the panels share and nobody has',
		file: 'resources/sightings.js',
		change: replacing("'sighting.none'", "'sighting.nothing'"),
		gap: /^nodes\/ups-device\.html: .*"sighting\.nothing"/,
	},
	{
		what: 'a text that the panels share and nobody asks for',
		file: 'resources/sightings.js',
		change: replacing("node._('sighting.none')", "''"),
		gap: /^locales\/en-US\/common\.json: .*"sighting\.none"/,
	},
	{
		what: 'a mark that no text is for',
		file: 'nodes/ups-http-in.html',
		change: replacing('data-i18n="label.emit"', 'data-i18n="label.emits"'),
		gap: /^nodes\/ups-http-in\.html: .*"label\.emits"/,
	},
	{
		what: 'a text that nobody asks for',
		file: 'nodes/ups-http-in.html',
		change: replacing('data-i18n="label.emit"', ''),
		gap: /^nodes\/ups-http-in\.html .*"label\.emit"/,
	},
	{
		what: 'a key put together at run time',
		file: 'nodes/ups-device.html',
		change: replacing("this._('invalid.clockSkew')", "this._('invalid.' + 'clockSkew')"),
		gap: /^nodes\/ups-device\.html: .*'invalid\.'/,
	},
	{
		what: 'a definition that the flow library cannot read',
		file: 'nodes/ups-http-in.html',
		change: replacing("icon: 'wattpost-ups.svg'", "icon: ['wattpost-ups.svg'][0]"),
		gap: /^nodes\/ups-http-in\.html: registerType/,
	},
	{
		what: 'a property without a field',
		file: 'nodes/ups-http-in.html',
		change: replacing('id="node-input-emit"', 'id="node-input-emits"'),
		gap: /^nodes\/ups-http-in\.html: .*"emit"/,
	},
	{
		what: 'a field without a label',
		file: 'nodes/ups-http-in.html',
		change: replacing('<label for="node-input-emit">', '<label>'),
		gap: /^nodes\/ups-http-in\.html: .*"node-input-emit"/,
	},
	{
		what: 'an icon that does not exist',
		file: 'icons/wattpost-ups.svg',
		change: undefined,
		gap: /icons\/wattpost-ups\.svg/,
	},
	{
		what: 'an error without a text',
		file: 'dist/nodes/protocol/common/errors.js',
		change: replacing("'ups-bad-key':", "'ups-new-error': '', 'ups-bad-key':"),
		gap: /^locales\/en-US.*"errors\.ups-new-error"/,
	},
	{
		what: 'a status without a text',
		file: 'dist/nodes/adapter/status.js',
		change: replacing('waiting:', "dozing: ['grey', 'ring'], waiting:"),
		gap: /^locales\/en-US.*"status\.dozing"/,
	},
	{
		what: 'a status too long to be read',
		file: 'locales/de/common.json',
		change: replacing('"waiting": "', '"waiting": "immer noch auf die erste Meldung '),
		gap: /^locales\/de: "status\.waiting"/,
	},
	{
		what: 'a status of wide letters too long to be read',
		file: 'locales/ja/common.json',
		change: replacing('"waiting": "', '"waiting": "最初の報告を待って'),
		gap: /^locales\/ja: "status\.waiting"/,
	},
	{
		what: 'an error raised without a value that its text shows',
		file: 'nodes/protocol/ups/key.ts',
		change: replacing('{ length: characters.length }', '{ size: characters.length }'),
		gap: /^nodes\/protocol\/ups\/key\.ts: "ups-bad-key" .*"length"/,
	},
	{
		what: 'a node without an example',
		file: 'examples/04 - Tell me once when a UPS is silent.json',
		change: undefined,
		gap: /^examples\/ .*ups-http-in/,
	},
];

describe('the build', () => {
	let build: Build;
	let root: string;

	const run = async (): Promise<string[]> => {
		const project = build.readPackage(root);
		return [...build.copyAssets(project), ...(await build.findGaps(project))];
	};

	before(async () => {
		const load = (name: string): Promise<object> => import(pathToFileURL(join(CHECKOUT, 'build', name)).href);
		const modules = await Promise.all(['project.mjs', 'copy.mjs', 'compile.mjs', 'verify.mjs'].map(load));
		build = Object.assign({}, ...modules) as Build;
	});
	beforeEach(() => {
		root = makeTempDir();
		for (const part of PARTS) cpSync(join(CHECKOUT, part), join(root, part), { recursive: true });
	});
	afterEach(() => removeDir(root));

	it('finds no gap in the package', async () => {
		assert.deepEqual(await run(), []);
	});

	it('removes what no source stands for any more, and nothing else', () => {
		const files = [
			'nodes/gone.js',
			'nodes/gone/deep.d.ts',
			'nodes/locales/xx/ups-device.json',
			'old.js',
			'nodes/adapter/status.js',
		];
		for (const file of files) {
			mkdirSync(dirname(join(root, 'dist', file)), { recursive: true });
			writeFileSync(join(root, 'dist', file), '');
		}
		mkdirSync(join(root, 'test'));
		const project = build.readPackage(root);
		build.copyAssets(project);
		build.removeStale(project);
		const kept = [...files, 'nodes/gone', 'nodes/locales/de/ups-device.json'].filter((file) =>
			existsSync(join(root, 'dist', file)),
		);
		assert.deepEqual(kept, ['nodes/adapter/status.js', 'nodes/locales/de/ups-device.json']);
	});

	for (const { what, file, change, gap } of BREAKAGES) {
		it(`finds ${what}`, async () => {
			if (what === 'a node without an example') removeOtherExamples(root);
			const path = join(root, file);
			if (change === undefined) rmSync(path);
			else writeFileSync(path, change(existsSync(path) ? readFileSync(path, 'utf8') : ''));
			const gaps = await run();
			assert.ok(
				gaps.some((line) => gap.test(line)),
				`not found, but: ${JSON.stringify(gaps)}`,
			);
		});
	}
});

/** Leaves one example, so that a node can be without any. */
function removeOtherExamples(root: string): void {
	const folder = join(root, 'examples');
	const kept = '04 - Tell me once when a UPS is silent.json';
	for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
		const path = join(folder, name);
		if (name !== kept && name.endsWith('.json') && readFileSync(path, 'utf8').includes('"ups-http-in"'))
			rmSync(path);
	}
}
