import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '../../nodes/protocol/common/errors.js';
import { CHECKOUT } from '../nodes/harness/index.js';

/** What a panel alone can be told. */
const IN_PANELS_ONLY = new Set(['hpdu-password-needed']);

const LOCALES = join(CHECKOUT, 'locales');

for (const language of readdirSync(LOCALES)) {
	it(`the help (${language}) names every error that a flow can get of a PDU`, () => {
		const folder = join(LOCALES, language);
		const help = readdirSync(folder)
			.filter((name) => /^hpdu-(register|framebuffer).*\.html$/.test(name))
			.map((name) => readFileSync(join(folder, name), 'utf8'))
			.join();
		const codes = Object.keys(ERROR_CODES).filter((code) => /^hpdu-/.test(code) && !IN_PANELS_ONLY.has(code));
		assert.ok(codes.length > 10);
		assert.deepEqual(
			codes.filter((code) => !help.includes(code)),
			[],
		);
	});
}
