import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { idsOf, parseDeviceId, plainDeviceId } from '../../nodes/protocol/ups/index.js';
import { CHECKOUT } from '../nodes/harness/index.js';
import { definitionOf, wrongProperties } from './panel.js';

interface PanelIds {
	plainId(value: unknown): string;
	sentId(value: unknown): string;
}

/** What the panels make of a device id. */
function panelIds(): PanelIds {
	const script = readFileSync(join(CHECKOUT, 'resources/ups/panel.js'), 'utf8');
	return runInNewContext(`${script}\nwattpost.ups`, { document: {} });
}

/** What people type, paste and make up. */
const TYPED = [
	'8988228066680569990',
	' 8988 2280 6668 0569 990 ',
	'8988 2280 6668 0569 9901',
	'89882280666805699901',
	'8988\u00a02280\u20096668',
	'8988\t2280',
	'8988\n2280',
	'my-ups-01',
	' my-ups-01 ',
	'rack 5',
	'rack\t5',
	'8988 2280 a',
	'ä',
	'x'.repeat(64),
	'x'.repeat(65),
	`${'1 '.repeat(64)}1`,
	'a\u0000b',
	'a\u007f',
	'a\u00a0b',
	'',
	' ',
];

const ids = fc.oneof(
	fc.constantFrom(...TYPED),
	fc.string({ unit: fc.constantFrom(...'0123456789 \t\u00a0-x'), maxLength: 70 }),
	fc.string({ unit: 'binary', maxLength: 70 }),
);

describe('the panel of a UPS and the runtime', () => {
	const panel = panelIds();
	const whole = definitionOf('ups-device');
	const { deviceId: rule = {} } = whole.defaults;
	const definition = { ...whole, defaults: { deviceId: rule }, credentials: {} };

	function isRefused(id: string): boolean {
		try {
			parseDeviceId(id);
			return false;
		} catch {
			return true;
		}
	}

	it('refuse the same device ids', () => {
		fc.assert(
			fc.property(ids, (id) => {
				fc.pre(!id.includes('${'));
				const wrong = wrongProperties(definition, { deviceId: id });
				assert.equal(wrong.includes('deviceId'), isRefused(id), JSON.stringify(id));
			}),
		);
	});

	it('read the same from a pasted number, with or without its check digit', () => {
		for (const id of TYPED) {
			const plain = plainDeviceId(id);
			assert.equal(panel.plainId(id), plain);
			assert.equal(panel.sentId(id), idsOf(plain).at(-1));
		}
		assert.equal(panel.sentId('8988 2280 6668 0569 9901'), '8988228066680569990');
	});
});
