import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CHECKOUT, redPath } from '../nodes/harness/index.js';

interface Tree {
	readonly [key: string]: string | Tree;
}

/** Where Node-RED's own words are, by our language; it has none of its own in Dutch and Polish. */
const NODE_RED = { 'en-US': 'en-US', de: 'de', es: 'es-ES', fr: 'fr', ja: 'ja', nl: 'en-US', pl: 'en-US' };

type Language = keyof typeof NODE_RED;

const LANGUAGES = Object.keys(NODE_RED) as Language[];
const LOCALES = join(CHECKOUT, 'locales');

/** Every text of a language, by file and dotted key. */
function textsOf(language: Language): Map<string, string> {
	const files = readdirSync(join(LOCALES, language)).filter((name) => name.endsWith('.json'));
	return new Map(
		files.flatMap((name) =>
			flat(JSON.parse(readFileSync(join(LOCALES, language, name), 'utf8')), `${name.slice(0, -5)}:`),
		),
	);
}

function flat(tree: Tree, prefix: string): [string, string][] {
	return Object.entries(tree).flatMap(([key, value]) =>
		typeof value === 'string' ? [[prefix + key, value]] : flat(value, `${prefix}${key}.`),
	);
}

function wordsOfNodeRed(module: 'editor-client' | 'nodes', file: string, language: Language): Tree {
	const requireFromRed = createRequire(redPath());
	const path = `@node-red/${module}/locales/${NODE_RED[language]}/${file}.json`;
	return JSON.parse(readFileSync(requireFromRed.resolve(path), 'utf8')) as Tree;
}

function wordAt(tree: Tree, ...keys: string[]): string {
	const word = keys.reduce<string | Tree | undefined>(
		(at, key) => (typeof at === 'object' ? at[key] : undefined),
		tree,
	);
	assert.ok(typeof word === 'string', `Node-RED has no text ${keys.join('.')}`);
	return word;
}

const quotes = (text: string): string[] => [...text.matchAll(/"([^"]+)"/g)].map(([, quoted = '']) => quoted);

/** As far as inflected words are the same: without accents, in small letters. */
const bare = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

const english = textsOf('en-US');

/** Texts that quote a label or an option, with the keys of what may be meant. A state has one name in all languages. */
const QUOTING = [...english].flatMap(([key, text]) => {
	const meant = quotes(text).map((quoted) =>
		[...english].filter(([one, label]) => label === quoted && !one.includes(':status.')).map(([one]) => one),
	);
	return meant.filter((keys) => keys.length > 0).map((keys) => ({ key, keys }));
});

it('every language is looked at here', () => {
	assert.deepEqual(readdirSync(LOCALES).sort(), [...LANGUAGES].sort());
});

for (const language of LANGUAGES.filter((one) => one !== 'en-US')) {
	describe(`the texts in ${language}`, () => {
		const texts = textsOf(language);

		it('quote labels and options as they are called there', () => {
			assert.ok(QUOTING.length > 3);
			for (const { key, keys } of QUOTING) {
				const names = keys.map((one) => texts.get(one) ?? '');
				const quoted = quotes(texts.get(key) ?? '');
				assert.ok(
					names.some((name) => quoted.includes(name)),
					`${key} quotes ${quoted}, which should be one of ${names}`,
				);
			}
		});

		it("quote Node-RED's own words as its editor shows them", () => {
			const words = wordsOfNodeRed('nodes', 'messages', language);
			const box = wordAt(words, 'tls', 'label', 'verify-server-cert');
			assert.deepEqual(quotes(texts.get('hpdu-device:hint.tls') ?? ''), [box]);
		});

		it('say for Deploy what the button says', () => {
			const button = wordAt(wordsOfNodeRed('editor-client', 'editor', language), 'deploy', 'deploy');
			const stems = [...bare(button).matchAll(/\p{L}+/gu)].map(([word]) => word.slice(0, 6));
			const asking = [...english].filter(([, text]) => /\bdeploy/i.test(text)).map(([key]) => key);
			const silent = asking.filter((key) => !stems.some((stem) => bare(texts.get(key) ?? '').includes(stem)));
			assert.ok(asking.length > 10);
			assert.deepEqual(silent, []);
		});

		it('name their language, for times in words', () => {
			assert.equal(texts.get('common:common.language'), language);
			assert.deepEqual(Intl.RelativeTimeFormat.supportedLocalesOf([language]), [language]);
		});
	});
}
