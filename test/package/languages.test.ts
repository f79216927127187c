import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../nodes/harness/index.js';

const LOCALES = join(CHECKOUT, 'locales');

for (const language of readdirSync(LOCALES)) {
	it(`the texts in ${language} name their language, for times in words`, () => {
		const { common } = JSON.parse(readFileSync(join(LOCALES, language, 'common.json'), 'utf8'));
		assert.ok(language.startsWith(common.language));
		assert.deepEqual(Intl.RelativeTimeFormat.supportedLocalesOf([common.language]), [common.language]);
	});
}
