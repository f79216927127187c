import assert from 'node:assert/strict';
import { type AuthKind, checkSendable } from '../../nodes/protocol/wican/index.js';
import { definitionOf, wrongProperties } from './panel.js';

/** What is typed, pasted or imported as a name or credential. */
const TYPED = [
	...[
		'van-3',
		' van-3 ',
		'a b',
		'ä',
		'a:b',
		':',
		'a=b',
		'a&b',
		'a?b',
		'a#b',
		'x/y',
		'X-Key:',
		'Host',
		'content-length',
	],
	...['a\nb', 'a\rb', 'a\tb', 'a\u0000b', 'a\u007fb', 'a\u0085b', 'van-3\n', '\nvan-3', '\u0000'],
];

/** The properties that each way to authenticate makes use of. */
const USED: Readonly<Record<AuthKind, readonly string[]>> = {
	none: [],
	bearer: ['token'],
	'api-key-header': ['authName', 'token'],
	'api-key-query': ['authName', 'token'],
	basic: ['username', 'password'],
	'client-cert': ['authName'],
};

const RIGHT = { authName: 'van-3', token: 'a-token', username: 'me', password: 'secret' };

function isRefused(kind: AuthKind, { authName: name, ...credentials }: typeof RIGHT): boolean {
	try {
		checkSendable({ kind, name, ...credentials });
		return false;
	} catch {
		return true;
	}
}

describe('the panel of a car and the runtime', () => {
	const definition = definitionOf('wican-https-in');

	for (const [auth, used] of Object.entries(USED) as [AuthKind, string[]][]) {
		it(`refuse the same names and credentials: ${auth}`, () => {
			for (const property of Object.keys(RIGHT)) {
				for (const value of TYPED) {
					const settings = { ...RIGHT, [property]: value };
					const wrong = wrongProperties(definition, { path: '/car', auth, ...settings });
					const expected = isRefused(auth, settings) ? [property] : [];
					assert.deepEqual([property, value, wrong], [property, value, expected]);
					assert.ok(expected.length === 0 || used.includes(property));
				}
			}
		});
	}
});
