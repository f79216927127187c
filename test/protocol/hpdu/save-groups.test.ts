import assert from 'node:assert/strict';
import { checkSave, parseSaveGroup, SAVE_GROUPS } from '../../../nodes/protocol/hpdu/save-groups.js';
import { ProtocolError } from '../../../nodes/protocol/index.js';
import { coded } from '../errors.js';

/** "/save/<save_group> parameters" of the WEBAPI document, chapter by chapter, in its order. */
const DOCUMENT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	'ethernet/access': {
		etaips_1: '192.168.1.0',
		etaips_2: '10.0.0.0',
		etaips_3: '0.0.0.0',
		etaipm_1: '24',
		etaipm_2: '8',
		etaipm_3: '0',
	},
	'ethernet/mode': { ethmod: '7' },
	ethernet: {
		etdhen: '0',
		etdhfb: '1',
		etdhfd: '30',
		etsip4: '192.168.1.200',
		etsnm4: '255.255.255.0',
		etsgw4: '192.168.1.1',
		etsdn1: '9.9.9.9',
		etsdn2: '1.1.1.1',
		etshnm: 'pdu-1',
	},
	'snmp/traps': {
		sntrds: '1',
		sntrta: '1',
		sntric: '1',
		sntroc: '0',
		sntrod: '0',
		sntrid: '0',
		sntraf: '1',
		sntrnc: '1',
		sntrsc: '0',
		sntrrc: '1',
	},
	snmp: {
		snmpv1: '1',
		snmplp: '161',
		snmptp: '162',
		sntrap: '1',
		sndst1: '192.168.1.5',
		sndst2: '',
		snmpro: '1',
		sncmpb: 'public',
		sncmpr: 'private',
		sncmtr: 'trap',
	},
	modbus: { mbtcen: '1', mbtcpo: '502', mbtcro: '1' },
	http: { hthpen: '1', hthppo: '80', hthsen: '0', hthspo: '443' },
	ipapi: { iaenab: '1', iarc4k: 'foobarfizzzbuzzz' },
	user: { userid: '2', username: 'admin' },
};

const pairs = (name: string, values: unknown) =>
	checkSave(name, values).map(({ key, text }) => [key, text] as const);

describe('save groups', () => {
	it('are nine', () => {
		assert.deepEqual([...SAVE_GROUPS.keys()].sort(), Object.keys(DOCUMENT).sort());
	});

	for (const [name, values] of Object.entries(DOCUMENT)) {
		it(`${name} has the keys of the document, in its order`, () => {
			assert.deepEqual(SAVE_GROUPS.get(name)?.keys, Object.keys(values));
			assert.deepEqual(pairs(name, values), Object.entries(values));
			const reversed = Object.fromEntries(Object.entries(values).reverse());
			assert.deepEqual(pairs(` ${name} `, reversed), Object.entries(values));
		});

		it(`${name} wants all of its keys`, () => {
			for (const key of Object.keys(values)) {
				const others = Object.fromEntries(Object.entries(values).filter(([other]) => other !== key));
				assert.throws(
					() => checkSave(name, others),
					coded('hpdu-bad-argument', Object.keys(others).length > 0 ? { argument: key } : {}),
				);
			}
		});

		it(`${name} wants no other key`, () => {
			for (const key of ['stdvnm', 'nosuch', 'etip61', 'toString']) {
				const value = key === 'etip61' ? '::1' : 'x';
				assert.throws(
					() => checkSave(name, { ...values, [key]: value }),
					coded('hpdu-bad-argument', { argument: key }),
				);
			}
		});
	}

	for (const name of [
		'',
		'users',
		'ethernet/',
		'Ethernet',
		'/ethernet',
		'snmp/trap',
		'toString',
		'__proto__',
		undefined,
		5,
		{},
	]) {
		it(`${JSON.stringify(name)} is none`, () => {
			assert.throws(() => parseSaveGroup(name), coded('hpdu-bad-argument', { argument: 'saveGroup' }));
			assert.throws(
				() => checkSave(name, {}),
				(error) => {
					assert.ok(error instanceof ProtocolError);
					for (const known of Object.keys(DOCUMENT)) assert.ok(String(error.params.expected).includes(known));
					return true;
				},
			);
		});
	}

	for (const values of [undefined, null, 'iaenab=1', [], {}, 5, new Date(0), Buffer.from('iaenab')]) {
		it(`hold no ${JSON.stringify(values) ?? 'nothing'}`, () => {
			assert.throws(() => checkSave('ipapi', values), coded('hpdu-bad-argument'));
		});
	}

	it('take channels as objects and arrays too', () => {
		const values = { etaips: { 1: '192.168.1.0', 2: '10.0.0.0', 3: '0.0.0.0' }, etaipm: [24, '8', 0] };
		assert.deepEqual(pairs('ethernet/access', values), Object.entries(DOCUMENT['ethernet/access'] ?? {}));
		assert.throws(
			() => checkSave('ethernet/access', { ...values, etaipm: [24, 8] }),
			coded('hpdu-bad-argument', { argument: 'etaipm_3' }),
		);
	});

	it('check each value', () => {
		for (const [name, key, value] of [
			['ethernet', 'etsip4', '192.168.1'],
			['ethernet', 'etshnm', 'x'.repeat(65)],
			['ethernet', 'etdhfd', 256],
			['http', 'hthppo', 65_536],
			['snmp', 'sncmpb', 'é'.repeat(16)],
			['modbus', 'mbtcen', 'on'],
			['ethernet/mode', 'ethmod', '0x07'],
		] as const) {
			assert.throws(
				() => checkSave(name, { ...DOCUMENT[name], [key]: value }),
				coded('hpdu-bad-argument', { argument: key }),
			);
		}
	});

	it('want an IPAPI key of sixteen characters', () => {
		for (const iarc4k of ['', 'x'.repeat(15), 'x'.repeat(17)]) {
			assert.throws(
				() => checkSave('ipapi', { iaenab: 1, iarc4k }),
				coded('hpdu-bad-argument', { argument: 'iarc4k' }),
			);
		}
	});
});

