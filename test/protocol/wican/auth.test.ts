import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { mock } from 'node:test';
import fc from 'fast-check';
import {
	type AuthKind,
	type AuthSettings,
	authenticator,
	type Claimant,
	checkSendable,
} from '../../../nodes/protocol/wican/auth.js';
import { coded } from '../errors.js';

const KINDS: readonly AuthKind[] = [
	'none',
	'bearer',
	'api-key-header',
	'api-key-query',
	'basic',
	'client-cert',
];

const vehicle = (kind: AuthKind, settings: Partial<AuthSettings> = {}) =>
	authenticator({ kind, name: '', token: '', username: '', password: '', ...settings });

const head = (part: Partial<Claimant>): Claimant => ({
	headers: {},
	query: '',
	clientName: undefined,
	...part,
});

/** Text as Node gives it when its bytes came in a header. */
const inHeader = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
const basic = (text: string) => `Basic ${Buffer.from(text, 'utf8').toString('base64')}`;

/** A row: what is set, a request's part, whether it is the vehicle's. */
type Row = readonly [settings: Partial<AuthSettings>, request: Partial<Claimant>, authentic: boolean];

const authorization = (value: string) => ({ headers: { authorization: value } });
const header = (name: string, value: string) => ({ headers: { [name]: value } });

