import assert from 'node:assert/strict';
import fc from 'fast-check';
import { holdsKey, parseQuery, percentDecode, withoutKey } from '../../../nodes/protocol/wican/query.js';

const key = (value: string, name = 'api_key') => ({
	name,
	separators: value.split('&').length - 1,
	matches: (candidate: string) => candidate === value,
});

describe('The query of a WiCAN', () => {
	for (const [query, values] of [
		['', {}],
		['car=1', { car: '1' }],
		['car=1&seat=driver%20side', { car: '1', seat: 'driver side' }],
		['a=1+1', { a: '1+1' }],
		['a=b=c==', { a: 'b=c==' }],
		['flag', { flag: '' }],
		['flag&b=', { flag: '', b: '' }],
		['a=1&a=2', { a: '2' }],
		['a=1&%61=2', { a: '2' }],
		['&&=lost&&a=1&', { a: '1' }],
		['a?b=c?d', { 'a?b': 'c?d' }],
		['k%C3%BChl=%e2%82%ac', { kühl: '€' }],
		['kühl=€', { kühl: '€' }],
		['a=%', { a: '%' }],
		['a=%zz%2&b=%4', { a: '%zz%2', b: '%4' }],
		['a=100%&b=%25', { a: '100%', b: '%' }],
		['a=%ff%41', { a: '\ufffdA' }],
		['a=%26%3D&%26=1', { a: '&=', '&': '1' }],
	] as const) {
		it(`${query || '(empty)'} says ${JSON.stringify(values)}`, () =>
			assert.deepEqual(parseQuery(query), values));
	}

	it('takes the names of what objects inherit as names', () => {
		const values = parseQuery('__proto__=1&constructor=2&%5F_proto__=3&toString=4');
		assert.deepEqual(Object.entries(values), [
			['__proto__', '3'],
			['constructor', '2'],
			['toString', '4'],
		]);
		assert.equal(Object.getPrototypeOf(values), Object.prototype);
	});

	it('is read whatever it holds', () => {
		const text = fc.string({ unit: fc.constantFrom('%', '&', '=', '+', 'a', '2', 'f', '\0', '\ud800', 'ü') });
		fc.assert(
			fc.property(text, (query) => {
				for (const value of Object.values(parseQuery(query))) assert.equal(typeof value, 'string');
			}),
		);
	});

	it('keeps any text that was percent-encoded', () => {
		const pairs = fc.dictionary(
			fc.string({ unit: 'grapheme', minLength: 1 }),
			fc.string({ unit: 'grapheme' }),
		);
		fc.assert(
			fc.property(pairs, (values) => {
				const parts = Object.entries(values).map((pair) => pair.map(encodeURIComponent).join('='));
				assert.deepEqual(Object.entries(parseQuery(parts.join('&'))), Object.entries(values));
			}),
		);
	});

	it('decodes nothing twice', () => assert.equal(percentDecode('%2525'), '%25'));
});

