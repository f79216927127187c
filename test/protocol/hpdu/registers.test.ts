import assert from 'node:assert/strict';
import {
	GROUPS,
	REGISTERS,
	type Register,
	registerInfo,
	registerOf,
} from '../../../nodes/protocol/hpdu/registers.js';
import { SAVE_GROUPS } from '../../../nodes/protocol/hpdu/save-groups.js';

const GROUP_SIZES: Readonly<Record<string, number>> = {
	identification: 10,
	configuration: 8,
	system_status: 9,
	reset: 6,
	settings: 23,
	switched_outlets: 4,
	input_measures: 9,
	output_measures: 7,
	pdu_measures: 8,
	ext_outlet_names: 1,
	virtual: 4,
	host: 7,
	ethernet: 31,
	ipapi: 2,
	http: 4,
	snmp: 26,
	users: 8,
	modbus: 3,
	all: 170,
};

function mnemonicsWhere(matches: (register: Register) => boolean): string[] {
	return REGISTERS.filter(matches).map((register) => register.mnemonic);
}

describe('the register table', () => {
	it('has 170 registers in 18 groups, and each once', () => {
		assert.equal(REGISTERS.length, 170);
		assert.equal(new Set(REGISTERS.map((register) => register.mnemonic)).size, 170);
		assert.deepEqual(
			Object.fromEntries([...GROUPS].map(([group, mnemonics]) => [group, mnemonics.length])),
			GROUP_SIZES,
		);
		for (const { mnemonic, group } of REGISTERS) assert.ok(GROUPS.get(group)?.includes(mnemonic), mnemonic);
	});

	it('tells all of a register', () => {
		assert.deepEqual(registerOf('stdvnm'), {
			mnemonic: 'stdvnm',
			type: 'ascii',
			length: 16,
			repeats: 1,
			isExtended: false,
			channels: 1,
			group: 'settings',
			unit: '',
			name: 'deviceName',
			description: 'Name of the PDU.',
			isReadable: true,
			isWritable: true,
			writeRole: 'admin',
			needsReboot: false,
			since: 0,
		});
		assert.deepEqual(registerOf('swounl'), {
			mnemonic: 'swounl',
			type: 'int',
			length: 1,
			repeats: 27,
			isExtended: true,
			channels: 54,
			group: 'switched_outlets',
			unit: '',
			name: 'unlock',
			description: 'Write 1 to unlock an outlet for a few seconds.',
			isReadable: false,
			isWritable: false,
			writeRole: 'user',
			needsReboot: false,
			since: 0,
		});
	});

	it('counts what the table says of the web', () => {
		assert.equal(mnemonicsWhere((register) => register.isReadable).length, 154);
		assert.equal(mnemonicsWhere((register) => register.isWritable).length, 88);
		assert.equal(mnemonicsWhere((register) => register.needsReboot).length, 40);
		assert.equal(mnemonicsWhere((register) => register.isExtended).length, 17);
		assert.equal(mnemonicsWhere((register) => register.repeats > 1).length, 51);
		assert.deepEqual(
			mnemonicsWhere((register) => register.isExtended && register.isWritable),
			[],
		);
	});

	it('has the mnemonics as PDUs know them', () => {
		for (const mnemonic of ['snmptp', 'uspsea', 'uspseb', 'uspaswd'])
			assert.ok(registerOf(mnemonic), mnemonic);
		for (const mnemonic of ['snmotp', 'login']) assert.equal(registerOf(mnemonic), undefined);
		assert.deepEqual(GROUPS.get('modbus'), ['mbtcen', 'mbtcro', 'mbtcpo']);
		assert.deepEqual(
			['etsgw4', 'etsdn1', 'etsdn2'].map((mnemonic) => registerOf(mnemonic)?.name),
			['ipv4Gateway', 'ipv4DNS1', 'ipv4DNS2'],
		);
	});

	it('knows every register that is saved in a group, with its channels', () => {
		for (const [name, { keys }] of SAVE_GROUPS) {
			if (name === 'user') continue;
			for (const key of keys) {
				const [mnemonic = '', channel = '1'] = key.split('_');
				const register = registerOf(mnemonic);
				assert.ok(register?.isWritable && Number(channel) <= register.channels, key);
				assert.equal(register.channels > 1, key.includes('_'), key);
				assert.equal(register.group, name.split('/')[0]);
			}
		}
	});

	it('gives units as the web interface scales the values', () => {
		const units = new Map<string, string[]>();
		for (const { unit, mnemonic } of REGISTERS) units.set(unit, [...(units.get(unit) ?? []), mnemonic]);
		units.delete('');
		assert.deepEqual(Object.fromEntries(units), {
			A: ['cfamps', 'stimcm', 'stomcm', 'imcrac', 'imcrpk', 'omcrac', 'omcrpk'],
			V: ['imvoac', 'imvodp', 'omvoac'],
			kW: ['viwatt', 'vowatt'],
			kVA: ['vivamp', 'vovamp'],
			kWh: ['imkwht', 'imkwhs', 'omkwht', 'omkwhs'],
			uWh: ['imwkhf', 'omuwhs'],
			'%': ['impfac', 'ompfac'],
			degC: ['stmaxt', 'pditem', 'pdetem', 'pdinpk', 'pdexpk'],
			ms: ['stpkdr', 'stfodl'],
			s: ['stpsav', 'stiodl', 'strebt', 'starsa', 'etdhfd'],
		});
	});

	it('has one line of words on each', () => {
		const lines = REGISTERS.map((register) => register.description);
		for (const line of lines) assert.match(line, /^[A-Z][^\n]{8,109}\.$/);
		assert.equal(new Set(lines).size, lines.length);
	});

	it('has no registers by the names of what every object has', () => {
		for (const name of ['toString', 'constructor', '__proto__', ''])
			assert.equal(registerOf(name), undefined);
		for (const name of ['toString', '__proto__']) assert.equal(GROUPS.get(name), undefined);
	});

	it('tells flows name, unit and type of what it knows', () => {
		assert.deepEqual(registerInfo(['imcrac', 'toString', 'idmaca', 'nosuch']), {
			imcrac: { name: 'inputActualCurrent', unit: 'A', type: 'fixed' },
			idmaca: { name: 'macAddress', unit: '', type: 'mac' },
		});
		assert.deepEqual(registerInfo([]), {});
	});
});