const ROWS: Readonly<Record<AuthKind, readonly Row[]>> = {
	none: [
		[{}, {}, true],
		[{ token: 'abc' }, authorization('Bearer other'), true],
	],
	bearer: [
		[{ token: 'abc' }, authorization('Bearer abc'), true],
		[{ token: 'abc' }, authorization('bEARER abc'), true],
		[{ token: 'abc' }, authorization('Bearer   abc'), true],
		[{ token: 'abc' }, authorization('APIKEY abc'), true],
		[{ token: 'abc' }, authorization('ApiKey abc'), true],
		[{ token: ' \tabc\r\n' }, authorization('Bearer abc'), true],
		[{ token: 'a b  c' }, authorization('Bearer a b  c'), true],
		[{ token: 'Bearer abc' }, authorization('Bearer Bearer abc'), true],
		[{ token: 'schlüssel€' }, authorization(inHeader('Bearer schlüssel€')), true],
		[{ token: 'x'.repeat(4000) }, authorization(`Bearer ${'x'.repeat(4000)}`), true],
		[{ token: 'schlüssel' }, authorization('Bearer schlüssel'), false],
		[{ token: 'abc' }, authorization('Bearer abd'), false],
		[{ token: 'abc' }, authorization('Bearer ABC'), false],
		[{ token: 'abc' }, authorization('Bearer ab'), false],
		[{ token: 'abc' }, authorization('Bearer abcd'), false],
		[{ token: 'abc' }, authorization('Bearer abc, Bearer abc'), false],
		[{ token: 'abc' }, authorization('Bearer'), false],
		[{ token: 'abc' }, authorization('Bearer '), false],
		[{ token: 'abc' }, authorization('Bearerabc'), false],
		[{ token: 'abc' }, authorization('abc'), false],
		[{ token: 'abc' }, authorization('Token abc'), false],
		[{ token: 'abc' }, authorization('x Bearer abc'), false],
		[{ token: 'abc' }, authorization(''), false],
		[{ token: 'abc' }, { headers: { 'x-api-key': 'abc' }, query: 'api_key=abc', clientName: 'abc' }, false],
		[{ token: 'abc' }, {}, false],
	],
	'api-key-header': [
		[{ token: 'abc' }, header('x-api-key', 'abc'), true],
		[{ token: ' abc ' }, header('x-api-key', 'abc'), true],
		[{ token: 'abc', name: '  ' }, header('x-api-key', 'abc'), true],
		[{ token: 'abc', name: 'X-Car-Key' }, header('x-car-key', 'abc'), true],
		[{ token: 'abc', name: ' X-Car-Key ' }, header('x-car-key', 'abc'), true],
		[{ token: 'Token abc', name: 'Authorization' }, header('authorization', 'Token abc'), true],
		[{ token: 'Bearer abc', name: 'authorization' }, header('authorization', 'Bearer abc'), true],
		[{ token: 'schlüssel€' }, header('x-api-key', inHeader('schlüssel€')), true],
		[{ token: 'abc', name: 'authorization' }, header('authorization', 'Bearer abc'), false],
		[{ token: 'abc', name: 'X-Car-Key' }, header('x-api-key', 'abc'), false],
		[{ token: 'abc' }, header('x-api-key', 'abc, abc'), false],
		[{ token: 'abc' }, header('x-api-key', 'Abc'), false],
		[{ token: 'abc' }, header('x-api-key', ''), false],
		[{ token: 'abc', name: 'set-cookie' }, { headers: { 'set-cookie': ['abc'] } }, false],
		[{ token: 'abc', name: '__proto__' }, {}, false],
		[{ token: 'abc', name: 'toString' }, {}, false],
		[{ token: 'abc' }, { query: 'x-api-key=abc' }, false],
	],
	'api-key-query': [
		[{ token: 'abc' }, { query: 'api_key=abc' }, true],
		[{ token: ' abc ' }, { query: 'car=1&api_key=abc' }, true],
		[{ token: 'abc ' }, { query: 'api_key=abc%20' }, true],
		[{ token: 'abc', name: ' ' }, { query: 'api_key=abc' }, true],
		[{ token: 'abc', name: ' key ' }, { query: 'key=abc' }, true],
		[{ token: 'a&b=c+d%' }, { query: 'x=1&api_key=a&b=c+d%&y=2' }, true],
		[{ token: 'a&b=c+d%' }, { query: 'x=1&api_key=a%26b%3Dc%2Bd%25&y=2' }, true],
		[{ token: 'schlüssel€' }, { query: 'api_key=schlüssel€' }, true],
		[{ token: 'schlüssel€' }, { query: 'api_key=schl%C3%BCssel%E2%82%AC' }, true],
		[{ token: 'geheim%C3%A4' }, { query: 'api_key=geheim%C3%A4' }, true],
		[{ token: 'geheim%C3%A4' }, { query: 'api_key=geheim%25C3%25A4' }, true],
		[{ token: 'abc', name: 'schlüssel' }, { query: 'schl%C3%BCssel=abc' }, true],
		[{ token: 'abc', name: 'schl%C3%BCssel' }, { query: 'schl%C3%BCssel=abc' }, true],
		[{ token: 'abc', name: 'key' }, { query: 'api_key=abc' }, false],
		[{ token: 'abc' }, { query: 'API_KEY=abc' }, false],
		[{ token: 'abc' }, { query: 'api_key=abcd&api_key=ab' }, false],
		[{ token: 'abc' }, { query: 'abc' }, false],
		[{ token: 'abc' }, { headers: { 'x-api-key': 'abc', api_key: 'abc' } }, false],
	],
	basic: [
		[{ username: 'car', password: 'abc' }, authorization('Basic Y2FyOmFiYw=='), true],
		[{ username: 'car', password: 'abc' }, authorization('basic   Y2FyOmFiYw'), true],
		[{ username: 'car', password: 'a:b:c' }, authorization(basic('car:a:b:c')), true],
		[{ username: 'car', password: ' abc ' }, authorization(basic('car: abc ')), true],
		[{ username: 'müller', password: '€' }, authorization(basic('müller:€')), true],
		[{ username: '', password: 'abc' }, authorization(basic(':abc')), true],
		[{ username: 'car', password: ' abc ' }, authorization(basic('car:abc')), false],
		[{ username: 'car', password: 'abc' }, authorization(basic('car:abd')), false],
		[{ username: 'car', password: 'abc' }, authorization(basic('Car:abc')), false],
		[{ username: 'car', password: 'abc' }, authorization(basic('car')), false],
		[{ username: 'car', password: 'abc' }, authorization(basic('')), false],
		[{ username: 'car', password: 'abc' }, authorization('Basic'), false],
		[{ username: 'car', password: 'abc' }, authorization('Basic \u00ff!'), false],
		[{ username: 'car', password: 'abc' }, authorization('Basic car:abc'), false],
		[{ username: 'car', password: 'abc' }, authorization('Bearer Y2FyOmFiYw=='), false],
		[{ username: 'car', password: 'abc' }, {}, false],
	],
	'client-cert': [
		[{ name: 'car-1' }, { clientName: 'car-1' }, true],
		[{ name: 'Käfer' }, { clientName: 'Käfer' }, true],
		[{ name: 'car-1' }, { clientName: 'car-2' }, false],
		[{ name: 'car-1' }, { clientName: 'Car-1' }, false],
		[{ name: 'car-1' }, { clientName: 'car-1 ' }, false],
		[{ name: 'car-1' }, { clientName: 'car-10' }, false],
		[{ name: 'car-1' }, { clientName: '' }, false],
		[{ name: 'car-1' }, {}, false],
		[{ name: 'undefined' }, {}, false],
		[{ name: 'car-1', token: 'abc' }, authorization('Bearer abc'), false],
	],
};

