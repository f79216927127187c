import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CHECKOUT } from '../nodes/harness/index.js';
import { CONTRACT } from './contract.js';
import { definitionOf, readPanel, wrongProperties } from './panel.js';

/** An environment variable in a field. */
const VARIABLE = `\${VALUE}`;

/** What each panel must hold for wrong, beside what is right. */
const JUDGEMENTS: Readonly<
	Record<string, { base: Readonly<Record<string, unknown>>; right: object[]; wrong: object[] }>
> = {
	'wattpost-endpoint': {
		base: { server: 'own' },
		right: [
			{ port: '1' },
			{ port: 65535 },
			{ port: VARIABLE },
			{ path: '/site/a' },
			{ path: '' },
			{ host: '::1' },
			{ maxBody: '67108864' },
			{ server: 'node-red', port: 'unused' },
			{ useTls: true, tls: 'certificate' },
			{ useTls: undefined, tls: '' },
			{ server: 'node-red', useTls: true, tls: '' },
		],
		wrong: [
			{ port: '' },
			{ port: 0 },
			{ port: '65536' },
			{ port: '80.5' },
			{ path: 'site' },
			{ path: '/a b' },
			{ path: '/a?b' },
			{ host: 'http://a' },
			{ maxBody: '0' },
			{ maxBody: '67108865' },
			{ useTls: true, tls: '' },
		],
	},
	'ups-device': {
		base: { deviceId: '8988228066680569990', httpKey: '0123456789ABCDEF' },
		right: [
			{ httpKey: '0123-4567 89ab-cdef' },
			{ httpKey: 'ABCD EFGH JKLM NPQR' },
			{ httpKey: '__PWRD__' },
			{ httpKey: VARIABLE },
			{ deviceId: 'x'.repeat(64) },
			{ deviceId: VARIABLE },
			{ deviceId: '8988 2280 6668 0569 9901' },
			{ clockSkew: '0300' },
			{ clockSkew: VARIABLE },
			{ commandMaxAge: 0 },
			{ offlineAfter: '90.5' },
			{ lowBattery: '' },
			{ lowBattery: '12.5' },
			{ lowBattery: 100 },
			{ mainsLostAfter: '' },
			{ mainsLostAfter: 30 },
		],
		wrong: [
			{ httpKey: '' },
			{ httpKey: '0123456789ABCDE' },
			{ httpKey: '0123456789ABCDEF0' },
			{ deviceId: '' },
			{ deviceId: 'x'.repeat(65) },
			{ deviceId: 'a\nb' },
			{ deviceId: 'rack 5' },
			{ lowBattery: '101' },
			{ lowBattery: '-1' },
			{ mainsLostAfter: 'soon' },
			{ clockSkew: '' },
			{ clockSkew: 0 },
			{ commandMaxAge: '-1' },
			{ offlineAfter: '31536001' },
		],
	},
	'ups-http-in': {
		base: {},
		right: [
			{ emit: 'changes' },
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
		right: [
			{ target: 'message', device: '' },
			{ target: undefined, device: '' },
			{ command: 'ui.beep', freqHz: '65535', durMs: '0' },
			{ command: 'ui.beep', freqHz: VARIABLE },
			{ command: 'host.reset', freqHz: 'unused' },
			{ command: 'ui.display_msg', textType: 'str', text: '' },
			{ command: 'ui.display_msg', textType: 'str', text: 'ä'.repeat(32) },
			{ command: 'power.cycle', offMs: 60000 },
			{ maxAge: '0' },
		],
		wrong: [
			{ command: 'ui.beep', freqHz: '65536' },
			{ command: 'ui.beep', durMs: '1.5' },
			{ command: 'ui.display_msg', textType: 'str', text: `${'ä'.repeat(32)}x` },
			{ command: 'ui.display_msg', textType: 'str', text: 'a\tb' },
			{ command: 'host.shutdown', delayS: '-1' },
			{ command: 'host.reset', delayS: 'now' },
			{ command: 'power.cycle', offMs: '60001' },
			{ maxAge: 'later' },
			{ target: 'device', device: '' },
		],
	},
	'wican-https-in': {
		base: { token: 'secret' },
		right: [
			{ path: '/' },
			{ path: '/cars/van-3/' },
			{ path: VARIABLE },
			{ offlineAfter: '' },
			{ offlineAfter: '1' },
			{ offlineAfter: 90.5 },
			{ offlineAfter: VARIABLE },
			{ authName: 'unused by a bearer' },
			{ token: '__PWRD__' },
			{ token: VARIABLE },
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
			{ path: '' },
			{ path: 'car' },
			{ path: '/a b' },
			{ path: '/a?b' },
			{ path: '/a#b' },
			{ path: `/cars/${VARIABLE}` },
			{ offlineAfter: '0.5' },
			{ offlineAfter: 'soon' },
			{ offlineAfter: '31536001' },
			{ token: '' },
			{ token: ' ' },
			{ auth: 'api-key-header', token: '' },
			{ auth: 'api-key-query', token: '' },
			{ auth: 'api-key-header', authName: 'x api key' },
			{ auth: 'api-key-header', authName: 'x:y' },
			{ auth: 'api-key-query', authName: 'a=b' },
			{ auth: 'basic', password: 'p', username: '' },
			{ auth: 'basic', password: 'p', username: 'a:b' },
			{ auth: 'basic', username: 'u', password: '' },
			{ token: 'first line\nsecond line' },
			{ auth: 'basic', password: 'p', username: 'a\nb' },
			{ auth: 'basic', username: 'u', password: 'a\u0000b' },
			{ auth: 'client-cert', authName: ' ' },
			{ server: 'endpoint', endpoint: '' },
		],
	},
	'hpdu-device': {
		base: { host: '192.0.2.10', username: 'power', password: 'power' },
		right: [
			{ host: 'pdu-5.example' },
			{ host: 'rack_5' },
			{ host: '[2001:db8::1]' },
			{ host: 'fe80::1%eth0' },
			{ host: '::ffff:192.0.2.10' },
			{ host: VARIABLE },
			{ port: '' },
			{ port: 65535 },
			{ port: VARIABLE },
			{ timeout: '100' },
			{ timeout: VARIABLE },
			{ minInterval: 3600000 },
			{ username: 'x'.repeat(16) },
			{ username: VARIABLE },
			{ password: '__PWRD__' },
			{ password: 'a b:c' },
			{ password: 'é'.repeat(8) },
			{ useTls: true, tls: 'certificate' },
			{ useTls: undefined, tls: '' },
		],
		wrong: [
			{ host: '' },
			{ host: 'http://192.0.2.10' },
			{ host: '192.0.2.300' },
			{ host: '192.0.2.10:80' },
			{ host: 'pdu/status' },
			{ host: '2001:db8' },
			{ port: '0' },
			{ port: 65536 },
			{ port: 'http' },
			{ timeout: 99 },
			{ timeout: 'soon' },
			{ minInterval: '-1' },
			{ minInterval: '1.5' },
			{ username: '' },
			{ username: 'x'.repeat(17) },
			{ password: '' },
			{ password: `${'é'.repeat(8)}x` },
			{ useTls: true, tls: '' },
		],
	},
	'hpdu-register-read': {
		base: { device: 'pdu' },
		right: [
			{ target: 'message', device: '' },
			{ registers: 'stdvnm imcrac, stolnm_30' },
			{ registers: VARIABLE },
			{ registers: 'someNewRegister_99999' },
			{ read: 'group', group: 'all' },
			{ read: 'group', group: VARIABLE },
			{ read: 'scan', unit: 'unused', registers: '?' },
			{ unit: 0 },
			{ unit: '65535' },
			{ unit: VARIABLE },
		],
		wrong: [
			{ device: '' },
			{ target: undefined, device: '' },
			{ registers: 'std.vnm' },
			{ registers: 'imcrac_0' },
			{ registers: 'imcrac_1_2' },
			{ read: 'group', group: 'a/b' },
			{ unit: '65536' },
			{ unit: '1.5' },
			{ read: 'readable', unit: 'x' },
		],
	},
	'hpdu-register-write': {
		base: { device: 'pdu' },
		right: [
			{ target: 'message', device: '' },
			{ register: 'stinnm_2' },
			{ register: VARIABLE },
			{ unit: 65535 },
			{ write: 'save', saveGroup: 'ethernet/access', register: '?' },
			{ write: 'save', saveGroup: VARIABLE },
			{ write: 'address', hardwareId: '42534-6129-0', unitAddress: '1' },
			{ write: 'address', hardwareId: VARIABLE, unitAddress: VARIABLE },
			{ hardwareId: 'unused', unitAddress: 'unused' },
		],
		wrong: [
			{ device: '' },
			{ target: undefined, device: '' },
			{ register: 'stdvnm stdvlc' },
			{ register: 'std-vnm' },
			{ unit: '-1' },
			{ unit: '65536' },
			{ write: 'address', hardwareId: '42534-6129' },
			{ write: 'address', hardwareId: '425340-6129-0' },
			{ write: 'address', unitAddress: '0' },
			{ write: 'address', unitAddress: '65536' },
		],
	},
	'hpdu-framebuffer': {
		base: { device: 'pdu' },
		right: [
			{ target: 'message', device: '' },
			{ scale: '1' },
			{ scale: 16 },
			{ scale: VARIABLE },
			{ format: 'text', scale: 'unused' },
			{ action: 'status', scale: 'unused' },
			{ action: 'page', page: '0' },
			{ action: 'page', page: VARIABLE },
			{ page: 'unused' },
		],
		wrong: [
			{ device: '' },
			{ target: undefined, device: '' },
			{ scale: '0' },
			{ scale: 17 },
			{ scale: '2.5' },
			{ action: 'pages', format: 'data-url', scale: 'small' },
			{ action: 'page', page: '-1' },
			{ action: 'page', page: 'next' },
		],
	},
};

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
			for (const change of judged.right) assert.deepEqual([change, wrongWith(change)], [change, []]);
			for (const change of judged.wrong)
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
