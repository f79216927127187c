/** The texts of errors: what the debug sidebar shows of an error before somebody unfolds it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../nodes/harness/index.js';

/** So many characters of a text stand in the debug sidebar. */
const SHOWN = 25;

/**
 * The longest values of what may stand within these characters; any other value may be as long as it likes. An address
 * may be cut there, since its beginning tells which one it is.
 */
const LONGEST: Readonly<Record<string, string>> = { port: '65535', address: '' };

const LOCALES = join(CHECKOUT, 'locales');

function errorsOf(language: string): [code: string, text: string][] {
	const { errors } = JSON.parse(readFileSync(join(LOCALES, language, 'common.json'), 'utf8'));
	return Object.entries(errors as Record<string, string>).map(([code, text]) => [
		code,
		text.replaceAll(/__(\w+?)__/g, (placeholder, name: string) => LONGEST[name] ?? placeholder),
	]);
}

/** What a text begins with, up to the mark behind which it explains itself. */
const beginningOf = (text: string): string => /^[^:.。]*/.exec(text)?.[0].trim() ?? '';

const isShown = (beginning: string): boolean =>
	beginning !== '' && beginning.length <= SHOWN && !/__\w+__/.test(beginning);

describe('the texts of errors', () => {
	for (const language of readdirSync(LOCALES)) {
		const beginnings = errorsOf(language).map(([code, text]) => [code, beginningOf(text)] as const);

		it(`say in ${language} what is wrong, or to do, before the debug sidebar cuts them`, () => {
			assert.ok(beginnings.length > 40);
			const cut = beginnings.filter(([, beginning]) => !isShown(beginning));
			assert.deepEqual(cut, []);
		});

		it(`begin in ${language} with other words for each error`, () => {
			const all = beginnings.map(([, beginning]) => beginning.toLowerCase());
			const repeated = beginnings.filter((_, at) => all.indexOf(all[at] ?? '') !== at);
			assert.deepEqual(repeated, []);
		});
	}
});
