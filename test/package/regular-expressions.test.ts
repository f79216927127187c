/**
 * A regular expression that tries again at each place of a text, or splits it in every way, needs a time that grows with the
 * square of its length: a device could stop Node-RED with one long text. So each one that the package holds is run on long
 * texts that nearly match.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../nodes/harness/index.js';
import { scriptsOf, syntaxOf } from './syntax.js';

interface Found {
	readonly file: string;
	readonly pattern: string;
	readonly flags: string;
}

/** Scripts of compiled nodes, of panels and of what panels share. */
function scripts(): [file: string, script: string][] {
	return ['dist/nodes', 'resources'].flatMap((folder) =>
		readdirSync(join(CHECKOUT, folder), { recursive: true })
			.map((name) => join(folder, String(name)))
			.filter((file) => /\.(js|html)$/.test(file) && !file.includes('locales'))
			.flatMap((file): [string, string][] => {
				const text = readFileSync(join(CHECKOUT, file), 'utf8');
				return (file.endsWith('.js') ? [text] : scriptsOf(text)).map((script) => [file, script]);
			}),
	);
}

const SHORT = 4000;

/** How many times as long as a plain scan of the same text; a square would be hundreds. */
const BOUND = 100;

/** Looks at each letter of a text once. */
const PLAIN = { global: /[^\u0100]/g, single: /[^\u0100][\u007f]/ };

const HEADS = [
	'',
	'1',
	'a',
	'${',
	'[',
	'%',
	'"',
	'{"autopid_data":{',
	'{"autopid_data":{"a":',
	'a://',
	'/api/v1/devices/',
];
const LETTERS = [...'0a-_.,:;/%"\\{}[]()+ \t\n=#?!\u00e9\u0001'];
const PAIRS = [
	'a.',
	'0.',
	'0 ',
	'%a',
	'%2',
	'":',
	'\\"',
	' ,',
	'1-',
	'00:',
	'"a":1,',
	'/a',
	'a=',
	'[]',
	'a b',
	'\n ',
];
const TAILS = ['', '\n', '\n!', 'a', '!', ' \u0001', '}'];

function longTexts(length: number): string[] {
	return HEADS.flatMap((head) =>
		[...LETTERS, ...PAIRS].flatMap((unit) =>
			TAILS.map((tail) => head + unit.repeat(Math.ceil(length / unit.length)) + tail),
		),
	);
}

/** The shortest of some runs: what else goes on in the machine makes a run longer, never shorter. */
function nanoseconds(act: () => unknown, runs: number): number {
	const times = Array.from({ length: runs }, () => {
		const start = process.hrtime.bigint();
		act();
		return Number(process.hrtime.bigint() - start);
	});
	return Math.min(...times);
}

const run = (expression: RegExp, text: string) => (): unknown =>
	expression.global ? text.replace(expression, '') : expression.test(text);

/** How many times as long an expression takes as a plain scan of a text. */
function cost(expression: RegExp, text: string, runs: number): number {
	const plain = expression.global ? PLAIN.global : PLAIN.single;
	return nanoseconds(run(expression, text), runs) / nanoseconds(run(plain, text), runs);
}

/** The first text at which an expression is out of proportion. */
function slowText(
	{ pattern, flags }: Pick<Found, 'pattern' | 'flags'>,
	texts: readonly string[],
): string | undefined {
	const expression = new RegExp(pattern, flags);
	// A text that is slow in one run gets some more.
	return texts.find((text) => cost(expression, text, 1) > BOUND && cost(expression, text, 5) > BOUND);
}

describe('the regular expressions of nodes and panels', () => {
	const texts = longTexts(SHORT);
	const nodes = scripts().flatMap(([file, script]) => syntaxOf(script).map((node) => ({ file, ...node })));
	const found = nodes.flatMap(({ file, regex }): Found[] => (regex ? [{ file, ...regex }] : []));

	it('are found', () => {
		const files = found.map(({ file }) => file);
		for (const folder of [
			'dist/nodes/adapter/',
			'dist/nodes/protocol/',
			'dist/nodes/ups-device.html',
			'resources/',
		]) {
			assert.ok(
				files.some((file) => file.startsWith(folder)),
				folder,
			);
		}
	});

	it('are known to be slow where they are', () => {
		for (const pattern of ['0+$', '(\\d+)\\.(\\d+)\\.(\\d+)', '^(\\w+)(\\w+)$', '\\/.*$', '[^\\s,;]*$']) {
			assert.notEqual(slowText({ pattern, flags: '' }, texts), undefined, pattern);
		}
	});

	for (const { pattern, flags, file } of new Map(
		found.map((one) => [one.pattern + one.flags, one]),
	).values()) {
		it(`takes a time in proportion to the text: /${pattern}/${flags}`, () => {
			const slow = slowText({ pattern, flags }, texts);
			assert.equal(slow?.slice(0, 40), undefined, `${file} is slow at such a text`);
		});
	}

	it('are none that are made of a text at run time', () => {
		const made = nodes
			.filter(({ type, callee }) => /^(New|Call)Expression$/.test(type) && callee?.name === 'RegExp')
			.filter(
				({ arguments: [source] = [] }) => !/^[A-Z_]+$/.test(source?.property?.name ?? source?.name ?? ''),
			);
		assert.deepEqual(
			made.map(({ file }) => file),
			[],
		);
	});
});
