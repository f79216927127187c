import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CHECKOUT } from '../nodes/harness/index.js';
import { CONTRACT } from './contract.js';
import { definitionOf, readPanel, wrongProperties } from './panel.js';

/** An environment variable in a field. */
const VARIABLE = `\${VALUE}`;

/** What each panel must hold for right and for wrong: values of one property, and several together. */
interface Judgement {
	readonly base: Readonly<Record<string, unknown>>;
	readonly values: Readonly<Record<string, { right?: readonly unknown[]; wrong?: readonly unknown[] }>>;
	readonly right?: readonly object[];
	readonly wrong?: readonly object[];
}

const JUDGEMENTS: Readonly<Record<string, Judgement>> = {
	'wattpost-endpoint': {
		base: { server: 'own' },
		values: {
			port: { right: ['1', 65535, VARIABLE], wrong: ['', 0, '65536', '80.5'] },
			path: { right: ['/site/a', ''], wrong: ['site', '/a b', '/a?b'] },
			host: { right: ['::1'], wrong: ['http://a'] },
			maxBody: { right: ['67108864'], wrong: ['0', '67108865'] },
		},
		right: [
			{ server: 'node-red', port: 'unused' },
			{ useTls: true, tls: 'certificate' },
			{ useTls: undefined, tls: '' },
			{ server: 'node-red', useTls: true, tls: '' },
		],
		wrong: [{ useTls: true, tls: '' }],
	},
	'ups-device': {
		base: { deviceId: '8988228066680569990', httpKey: '0123456789ABCDEF' },
		values: {
			httpKey: {
				right: ['0123-4567 89ab-cdef', 'ABCD EFGH JKLM NPQR', '__PWRD__', VARIABLE],
				wrong: ['', '0123456789ABCDE', '0123456789ABCDEF0'],
			},
			deviceId: {
				right: ['x'.repeat(64), VARIABLE, '8988 2280 6668 0569 9901'],
				wrong: ['', 'x'.repeat(65), 'a\nb', 'rack 5'],
			},
			clockSkew: { right: ['0300', VARIABLE], wrong: ['', 0] },
			commandMaxAge: { right: [0], wrong: ['-1'] },
			offlineAfter: { right: ['90.5'], wrong: ['31536001'] },
			lowBattery: { right: ['', '12.5', 100], wrong: ['101', '-1'] },
			mainsLostAfter: { right: ['', 30], wrong: ['soon'] },
		},
	},
	'ups-http-in': {
		base: {},
		values: {
			emit: { right: ['changes'] },
		},
		right: [
			{ scope: 'one', device: 'ups' },
			{ scope: 'one', device: VARIABLE },
			{ scope: 'every', device: '' },
			{ scope: undefined, device: '' },
			{ server: 'endpoint', endpoint: 'endpoint' },
			{ server: undefined, endpoint: '' },
		],
		wrong: [
			{ scope: 'one', device: '' },
			{ server: 'endpoint', endpoint: '' },
		],
	},
	'ups-command-out': {
		base: { device: 'ups' },
		values: {
			maxAge: { right: ['0'], wrong: ['later'] },
		},
		right: [
			{ target: 'message', device: '' },
			{ target: undefined, device: '' },
			{ command: 'ui.beep', freqHz: '65535', durMs: '0' },
			{ command: 'ui.beep', freqHz: VARIABLE },
			{ command: 'host.reset', freqHz: 'unused' },
			{ command: 'ui.display_msg', textType: 'str', text: '' },
			{ command: 'ui.display_msg', textType: 'str', text: 'ä'.repeat(32) },
			{ command: 'power.cycle', offMs: 60000 },
		],
		wrong: [
			{ command: 'ui.beep', freqHz: '65536' },
			{ command: 'ui.beep', durMs: '1.5' },
			{ command: 'ui.display_msg', textType: 'str', text: `${'ä'.repeat(32)}x` },
			{ command: 'ui.display_msg', textType: 'str', text: 'a\tb' },
			{ command: 'host.shutdown', delayS: '-1' },
			{ command: 'host.reset', delayS: 'now' },
			{ command: 'power.cycle', offMs: '60001' },
			{ target: 'device', device: '' },
		],
	},
	'wican-https-in': {
		base: { token: 'secret' },
		values: {
			path: {
				right: ['/', '/cars/van-3/', VARIABLE],
				wrong: ['', 'car', '/a b', '/a?b', '/a#b', `/cars/${VARIABLE}`],
			},
			offlineAfter: { right: ['', '1', 90.5, VARIABLE], wrong: ['0.5', 'soon', '31536001'] },
			authName: { right: ['unused by a bearer'] },
			token: { right: ['__PWRD__', VARIABLE], wrong: ['', ' ', 'first line\nsecond line'] },
		},
		right: [
			{ auth: 'none', token: '' },
			{ auth: 'api-key-header', authName: '' },
			{ auth: 'api-key-header', authName: 'X-Van_3' },
			{ auth: 'api-key-query', authName: 'key[van]' },
			{ auth: 'basic', username: 'van-3', password: 'a:b', token: '' },
			{ auth: 'client-cert', authName: 'Van 3', token: '' },
			{ auth: 'client-cert', authName: VARIABLE },
			{ server: 'endpoint', endpoint: 'endpoint' },
			{ server: undefined, endpoint: '' },
		],
		wrong: [
			{ auth: 'api-key-header', token: '' },
			{ auth: 'api-key-query', token: '' },
			{ auth: 'api-key-header', authName: 'x api key' },
			{ auth: 'api-key-header', authName: 'x:y' },
			{ auth: 'api-key-query', authName: 'a=b' },
			{ auth: 'basic', password: 'p', username: '' },
			{ auth: 'basic', password: 'p', username: 'a:b' },
			{ auth: 'basic', username: 'u', password: '' },
			{ auth: 'basic', password: 'p', username: 'a\nb' },
			{ auth: 'basic', username: 'u', password: 'a\u0000b' },
			{ auth: 'client-cert', authName: ' ' },
			{ server: 'endpoint', endpoint: '' },
		],
	},
	'hpdu-device': {
		base: { host: '192.0.2.10', username: 'power', password: 'power' },
		values: {
			host: {
				right: [
					...['pdu', 'pdu-5.example', 'rack_5', 'PDU_5', 'pdu.example.net.', '5pdu', 'a'.repeat(253)],
					...['192.168.1.35', '::', '::1', '[::1]', 'fe80::1%eth0', '[fe80::1%eth0]', '2001:db8:0:1:2:3:4:5'],
					...['::ffff:192.0.2.10', '[2001:db8::1]', '1::', '1:2:3:4:5:6:7::', VARIABLE],
				],
				wrong: [
					...['', ' ', 'a b', '-pdu', 'pdu-', '.pdu', 'pdu/status', 'http://192.0.2.10', 'pdu:80', 'me@pdu'],
					...['a'.repeat(254), '192.168.1', '192.0.2.300', '1.2.3.4.5', '[192.0.2.1]', `${VARIABLE}.local`],
					...['192.0.2.10:80', ':', ':::', '1::2::3', '12345::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9'],
					...['1:2:3:4:5:6:7:8::', '::g', '[::1', '::1]', '::192.0.2.256', '[::1]:80', '2001:db8'],
				],
			},
			port: { right: ['', 65535, VARIABLE], wrong: ['0', 65536, 'http'] },
			timeout: { right: ['100', VARIABLE], wrong: [99, 'soon'] },
			minInterval: { right: [3600000], wrong: ['-1', '1.5'] },
			username: { right: ['x'.repeat(16), VARIABLE], wrong: ['', 'x'.repeat(17)] },
			password: { right: ['__PWRD__', 'a b:c', 'é'.repeat(8)], wrong: ['', `${'é'.repeat(8)}x`] },
		},
		right: [
			{ useTls: true, tls: 'certificate' },
			{ useTls: undefined, tls: '' },
		],
		wrong: [{ useTls: true, tls: '' }],
	},
	'hpdu-register-read': {
		base: { device: 'pdu' },
		values: {
			registers: {
				right: ['stdvnm imcrac, stolnm_30', VARIABLE, 'someNewRegister_99999'],
				wrong: ['std.vnm', 'imcrac_0', 'imcrac_1_2'],
			},
			unit: { right: [0, '65535', VARIABLE], wrong: ['65536', '1.5'] },
			device: { wrong: [''] },
		},
		right: [
			{ target: 'message', device: '' },
			{ read: 'group', group: 'all' },
			{ read: 'group', group: VARIABLE },
			{ read: 'scan', unit: 'unused', registers: '?' },
		],
		wrong: [
			{ target: undefined, device: '' },
			{ read: 'group', group: 'a/b' },
			{ read: 'readable', unit: 'x' },
		],
	},
	'hpdu-register-write': {
		base: { device: 'pdu' },
		values: {
			register: { right: ['stinnm_2', VARIABLE], wrong: ['stdvnm stdvlc', 'std-vnm'] },
			unit: { right: [65535], wrong: ['-1', '65536'] },
			device: { wrong: [''] },
		},
		right: [
			{ target: 'message', device: '' },
			{ write: 'save', saveGroup: 'ethernet/access', register: '?' },
			{ write: 'save', saveGroup: VARIABLE },
			{ write: 'address', hardwareId: '42534-6129-0', unitAddress: '1' },
			{ write: 'address', hardwareId: VARIABLE, unitAddress: VARIABLE },
			{ hardwareId: 'unused', unitAddress: 'unused' },
		],
		wrong: [
			{ target: undefined, device: '' },
			{ write: 'address', hardwareId: '42534-6129' },
			{ write: 'address', hardwareId: '425340-6129-0' },
			{ write: 'address', unitAddress: '0' },
			{ write: 'address', unitAddress: '65536' },
		],
	},
	'hpdu-framebuffer': {
		base: { device: 'pdu' },
		values: {
			scale: { right: ['1', 16, VARIABLE], wrong: ['0', 17, '2.5'] },
			page: { right: ['unused'] },
			device: { wrong: [''] },
		},
		right: [
			{ target: 'message', device: '' },
			{ format: 'text', scale: 'unused' },
			{ action: 'status', scale: 'unused' },
			{ action: 'page', page: '0' },
			{ action: 'page', page: VARIABLE },
		],
		wrong: [
			{ target: undefined, device: '' },
			{ action: 'pages', format: 'data-url', scale: 'small' },
			{ action: 'page', page: '-1' },
			{ action: 'page', page: 'next' },
		],
	},
};

