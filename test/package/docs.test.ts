/** README and docs/: no link that leads nowhere, and nothing that a user can meet missing from the tables of troubles. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ERROR_CODES } from '../../nodes/protocol/errors.js';
import { CHECKOUT } from '../nodes/harness/index.js';

/** How the README, which is shown on other sites too, names files of the repository. */
const ABSOLUTE = [
	'https://github.com/wattpost/node-red-wattpost/blob/main/',
	'https://raw.githubusercontent.com/wattpost/node-red-wattpost/main/',
];

/** Why a request is refused: `reason` in the events of ups-http-in and wican-https-in. */
const REASONS = [
	...['unknown-device', 'bad-signature', 'bad-timestamp', 'stale-timestamp', 'replayed-nonce', 'bad-nonce'],
	...['unauthorized', 'bad-json', 'bad-body', 'too-large', 'rate-limited'],
];

const DOCS = join(CHECKOUT, 'docs');
const PICTURE_BYTES = 60_000;
const PICTURES_BYTES = 500_000;

const read = (path: string): string => readFileSync(join(CHECKOUT, path), 'utf8');
const named = (ending: string): string[] => readdirSync(DOCS).filter((name) => name.endsWith(ending));
const pages = named('.md').map((name) => `docs/${name}`);

/** The text without what is shown as it is typed, in which brackets are no links. */
const prose = (page: string): string => read(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
const linksOf = (page: string): string[] =>
	[...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? '');

/** A heading as the anchor that GitHub makes of it. */
const anchorOf = (heading: string): string =>
	heading
		.toLowerCase()
		.replaceAll(/[^\p{L}\p{N} _-]/gu, '')
		.replaceAll(' ', '-');

const anchorsOf = (page: string): string[] =>
	[...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading ?? ''));

/** The file of the repository that a link leads to, with its anchor; undefined where it leads elsewhere. */
function targetOf(page: string, link: string): { file: string; anchor: string } | undefined {
	const base = ABSOLUTE.find((start) => link.startsWith(start));
	if (base === undefined && /^[a-z]+:/.test(link)) return undefined;
	const [path = '', anchor = ''] = link.slice(base?.length ?? 0).split('#');
	if (base !== undefined) return { file: path, anchor };
	return { file: path === '' ? page : relative(CHECKOUT, join(CHECKOUT, dirname(page), path)), anchor };
}

const isDead = (page: string, link: string): boolean => {
	const target = targetOf(page, link);
	if (target === undefined) return false;
	if (!existsSync(join(CHECKOUT, decodeURI(target.file)))) return true;
	return target.anchor !== '' && !anchorsOf(target.file).includes(target.anchor);
};

for (const page of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...pages]) {
	it(`${page} has no link to a file or heading that is not there`, () => {
		assert.deepEqual(
			linksOf(page).filter((link) => isDead(page, link)),
			[],
		);
	});
}

it('the README, which the package page shows as well, has absolute links only', () => {
	const links = linksOf('README.md');
	assert.ok(links.length > 5);
	assert.deepEqual(
		links.filter((link) => !link.startsWith('https://')),
		[],
	);
});

it('the README leads to every page in docs/', () => {
	const targets = linksOf('README.md').map((link) => targetOf('README.md', link)?.file);
	assert.deepEqual(
		pages.filter((page) => !targets.includes(page)),
		[],
	);
});

it('the README names every example', () => {
	const text = read('README.md');
	const examples = readdirSync(join(CHECKOUT, 'examples'), { recursive: true, encoding: 'utf8' });
	const names = examples.filter((path) => path.endsWith('.json')).map((path) => path.replace(/^.*[\\/]/, ''));
	assert.ok(names.length > 10);
	assert.deepEqual(
		names.filter((name) => !text.includes(name.slice(0, -'.json'.length))),
		[],
	);
});

it('the README names every language', () => {
	const text = read('README.md');
	const english = new Intl.DisplayNames(['en'], { type: 'language' });
	const names = readdirSync(join(CHECKOUT, 'locales')).map(
		(folder) => english.of(folder.replace(/-.*/, '')) ?? folder,
	);
	assert.deepEqual(
		names.filter((name) => !text.includes(name)),
		[],
	);
});

it('every picture in docs/ is shown somewhere, and small', () => {
	const shown = ['README.md', ...pages].flatMap((page) =>
		linksOf(page).map((link) => targetOf(page, link)?.file),
	);
	const pictures = named('.png');
	const bytes = pictures.map((name) => statSync(join(DOCS, name)).size);
	assert.deepEqual(
		pictures.filter((name) => !shown.includes(`docs/${name}`)),
		[],
	);
	assert.ok(Math.max(...bytes) <= PICTURE_BYTES);
	assert.ok(bytes.reduce((sum, size) => sum + size, 0) <= PICTURES_BYTES);
});

describe('the tables of troubles in docs/ name', () => {
	const rows = pages.flatMap((page) =>
		prose(page)
			.split('\n')
			.filter((line) => line.startsWith('|')),
	);
	/** What stands in them as code: badges, codes, reasons. */
	const terms = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, term]) => term ?? ''));

	it('every error code', () => {
		assert.deepEqual(
			Object.keys(ERROR_CODES).filter((code) => !terms.includes(code)),
			[],
		);
	});

	it('every reason of a refusal', () => {
		assert.deepEqual(
			REASONS.filter((reason) => !terms.includes(reason)),
			[],
		);
	});

	it('every badge', () => {
		const { status } = JSON.parse(read('locales/en-US/common.json')) as { status: Record<string, string> };
		const isNamed = (text: string): boolean => {
			const pattern = new RegExp(
				`^${text.replaceAll(/[.?*+()[\]]/g, '\\$&').replaceAll(/__\w+__/g, '[\\w ]+')}$`,
			);
			return terms.some((term) => pattern.test(term));
		};
		assert.deepEqual(
			Object.values(status).filter((text) => !isNamed(text)),
			[],
		);
	});
});