describe('A key in the query of a WiCAN', () => {
	/** Key as set in the device, query as sent, what is left of it; with another name than `api_key` at the end. */
	const found: readonly (readonly [key: string, query: string, rest: string, name?: string])[] = [
		['secret', 'api_key=secret', ''],
		['secret', 'car=1&api_key=secret', 'car=1'],
		['secret', 'api_key=secret&car=1', 'car=1'],
		['secret', 'a=1&api_key=secret&b=2', 'a=1&b=2'],
		['secret', 'api_key=secret&a=1&api_key=secret', 'a=1'],
		['secret', 'api_key=old&a=1&api_key=secret&api_key=', 'a=1'],
		['secret', 'api%5Fkey=s%65cret&a=1', 'a=1'],
		['secret', 'x_api_key=1&api_key=secret&api_key_2=2', 'x_api_key=1&api_key_2=2'],
		['secret', '&api_key=secret&', '&'],
		['a&b', 'api_key=a&b', ''],
		['a&b', 'c=1&api_key=a&b&d=2', 'c=1&d=2'],
		['a&b', 'api_key=a&api_key=a&b', ''],
		['a&b', 'api_key=a%26b&d=2', 'd=2'],
		['a&b c', 'api_key=a&b%20c&d=2', 'd=2'],
		['a&&', 'api_key=a&&&d=2', 'd=2'],
		['a&api_key=a', 'api_key=a&api_key=a&b=1', 'b=1'],
		['&car=1', 'api_key=&car=1&car=2', 'car=2'],
		['a=b==', 'api_key=a=b==&c=1', 'c=1'],
		['1+1', 'api_key=1+1', ''],
		['1+1', 'api_key=1%2B1', ''],
		['50%', 'api_key=50%&c=1', 'c=1'],
		['50%', 'api_key=50%25&c=1', 'c=1'],
		['%41', 'api_key=%41', ''],
		['%41', 'api_key=%2541', ''],
		['schlüssel', 'api_key=schlüssel', ''],
		['schlüssel', 'api_key=schl%c3%bcssel', ''],
		['secret', 'my key=secret&a=1', 'a=1', 'my key'],
		['secret', 'my%20key=secret&a=1', 'a=1', 'my key'],
		['secret', 'a=b=secret&a=1', 'a=1', 'a=b'],
		['secret', 'a%3Db=secret&a=1', 'a=1', 'a=b'],
		['secret', 'a&b=secret&a=1', 'a=1', 'a&b'],
		['secret', '__proto__=secret&a=1', 'a=1', '__proto__'],
	];
	for (const [value, query, rest, name] of found) {
		it(`${value} is found in ${query}, which leaves ${rest || 'nothing'}`, () => {
			assert.equal(holdsKey(query, key(value, name)), true);
			assert.equal(withoutKey(query, key(value, name)), rest);
		});
	}

	for (const [value, query] of [
		['secret', ''],
		['secret', 'secret'],
		['secret', 'api_key'],
		['secret', 'api_key='],
		['secret', 'api_key=secre'],
		['secret', 'api_key=secrets'],
		['secret', 'api_key=Secret'],
		['secret', 'API_KEY=secret'],
		['secret', 'xapi_key=secret'],
		['secret', 'api_key2=secret'],
		['secret', 'a=1?api_key=secret'],
		['secret', 'a=api_key=secret'],
		['secret', 'car=secret&api_key=car'],
		['secret&more', 'api_key=secret'],
		['secret&more', 'api_key=secret&mor'],
		['secret&more', 'api_key=secret&more=1'],
		['1+1', 'api_key=1 1'],
		['1 1', 'api_key=1+1'],
	] as const) {
		it(`${value} is not found in ${query || 'nothing'}`, () =>
			assert.equal(holdsKey(query, key(value)), false));
	}

	it('is found raw and encoded, whatever it is, and only other parts are left', () => {
		const text = fc.string({
			unit: fc.constantFrom('a', '&', '=', '+', '%', '2', '6', 'ü', ' '),
			minLength: 1,
		});
		fc.assert(
			fc.property(text, fc.boolean(), fc.boolean(), fc.boolean(), (value, encoded, before, after) => {
				const sent = `api_key=${encoded ? encodeURIComponent(value) : value}`;
				const query = [...(before ? ['first=1'] : []), sent, ...(after ? ['last=2'] : [])].join('&');
				assert.equal(holdsKey(query, key(value)), true);
				assert.deepEqual(parseQuery(withoutKey(query, key(value))), {
					...(before && { first: '1' }),
					...(after && { last: '2' }),
				});
			}),
			{ numRuns: 1000 },
		);
	});

	it('is looked for in the first 16 values of its name, and taken out of all', () => {
		const others = 'a=1&api_key=x&'.repeat(15);
		assert.equal(holdsKey(`${others}api_key=secret`, key('secret')), true);
		assert.equal(holdsKey(`${others}api_key=x&api_key=secret`, key('secret')), false);
		assert.equal(withoutKey(`${'api_key=x&'.repeat(20)}a=1&api_key=secret`, key('secret')), 'a=1');
	});
});