describe('the save group of a user', () => {
	const user = { userid: 5, username: 'viewer' };

	it('has optional keys', () => {
		assert.deepEqual(SAVE_GROUPS.get('user')?.optional, ['chpasswd', 'password', 'chprmssns', 'prmssns']);
		const whole = { prmssns: 15, chprmssns: true, password: 'HUSH', chpasswd: true, ...user };
		assert.deepEqual(pairs('user', whole), [
			['userid', '5'],
			['username', 'viewer'],
			['chpasswd', '1'],
			['password', 'HUSH'],
			['chprmssns', '1'],
			['prmssns', '15'],
		]);
	});

	it('takes what is null or undefined for left out', () => {
		assert.deepEqual(pairs('user', { ...user, chpasswd: null, password: undefined }), [
			['userid', '5'],
			['username', 'viewer'],
		]);
	});

	it('may say that nothing else changes', () => {
		assert.deepEqual(pairs('user', { ...user, chpasswd: 0, chprmssns: false }).slice(2), [
			['chpasswd', '0'],
			['chprmssns', '0'],
		]);
	});

	it('may have no name, which switches the user off', () => {
		assert.deepEqual(pairs('user', { userid: 4, username: '' })[1], ['username', '']);
	});

	for (const [what, change, argument] of [
		['user 0', { userid: 0 }, 'userid'],
		['user 6', { userid: 6 }, 'userid'],
		['a name of 17 bytes', { username: 'x'.repeat(17) }, 'username'],
		['a name of 16 characters in 32 bytes', { username: 'é'.repeat(16) }, 'username'],
		['a password of 17 bytes', { chpasswd: 1, password: 'x'.repeat(17) }, 'password'],
		['a password without its switch', { password: 'HUSH' }, 'chpasswd'],
		['a password with its switch off', { chpasswd: 0, password: 'HUSH' }, 'chpasswd'],
		['a switch without a password', { chpasswd: 1 }, 'password'],
		['an empty password', { chpasswd: 1, password: '' }, 'password'],
		['a switch of 2', { chpasswd: 2, password: 'HUSH' }, 'chpasswd'],
		['permissions without their switch', { prmssns: 15 }, 'chprmssns'],
		['a switch without permissions', { chprmssns: 1 }, 'prmssns'],
	] as const) {
		it(`wants no ${what}`, () => {
			assert.throws(
				() => checkSave('user', { ...user, ...change }),
				(error) => {
					assert.ok(
						error instanceof ProtocolError && !JSON.stringify([error.message, error.params]).includes('HUSH'),
					);
					return coded('hpdu-bad-argument', { argument })(error);
				},
			);
		});
	}
});
