import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, PACKAGE, type RunningNodeRed, startNodeRed } from './harness/index.js';
import { TAB } from './kit.js';
import { wicanIn } from './wican-kit.js';

interface Texts {
	readonly label: Readonly<Record<string, string>>;
	readonly status: Readonly<Record<string, string>>;
}

/** Languages as browsers and users name them, by the folder that must answer. */
const ASKED: Readonly<Record<string, readonly string[]>> = {
	'en-US': ['en-US'],
	de: ['de', 'de-DE', 'de-AT'],
	es: ['es', 'es-ES', 'es-MX', 'es-419'],
	fr: ['fr', 'fr-FR', 'fr-CA'],
	ja: ['ja', 'ja-JP'],
	nl: ['nl', 'nl-NL', 'nl-BE'],
	pl: ['pl', 'pl-PL'],
};

/** What Node-RED's settings say, in the one version and in the other. */
const SETTINGS = [
	{ version: 5, lang: 'es-MX', folder: 'es' },
	{ version: 4, lang: 'nl', folder: 'nl' },
] as const;

const NODE = 'ups-device';

function textsIn(folder: string): Texts {
	const file = join(CHECKOUT, 'dist', 'nodes', 'locales', folder, `${NODE}.json`);
	return JSON.parse(readFileSync(file, 'utf8')) as Texts;
}

for (const { version, lang, folder } of SETTINGS) {
	describe(`languages in Node-RED ${version}`, () => {
		let nr: RunningNodeRed;
		before(async () => {
			nr = await startNodeRed({
				version,
				settings: { lang },
				flows: [TAB, wicanIn('car', { credentials: {} })],
			});
		});
		after(() => nr?.stop());

		const labelsAt = async (path: string): Promise<Texts['label'] | undefined> => {
			const body = (await (await fetch(`${nr.url}/${path}`)).json()) as Partial<Texts>;
			return body.label;
		};

		it(`badges are in the language of its settings, ${lang}`, async () => {
			const { text } = await nr.status('car', (status) => status.text !== undefined);
			assert.equal(text, textsIn(folder).status['no-credential']);
			assert.notEqual(text, textsIn('en-US').status['no-credential']);
		});

		for (const [serving, names] of Object.entries(ASKED)) {
			it(`${names.join(', ')}: the editor is given ${serving}`, async () => {
				const { label } = textsIn(serving);
				for (const name of names) {
					// One after the other: Node-RED changes its own language while it loads another.
					const paths = [
						`locales/${PACKAGE}/${NODE}?lng=${name}`,
						`nodes/${PACKAGE}/${NODE}/messages?lng=${name}`,
					];
					for (const path of paths) assert.deepEqual([path, await labelsAt(path)], [path, label]);
				}
			});
		}

		it('where there is no help in a language, the editor is given the English one', async () => {
			const headers = { accept: 'text/html', 'accept-language': 'nl-BE' };
			const panels = await (await fetch(`${nr.url}/nodes`, { headers })).text();
			const help = readFileSync(join(CHECKOUT, 'dist/nodes/locales/en-US', `${NODE}.html`), 'utf8');
			assert.ok(panels.includes(help.trim()));
		});
	});
}