function changesOf(judged: Judgement, kind: 'right' | 'wrong'): object[] {
	const single = Object.entries(judged.values).flatMap(([property, values]) =>
		(values[kind] ?? []).map((value) => ({ [property]: value })),
	);
	return [...single, ...(judged[kind] ?? [])];
}

/** What a compiled node registers with the runtime. */
function registrations(type: string): [type: string, credentials: unknown][] {
	const seen: [string, unknown][] = [];
	const registerType = (
		name: string,
		_constructor: unknown,
		options: { credentials?: unknown } = {},
	): void => {
		seen.push([name, options.credentials ?? {}]);
	};
	createRequire(__filename)(join(CHECKOUT, 'dist', 'nodes', `${type}.js`))({
		nodes: { registerType },
		settings: {},
	});
	return seen;
}

/** A node's file, and those of the adapter that it imports. */
function sourceOf(type: string): string {
	const read = (file: string): string => readFileSync(join(CHECKOUT, 'nodes', `${file}.ts`), 'utf8');
	const own = read(type);
	const adapters = [...own.matchAll(/from '\.\/(adapter\/[\w-]+)\.js'/g)].map(([, file = '']) => read(file));
	return [own, ...adapters].join('\n');
}

/** Objects of another context have other prototypes, which strict comparison minds. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('panel and runtime', () => {
	it('are there for every type of the contract, and for no other', () => {
		const manifest = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8'));
		assert.deepEqual(Object.keys(manifest['node-red'].nodes).sort(), Object.keys(CONTRACT).sort());
	});

	for (const [type, { ports, defaults, configs, credentials }] of Object.entries(CONTRACT)) {
		it(`${type}: the panel has the properties and defaults of the contract`, () => {
			const panel = definitionOf(type);
			assert.deepEqual(Object.keys(readPanel(type)), [type]);
			assert.deepEqual([panel.inputs, panel.outputs], ports);
			const values = Object.entries(panel.defaults).map(([property, { value }]) => [property, value]);
			assert.deepEqual(plain(Object.fromEntries(values)), defaults);
			const named = Object.entries(panel.defaults).filter(([, definition]) => definition.type !== undefined);
			assert.deepEqual(
				Object.fromEntries(named.map(([property, definition]) => [property, definition.type])),
				configs,
			);
			for (const [property, { required, validate }] of named)
				assert.equal(required === false || validate !== undefined, true, property);
		});

		it(`${type}: the runtime registers the type, and both sides declare the same credentials`, () => {
			const declared = Object.entries(credentials).map(([name, kind]) => [name, { type: kind }]);
			assert.deepEqual(registrations(type), [[type, Object.fromEntries(declared)]]);
			const shown = Object.entries(definitionOf(type).credentials ?? {}).map(([name, rule]) => [
				name,
				{ type: rule.type },
			]);
			assert.deepEqual(shown, declared);
		});

		it(`${type}: the runtime reads every property`, () => {
			const source = sourceOf(type);
			const read = (property: string): boolean => new RegExp(`(?:['.]|[{,] )${property}\\b`).test(source);
			const ownName = type.endsWith('-device') ? [] : ['name'];
			const unread = Object.keys({ ...defaults, ...credentials }).filter((property) => !read(property));
			assert.deepEqual(
				unread.filter((property) => !ownName.includes(property)),
				[],
			);
		});

		it(`${type}: the panel judges values`, () => {
			const panel = definitionOf(type);
			const judged = JUDGEMENTS[type];
			assert.ok(judged);
			const wrongWith = (change: object): string[] =>
				wrongProperties(panel, { id: 'judged', ...defaults, ...judged.base, ...change });
			for (const change of changesOf(judged, 'right'))
				assert.deepEqual([change, wrongWith(change)], [change, []]);
			for (const change of changesOf(judged, 'wrong'))
				assert.deepEqual([change, wrongWith(change)], [change, Object.keys(change).slice(-1)]);
		});

		it(`${type}: a property is wrong where a credential is missing, since the editor asks no validator of credentials`, () => {
			const node = { id: 'judged', ...defaults, ...JUDGEMENTS[type]?.base };
			const marked = wrongProperties(definitionOf(type), node, false);
			assert.equal(marked.length, Object.keys(credentials).length === 0 ? 0 : 1);
			assert.equal(
				marked.every((property) => property in defaults),
				true,
			);
		});
	}
});
