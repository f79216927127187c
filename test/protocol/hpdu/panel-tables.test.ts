import assert from 'node:assert/strict';
import { panelTables } from '../../../nodes/protocol/hpdu/index.js';

describe('hpdu tables for panels', () => {
	const tables = JSON.parse(JSON.stringify(panelTables()));

	it('tell of a register what a user chooses it by', () => {
		const register = tables.registers.find(({ mnemonic }: { mnemonic: string }) => mnemonic === 'imcrac');
		assert.equal(typeof register.description, 'string');
		assert.deepEqual(
			{ ...register, description: '' },
			{
				...{ mnemonic: 'imcrac', name: 'inputActualCurrent', description: '', unit: 'A', type: 'fixed' },
				...{ length: 2, group: 'input_measures', channels: 3 },
				...{ readable: true, writable: false, secret: false },
			},
		);
	});

	it('tell what a value may be where type and length do not', () => {
		const limitsOf = (wanted: string) => {
			const { most, isWhole } = tables.registers.find(
				({ mnemonic }: { mnemonic: string }) => mnemonic === wanted,
			);
			return { most, isWhole };
		};
		assert.deepEqual(limitsOf('swocst'), { most: 1, isWhole: undefined });
		assert.deepEqual(limitsOf('iarc4k'), { most: undefined, isWhole: true });
		assert.deepEqual(limitsOf('stdvnm'), { most: undefined, isWhole: undefined });
	});

	it('mark the registers whose values stay in the PDU', () => {
		const secrets = tables.registers.filter(({ secret }: { secret: boolean }) => secret);
		const mnemonics = secrets.map(({ mnemonic }: { mnemonic: string }) => mnemonic);
		for (const secret of ['iarc4k', 'sncmpb', 'sncmpr', 'sncmtr']) assert.ok(mnemonics.includes(secret));
	});

	it('tell every group once, and last the one of all registers', () => {
		assert.equal(tables.groups.at(-1), 'all');
		assert.equal(new Set(tables.groups).size, tables.groups.length);
		assert.ok(tables.groups.includes('identification'));
	});

	it('tell the keys of the nine save groups', () => {
		assert.equal(tables.saveGroups.length, 9);
		assert.deepEqual(tables.saveGroups.at(-1), {
			...{ name: 'user', keys: ['userid', 'username'] },
			optional: ['chpasswd', 'password', 'chprmssns', 'prmssns'],
		});
	});
});
