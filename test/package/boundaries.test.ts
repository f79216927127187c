/** Who may import whom: the house as CONTRIBUTING.md describes it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { FAMILIES } from '../../nodes/adapter/families.js';

// Tests run from dist/test/package.
const ROOT = join(__dirname, '../../..');

/** Part of the sources, by the beginning of the file's path: the first that fits decides. */
interface Area {
	readonly of: string;
	/** Beginnings of the paths of our own files. */
	readonly ours: readonly string[];
	/** Packages and built-in modules, as regular expressions. */
	readonly packages: readonly string[];
}

const COMMON = 'nodes/protocol/common/';
const ADAPTER = 'nodes/adapter/';

/** A family does no input or output of its own; its sockets are undici's. */
const WITHOUT_IO = ['node:(buffer|crypto|events|http|net|tls|url|util|zlib)', 'ajv(/.*)?', 'pngjs', 'undici'];

const familyAreas = FAMILIES.flatMap((family): Area[] => [
	{ of: `nodes/protocol/${family}/`, ours: [`nodes/protocol/${family}/`, COMMON], packages: WITHOUT_IO },
	{ of: `nodes/${family}-`, ours: [ADAPTER, `nodes/protocol/${family}/`, COMMON], packages: [] },
]);

/** Not a family: it translates the messages of all of them. */
const HOME_ASSISTANT = 'nodes/protocol/home-assistant/';

const AREAS: readonly Area[] = [
	{ of: COMMON, ours: [COMMON], packages: WITHOUT_IO },
	...familyAreas,
	{ of: HOME_ASSISTANT, ours: ['nodes/protocol/'], packages: WITHOUT_IO },
	{ of: 'nodes/wattpost-home-assistant.ts', ours: [ADAPTER, COMMON, HOME_ASSISTANT], packages: [] },
	{ of: 'nodes/protocol/index.ts', ours: ['nodes/protocol/'], packages: [] },
	{ of: 'nodes/protocol/errors.ts', ours: ['nodes/protocol/'], packages: [] },
	{
		of: 'nodes/adapter/families.ts',
		ours: [
			COMMON,
			'nodes/protocol/errors.ts',
			...FAMILIES.map((family) => `nodes/protocol/${family}/badges.ts`),
		],
		packages: [],
	},
	{ of: ADAPTER, ours: [ADAPTER, COMMON], packages: ['node:.*', 'rate-limiter-flexible', '@redis/client'] },
	{ of: 'nodes/wattpost-endpoint.ts', ours: [ADAPTER, COMMON], packages: [] },
	{ of: 'plugins/', ours: [ADAPTER, 'nodes/protocol/'], packages: [] },
];

const IMPORT = /^(?:import|export)\b[^;]*?\bfrom '([^']+)';|\bimport\('([^']+)'\)|\brequire\('([^']+)'\)/gm;

function importsOf(file: string): string[] {
	const source = readFileSync(join(ROOT, file), 'utf8');
	return [...source.matchAll(IMPORT)].map(([, from, dynamic, required]) => {
		const name = from ?? dynamic ?? required ?? '';
		return name.startsWith('.') ? posix.join(posix.dirname(file), name).replace(/\.js$/, '.ts') : name;
	});
}

function isAllowed({ ours, packages }: Area, name: string): boolean {
	if (name.endsWith('.ts')) return ours.some((beginning) => name.startsWith(beginning));
	return packages.some((pattern) => new RegExp(`^${pattern}$`).test(name));
}

/** The imports of a file that it may not have. */
function forbiddenIn(file: string): string[] {
	const area = AREAS.find(({ of }) => file.startsWith(of));
	if (area === undefined) return [`${file} belongs to no family and no other part that this test knows`];
	return importsOf(file)
		.filter((name) => !isAllowed(area, name))
		.map((name) => `${file} imports ${name}`);
}

const sources = ['nodes', 'plugins'].flatMap((folder) =>
	readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.ts'))
		.map((file) => `${folder}/${file.replaceAll('\\', '/')}`),
);

describe('the boundaries between the parts', () => {
	it('are kept by every import', () => {
		assert.ok(sources.length > 100);
		assert.deepEqual(sources.flatMap(forbiddenIn), []);
	});

	it('know every folder of a family', () => {
		const folders = readdirSync(join(ROOT, 'nodes/protocol'), { withFileTypes: true })
			.filter((entry) => entry.isDirectory() && !['common', 'home-assistant'].includes(entry.name))
			.map(({ name }) => name);
		assert.deepEqual(folders.sort(), [...FAMILIES].sort());
	});

	it('stop what they should stop', () => {
		const of = (file: string) => AREAS.find((area) => file.startsWith(area.of));
		for (const [file, name] of [
			['nodes/protocol/ups/x.ts', 'nodes/protocol/wican/y.ts'],
			['nodes/protocol/ups/x.ts', 'node:fs'],
			['nodes/protocol/common/x.ts', 'nodes/adapter/y.ts'],
			['nodes/adapter/x.ts', 'nodes/protocol/ups/y.ts'],
			['nodes/ups-http-in.ts', 'nodes/ups-device.ts'],
			['nodes/ups-http-in.ts', 'nodes/protocol/hpdu/index.ts'],
		] as const) {
			const area = of(file);
			assert.equal(area && isAllowed(area, name), false, `${file} imports ${name}`);
		}
		assert.equal(of('nodes/heat-pump-in.ts'), undefined);
	});
});
