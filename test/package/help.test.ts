import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATUS } from '../../nodes/adapter/families.js';
import { ERROR_CODES } from '../../nodes/protocol/errors.js';
import { CHECKOUT } from '../nodes/harness/index.js';

/** As they are built: with the parts that several helps have. */
const LOCALES = join(CHECKOUT, 'dist/nodes/locales');

/** What only a panel is told, and what nobody can mend in a flow. */
const NOT_OF_FLOWS = new Set(['panel-refused', 'hpdu-password-needed', 'internal']);

/** Badges of config nodes, which are seen in the Status node only. */
const OF_CONFIG_NODES = new Set(['listening', 'duplicate']);

/** What a field of a panel is called, up to the end of its label. */
const LABEL = /<label for="node-(?:config-)?input-(\w{1,40})"([\s\S]*?)<\/label>/g;

/** A property that explains itself. */
const PLAIN = new Set(['name']);

interface Tree {
	readonly [key: string]: string | Tree;
}

const read = (...path: string[]): string => readFileSync(join(LOCALES, ...path), 'utf8');

const languages = readdirSync(LOCALES).filter((one) => existsSync(join(LOCALES, one, 'ups-http-in.html')));

/** The terms that a help explains, without their types and tags. */
function termsOf(help: string): string {
	return [...help.matchAll(/<dt[^>]*>(.*?)<\/dt>/g)]
		.map(([, term]) => `, ${(term ?? '').replace(/ ?<span.*/, '').replaceAll(/<[^>]+>/g, '')}`)
		.join();
}

/** The labels of the fields of a panel, by property. */
function labelsOf(node: string, language: string): [property: string, label: string][] {
	const texts = JSON.parse(read(language, `${node}.json`)) as Tree;
	const panel = readFileSync(join(CHECKOUT, 'dist/nodes', `${node}.html`), 'utf8');
	return [...panel.matchAll(LABEL)].flatMap(([, property = '', content = '']) =>
		[...content.matchAll(/data-i18n="([\w.-]+)"/g)].map(([, key = '']): [string, string] => {
			const label = key.split('.').reduce<string | Tree | undefined>(memberOf, texts);
			assert.ok(typeof label === 'string', `${node} has no text ${key}`);
			return [property, label];
		}),
	);
}

const memberOf = (tree: string | Tree | undefined, key: string) =>
	typeof tree === 'object' ? tree[key] : undefined;

/** A badge as it may stand in a help: with some number, or some age, in the place of its variables. */
function shownAs(text: string): RegExp {
	const literal = text.split(/__\w+?__/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
	return new RegExp(`, ${literal.join('\\d+( \\w+)?')}(,|$)`);
}

describe('the help', () => {
	it('is there by hand in English and German', () => {
		assert.deepEqual(languages.sort(), ['de', 'en-US']);
	});

	for (const language of languages) {
		const nodes = readdirSync(join(LOCALES, language))
			.filter((name) => name.endsWith('.html'))
			.map((name) => name.slice(0, -'.html'.length));
		const placed = nodes.filter((name) => !/^(wattpost-endpoint|ups-device|hpdu-device)$/.test(name));

		for (const node of nodes) {
			it(`${language}: ${node} explains each property by the label of its field`, () => {
				const terms = `${termsOf(read(language, `${node}.html`))},`;
				// What stands in brackets behind a label explains it already.
				const isExplained = (label: string) =>
					[label, label.replace(/ \(.*\)$/, '')].some((one) => terms.includes(`, ${one},`));
				const labels = labelsOf(node, language).filter(([property]) => !PLAIN.has(property));
				assert.ok(labels.length > 3);
				assert.deepEqual(
					labels.filter(([, label]) => !isExplained(label)),
					[],
				);
			});
		}

		it(`${language}: names every error that a flow can get`, () => {
			const help = nodes.map((node) => read(language, `${node}.html`)).join();
			const codes = Object.keys(ERROR_CODES).filter((code) => !NOT_OF_FLOWS.has(code));
			assert.ok(codes.length > 30);
			assert.deepEqual(
				codes.filter((code) => !help.includes(code)),
				[],
			);
		});

		it(`${language}: explains every badge`, () => {
			const terms = placed.map((node) => termsOf(read(language, `${node}.html`))).join();
			const { status } = JSON.parse(read(language, 'ups-http-in.json')) as { status: Record<string, string> };
			const missing = Object.keys(STATUS).filter(
				(name) => !OF_CONFIG_NODES.has(name) && !shownAs(status[name] ?? '?').test(terms),
			);
			assert.deepEqual(missing, []);
		});
	}
});
