import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FAMILIES } from '../../nodes/adapter/families.js';
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
	'dist/nodes/protocol/errors.js',
	...FAMILIES.flatMap((family) =>
		['errors.js', 'badges.js'].map((file) => `dist/nodes/protocol/${family}/${file}`),
	),
	'dist/nodes/adapter',
];

/** What is replaced by what in a file, what the build must say of it, and of which file where that is another one. */
type Breakage = readonly [from: string, to: string, says: string, of?: string];

const DE = 'locales/de/ups-device.json';
const COMMON = 'locales/en-US/common.json';
const RECEIVER = 'nodes/ups-http-in.html';
const DEVICE = 'nodes/ups-device.html';

const BREAKAGES: Readonly<Record<string, Readonly<Record<string, Breakage>>>> = {
	'locales/de/ups-device.html': {
		'help for another node': ['data-help-name="ups-device"', 'data-help-name="ups"', ''],
	},
	[DE]: {
		'a label in one language only': ['"httpKey":', '"httpKey2":', '"label.httpKey" is missing'],
		'a placeholder in one language only': [
			'__names__',
			'__name__',
			'"hint.shared-key" has other placeholders',
		],
		'a text that was not translated': ['"HTTP-Schlüssel"', '"HTTP key"', '"label.httpKey" is not translated'],
		'a blank text': ['"HTTP-Schlüssel"', '" "', '"label.httpKey" holds no text'],
		'markup in one language only': [
			'"HTTP-Schlüssel"',
			'"<b>HTTP-Schlüssel"',
			'"label.httpKey" has other markup',
		],
	},
	'locales/de/ups-command-out.json': {
		'a message property that was translated': [
			...(['wie in msg.command', 'wie in msg.befehl'] as const),
			'"option.message-command" has other properties',
		],
	},
	'locales/ja/ups-device.json': {
		'a label that only some languages lack': ['"httpKey":', '"httpKey2":', '"label.httpKey" is missing'],
	},
	'locales/en-US/ups-device.json': {
		'a text in a node and in the common file': [
			...(['"label": {', '"common": { "name": "Name" }, "label": {', '"common.name"'] as const),
		],
	},
	[DEVICE]: {
		'a text that the panel asks for and nobody has': [
			...(["'invalid.httpKey'", "'invalid.keyLength'", '"invalid.keyLength"'] as const),
		],
		'a key put together at run time': [
			...(["this._('invalid.clockSkew')", "this._('invalid.' + 'clockSkew')", "'invalid.'"] as const),
		],
	},
	'resources/last-seen.js': {
		'a text that the panels share and nobody has': [
			...(["'sighting.none'", "'sighting.nothing'", '"sighting.nothing"', DEVICE] as const),
		],
		'a text that the panels share and nobody asks for': [
			...(["node._('sighting.none')", "''", '"sighting.none"', COMMON] as const),
		],
	},
	[RECEIVER]: {
		'a mark that no text is for': ['data-i18n="label.emit"', 'data-i18n="label.emits"', '"label.emits"'],
		'a text that nobody asks for': ['data-i18n="label.emit"', '', '"label.emit"'],
		'a definition that the flow library cannot read': [
			...(["icon: 'wattpost-ups.svg'", "icon: ['wattpost-ups.svg'][0]", 'registerType'] as const),
		],
		'a property without a field': ['id="node-input-emit"', 'id="node-input-emits"', '"emit"'],
		'a field without a label': ['<label for="node-input-emit">', '<label>', '"node-input-emit"'],
	},
	'dist/nodes/protocol/ups/errors.js': {
		'an error without a text': [
			...([
				"'ups-bad-key':",
				"'ups-new-error': ['config-invalid', ''], 'ups-bad-key':",
				'"errors.ups-new-error"',
			] as const),
			'locales/en-US',
		],
	},
	'dist/nodes/protocol/common/badges.js': {
		'a status without a text': [
			...(['waiting:', "dozing: ['grey', 'ring'], waiting:", '"status.dozing"', 'locales/en-US'] as const),
		],
	},
	'locales/de/common.json': {
		'a status too long to be read': [
			...(['"waiting": "', '"waiting": "immer noch auf die erste Meldung ', '"status.waiting"'] as const),
			'locales/de',
		],
	},
	'locales/ja/common.json': {
		'a status of wide letters too long to be read': [
			...(['"waiting": "', '"waiting": "最初の報告を待って', '"status.waiting"', 'locales/ja'] as const),
		],
	},
	'nodes/protocol/ups/settings.ts': {
		'an error raised without a value that its text shows': [
			...(['{ length: characters.length }', '{ size: characters.length }', '"ups-bad-key"'] as const),
		],
	},
};

const EXAMPLE = 'examples/04 - Tell me once when a UPS is silent.json';

/** Files without which something is missing, and how the build begins to say so. */
const NEEDED: Readonly<Record<string, string>> = {
	'nodes/ups-device.ts': 'nodes/ups-device.ts',
	'nodes/ups-device.html': 'nodes/ups-device.html',
	'locales/de/ups-device.html': 'locales/de/ups-device.html',
	'locales/de/parts/hpdu-badges.html':
		'locales/de/hpdu-framebuffer.html: locales/de/parts/hpdu-badges.html is missing',
	'locales/de/ups-device.json': DE,
	'locales/nl/ups-device.json': 'locales/nl/ups-device.json is missing',
	'icons/wattpost-ups.svg': '',
	[EXAMPLE]: 'examples/',
};

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

	const finds = async (of: string, says = ''): Promise<void> => {
		const gaps = await run();
		assert.ok(
			gaps.some((line) => line.startsWith(of) && line.includes(says)),
			`not found, but: ${JSON.stringify(gaps)}`,
		);
	};

	for (const [file, breakages] of Object.entries(BREAKAGES)) {
		for (const [what, [from, to, says, of = file]] of Object.entries(breakages)) {
			it(`finds ${what}`, async () => {
				const text = readFileSync(join(root, file), 'utf8');
				assert.ok(text.includes(from), `nothing to break: ${from}`);
				writeFileSync(join(root, file), text.replace(from, to));
				await finds(of, says);
			});
		}
	}

	for (const [file, beginning] of Object.entries(NEEDED)) {
		it(`finds that there is no ${file}`, async () => {
			if (file === EXAMPLE) removeOtherExamples(root);
			rmSync(join(root, file));
			await finds(beginning, beginning === '' ? file : '');
		});
	}

	it('finds a part that no help has', async () => {
		const part = 'locales/de/parts/of-nobody.html';
		writeFileSync(join(root, part), '<dt>x</dt>');
		await finds(`${part}: no help`);
	});
});

/** Leaves one example, so that a node can be without any. */
function removeOtherExamples(root: string): void {
	const folder = join(root, 'examples');
	for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
		const path = join(folder, name);
		if (
			join('examples', name) !== EXAMPLE &&
			name.endsWith('.json') &&
			readFileSync(path, 'utf8').includes('"ups-http-in"')
		)
			rmSync(path);
	}
}
