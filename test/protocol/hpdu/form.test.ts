import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeForm, encodeForm } from '../../../nodes/protocol/hpdu/form.js';
import { anyText } from './any-text.js';

const RUNS = { numRuns: 300, seed: 20_261_121 };

function decode(body: string, encoding: BufferEncoding = 'latin1'): [string, string][] {
	return [...decodeForm(Buffer.from(body, encoding))];
}

describe('the body of an answer', () => {
	const bodies: readonly (readonly [what: string, body: string, pairs: [string, string][]])[] = [
		['one pair', 'stdvnm=SP_Rack_5', [['stdvnm', 'SP_Rack_5']]],
		[
			'several',
			'imcrac_1=0.51&imcrac_2=0.42&result=OK',
			[
				['imcrac_1', '0.51'],
				['imcrac_2', '0.42'],
				['result', 'OK'],
			],
		],
		[
			'a blank value, and none at all',
			'a=&b',
			[
				['a', ''],
				['b', ''],
			],
		],
		['the last of two', 'a=1&a=2', [['a', '2']]],
		['a plus and an escape', 'a=a+b%2Bc%26%3d', [['a', 'a b+c&=']]],
		['an equals sign in a value', 'a=b=c', [['a', 'b=c']]],
		['escapes in a name', 'a%5f1=2', [['a_1', '2']]],
		['UTF-8 in escapes', 'a=caf%C3%A9', [['a', 'café']]],
		['Latin-1 in an escape', 'a=caf%E9', [['a', 'café']]],
		['Latin-1 as it is', 'a=caf\xe9', [['a', 'café']]],
		['UTF-8 as it is', 'a=caf\xc3\xa9', [['a', 'café']]],
		['UTF-8 half in escapes', 'a=caf\xc3%a9', [['a', 'café']]],
		[
			'Latin-1 beside UTF-8',
			'a=%E9&b=%C3%A9',
			[
				['a', 'é'],
				['b', 'é'],
			],
		],
		['UTF-8 cut in a character', 'a=caf%C3', [['a', 'caf']]],
		['the first 8 bytes of "Küche ä"', 'stolnm_1=K\xc3\xbcche \xc3', [['stolnm_1', 'Küche ']]],
		['a cut in a character of three bytes', 'a=%E6%97%A5%E6%9C', [['a', '日']]],
		['a cut at the last byte of its register', 'stolnm_1=Rack 12\xe6', [['stolnm_1', 'Rack 12']]],
		['Latin-1 that is shorter than its register', 'stolnm_1=Caf\xe9', [['stolnm_1', 'Café']]],
		['UTF-8 with rubbish behind a NUL', 'stdvnm=K%C3%BCche%00%FF%FE', [['stdvnm', 'Küche']]],
		['a cut before a NUL', 'stolnm_1=K%C3%BCche+%C3%00', [['stolnm_1', 'Küche ']]],
		[
			'escapes that are none',
			'a=100%&b=%zz&c=%4',
			[
				['a', '100%'],
				['b', '%zz'],
				['c', '%4'],
			],
		],
		['a NUL', 'a=b%00c', [['a', 'b\0c']]],
		[
			'empty pairs',
			'&a=1&&b=2&',
			[
				['a', '1'],
				['b', '2'],
			],
		],
		[
			'names of JavaScript',
			'__proto__=1&constructor=2',
			[
				['__proto__', '1'],
				['constructor', '2'],
			],
		],
		['nothing', '', []],
	];
	for (const [what, body, pairs] of bodies) {
		it(`may hold ${what}: ${JSON.stringify(body)}`, () => assert.deepEqual(decode(body), pairs));
	}

	it('may be a part of a larger buffer', () => {
		const bytes = Buffer.from('XXa=%41XX');
		assert.deepEqual([...decodeForm(bytes.subarray(2, 7))], [['a', 'A']]);
		assert.deepEqual([...decodeForm(new Uint8Array([97, 61, 0xe9]))], [['a', 'é']]);
	});

	it('may be any bytes', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
				for (const [name, value] of decodeForm(bytes)) assert.ok(name.isWellFormed() && value.isWellFormed());
			}),
			RUNS,
		);
	});
});

describe('the body of a request', () => {
	it('is written as the vendor does it', () => {
		assert.equal(encodeForm([['a', 'a b+c&é/~']]), 'a=a+b%2Bc%26%C3%A9%2F~');
		assert.equal(encodeForm([['stdvnm', 'SP_Rack_5']]), 'stdvnm=SP_Rack_5');
		assert.equal(
			encodeForm([
				['iaenab', '1'],
				['iarc4k', 'foobarfizzzbuzzz'],
			]),
			'iaenab=1&iarc4k=foobarfizzzbuzzz',
		);
		assert.equal(encodeForm([['a', "!'()*-._~"]]), 'a=%21%27%28%29%2A-._~');
		assert.equal(encodeForm([['a', '']]), 'a=');
		assert.equal(encodeForm([]), '');
	});

	it('is never broken by half a character', () => {
		assert.equal(encodeForm([['a', '\ud800']]), 'a=%EF%BF%BD');
	});

	it('is read back as it was', () => {
		// Sixteen-bit text that is not well-formed has no UTF-8, and a name stands once.
		const pairs = fc.uniqueArray(
			fc.tuple(anyText({ minLength: 1, maxLength: 6 }), anyText({ maxLength: 6 })),
			{ selector: ([name]) => name },
		);
		fc.assert(
			fc.property(pairs, (given) => assert.deepEqual([...decodeForm(Buffer.from(encodeForm(given)))], given)),
			RUNS,
		);
	});

	it('is understood by other readers of forms', () => {
		fc.assert(
			fc.property(anyText(), (text) => {
				assert.equal(new URLSearchParams(encodeForm([['a', text]])).get('a'), text);
			}),
			RUNS,
		);
	});
});