/** Settings that leave nothing to compare with, and a request that would be equal to it. */
const BLANK: readonly (readonly [
	kind: AuthKind,
	settings: Partial<AuthSettings>,
	request: Partial<Claimant>,
])[] = [
	['bearer', {}, authorization('Bearer ')],
	['bearer', { token: ' ' }, authorization('Bearer  ')],
	['api-key-header', {}, header('x-api-key', '')],
	['api-key-header', { token: '\t' }, header('x-api-key', '\t')],
	['api-key-query', {}, { query: 'api_key=' }],
	['api-key-query', { token: ' ' }, { query: 'api_key=%20' }],
	['basic', {}, authorization(basic(':'))],
	['basic', { username: 'car' }, authorization(basic('car:'))],
	['basic', { username: 'car', password: '  ' }, authorization(basic('car:  '))],
	['basic', { username: 'a:b', password: 'c' }, authorization(basic('a:b:c'))],
	['client-cert', {}, { clientName: '' }],
	['client-cert', { name: ' ' }, { clientName: ' ' }],
];

const show = (value: unknown) => {
	const text = JSON.stringify(value);
	return text.length > 90 ? `${text.slice(0, 90)}…` : text;
};

describe('Who a WiCAN is', () => {
	afterEach(() => mock.restoreAll());

	for (const kind of KINDS) {
		for (const [settings, request, authentic] of ROWS[kind]) {
			it(`${kind} ${show(settings)} ${authentic ? 'accepts' : 'refuses'} ${show(request)}`, () => {
				const one = vehicle(kind, settings);
				assert.equal(one.usable, true);
				assert.equal(one.isAuthentic(head(request)), authentic);
			});
		}
	}

	for (const [kind, settings, request] of BLANK) {
		it(`${kind} ${show(settings)} has nothing to compare with and refuses ${show(request)}`, () => {
			const one = vehicle(kind, settings);
			assert.equal(one.usable, false);
			assert.equal(one.isAuthentic(head(request)), false);
			assert.equal(one.isAuthentic(head({})), false);
		});
	}

	it('is told by what was set when it was made', () => {
		const settings = { kind: 'bearer' as const, name: '', token: 'abc', username: '', password: '' };
		const one = authenticator(settings);
		settings.token = 'other';
		assert.equal(one.isAuthentic(head(authorization('Bearer abc'))), true);
	});

	for (const verdict of [true, false]) {
		it(`is compared by the function that takes as long wherever things differ, and by nothing else, ${verdict}`, () => {
			mock.method(crypto, 'timingSafeEqual', () => verdict);
			const shown: Record<Exclude<AuthKind, 'none'>, Partial<Claimant>> = {
				bearer: authorization('Bearer abc'),
				'api-key-header': { headers: { 'x-api-key': 'abc' } },
				'api-key-query': { query: 'api_key=abc' },
				basic: authorization(`Basic ${Buffer.from('u:abc').toString('base64')}`),
				'client-cert': { clientName: 'abc' },
			};
			for (const [kind, claim] of Object.entries(shown)) {
				for (const secret of ['abc', 'another']) {
					const settings = {
						name: kind === 'client-cert' ? secret : '',
						token: secret,
						username: 'u',
						password: secret,
					};
					assert.equal(vehicle(kind as AuthKind, settings).isAuthentic(head(claim)), verdict, kind);
				}
			}
		});
	}

	it('is decided whatever a request holds', () => {
		const letter = fc.integer({ max: 0xff, min: 0 }).map((code) => String.fromCharCode(code));
		const start = fc.constantFrom('', '', 'Bearer ', 'basic ', 'APIKEY  ', 'api_key=', '%', '\ud800');
		const text = fc.tuple(start, fc.string({ unit: letter })).map((parts) => parts.join(''));
		const value = fc.oneof(text, fc.constant(undefined), fc.array(text));
		const headers = fc.record({ authorization: value, 'x-api-key': value }, { requiredKeys: [] });
		const all = KINDS.filter((kind) => kind !== 'none').map((kind) =>
			vehicle(kind, {
				name: kind === 'client-cert' ? 'car' : '',
				token: 'a&b',
				username: 'u',
				password: 'p',
			}),
		);
		fc.assert(
			fc.property(headers, text, fc.option(text, { nil: undefined }), (sent, query, clientName) => {
				for (const one of all) {
					const request = { headers: sent as IncomingHttpHeaders, query, clientName };
					assert.equal(one.isAuthentic(request), false);
					assert.equal(typeof one.queryOf(query), 'object');
				}
			}),
		);
	});
});

describe('The query without the credential', () => {
	it('lacks the API key, however it was sent', () => {
		const one = vehicle('api-key-query', { token: 'a&b=c' });
		assert.deepEqual(one.queryOf('car=1&api_key=a&b=c&seat=2'), { car: '1', seat: '2' });
		assert.deepEqual(one.queryOf('api_key=a%26b%3Dc&car=1&api_key=old'), { car: '1' });
		assert.deepEqual(one.queryOf('api_key=a&b=c'), {});
		assert.deepEqual(one.queryOf(''), {});
	});

	it('lacks a key of another name', () => {
		const one = vehicle('api-key-query', { name: 'car key', token: 'abc' });
		assert.deepEqual(one.queryOf('car%20key=abc&api_key=1'), { api_key: '1' });
	});

	it('lacks what stands under the name of a key that is not set', () => {
		assert.deepEqual(vehicle('api-key-query').queryOf('api_key=abc&car=1'), { car: '1' });
	});

	for (const kind of KINDS.filter((other) => other !== 'api-key-query')) {
		it(`is the whole query with ${kind}`, () => {
			const one = vehicle(kind, { name: 'api_key', token: 'abc', username: 'u', password: 'abc' });
			assert.deepEqual(one.queryOf('api_key=abc&car=%31'), { api_key: 'abc', car: '1' });
		});
	}
});

describe('A credential', () => {
	const RIGHT = { name: '', token: 'a-token', username: 'me', password: 'secret' };
	type Case = readonly [
		setting: 'name' | 'token' | 'username' | 'password',
		right: string[],
		wrong: string[],
	];
	const cases: Readonly<Record<AuthKind, readonly Case[]>> = {
		'api-key-header': [
			[
				'name',
				['', ' ', 'X-Key', ' X-Key ', 'x_key.2', 'User-Agent'],
				['X-Key:', 'X Key', 'Schlüssel', 'x/y', 'a\nb', '"x"', 'Host', 'content-length'],
			],
			['token', ['', 'a b', ' a\n', 'ä', 'a\tb'], ['a\nb', 'a\rb', 'a\u0000b']],
			['username', ['a:b'], []],
		],
		'api-key-query': [
			[
				'name',
				['', 'key', 'schlüssel', 'schl%C3%BCssel', 'host'],
				['a b', 'a=b', 'a&b', 'a?b', 'a#b', 'a\tb'],
			],
			['token', ['a&b=c'], ['a\nb']],
		],
		bearer: [
			['token', ['', 'a b'], ['a\nb']],
			['name', ['X-Key:'], []],
		],
		basic: [
			['username', ['', 'me', 'mé'], ['a:b', ':', 'a\nb']],
			['password', ['', 'a:b'], ['a\nb']],
			['token', ['a\nb'], []],
		],
		'client-cert': [['name', ['', 'van 3', 'X-Key:'], []]],
		none: [['token', ['a\nb'], []]],
	};
	for (const [kind, settings] of Object.entries(cases) as [AuthKind, Case[]][]) {
		it(`can be sent by a device, or is not taken: ${kind}`, () => {
			for (const [setting, right, wrong] of settings) {
				const check = (value: string) => () => checkSendable({ ...RIGHT, kind, [setting]: value });
				for (const value of right) check(value)();
				const property = setting === 'name' ? 'authName' : setting;
				for (const value of wrong) assert.throws(check(value), coded('config-invalid', { property }));
			}
		});
	}
});
