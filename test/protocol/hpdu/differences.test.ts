import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareEcho, type Echo } from '../../../nodes/protocol/hpdu/differences.js';
import { encodeValues } from '../../../nodes/protocol/hpdu/encode-values.js';
import { decodeForm, encodeForm } from '../../../nodes/protocol/hpdu/form.js';
import { checkSave } from '../../../nodes/protocol/hpdu/save-groups.js';

const NOTHING: Echo = { stored: {}, differences: {}, missing: [], extra: {}, unparsed: [] };

function compare(values: object, body: string): Echo {
	return compareEcho(encodeValues(values), decodeForm(Buffer.from(body)));
}

describe('what a PDU stored', () => {
	it('is told under the keys that were sent', () => {
		assert.deepEqual(compare({ stdvnm: 'SP_Rack_5' }, 'stdvnm=SP_Rack_5&result=OK'), {
			...NOTHING,
			stored: { stdvnm: 'SP_Rack_5' },
		});
		assert.deepEqual(compare({ stinnm_2: 'B', idaddr: '7' }, 'stinnm_2=B&idaddr=7').stored, {
			stinnm_2: 'B',
			idaddr: 7,
		});
		assert.deepEqual(compare({ stinnm: { 1: 'A', 2: 'B' } }, 'stinnm_2=B&stinnm_1=A'), {
			...NOTHING,
			stored: { stinnm: { 1: 'A', 2: 'B' } },
		});
		assert.deepEqual(compare({ nosuch: 5 }, 'nosuch=5').stored, { nosuch: '5' });
	});

	it('may be told under the bare mnemonic for one channel', () => {
		assert.deepEqual(compare({ stinnm_2: 'B' }, 'stinnm=B'), { ...NOTHING, stored: { stinnm_2: 'B' } });
		assert.deepEqual(compare({ stinnm: ['A', 'B'] }, 'stinnm=B').missing, ['stinnm_1', 'stinnm_2']);
	});

	it('may be less than was sent', () => {
		assert.deepEqual(
			compare({ stdvnm: 'a name cut short', stinnm: ['A', 'B'] }, 'stdvnm=a+name+cut+&stinnm_1=A&stinnm_2='),
			{
				...NOTHING,
				stored: { stdvnm: 'a name cut ', stinnm: { 1: 'A', 2: '' } },
				differences: {
					stdvnm: { sent: 'a name cut short', stored: 'a name cut ' },
					stinnm_2: { sent: 'B', stored: '' },
				},
			},
		);
	});

	it('may be another number', () => {
		assert.deepEqual(compare({ stimcm_1: 16.005, cfamps: 32 }, 'stimcm_1=16.01&cfamps=16').differences, {
			stimcm_1: { sent: 16.005, stored: 16.01 },
			cfamps: { sent: 32, stored: 16 },
		});
	});

	it('may be no number', () => {
		assert.deepEqual(compare({ cfamps: 32 }, 'cfamps=?'), {
			...NOTHING,
			stored: { cfamps: '?' },
			differences: { cfamps: { sent: 32, stored: '?' } },
			unparsed: ['cfamps'],
		});
	});

	for (const [values, body] of [
		[{ stimcm_1: 16 }, 'stimcm_1=16.00'],
		[{ stimcm_1: 0.1 + 0.2 }, 'stimcm_1=0.30'],
		[{ cfamps: '032' }, 'cfamps=32'],
		[{ cfamps: 32 }, 'cfamps=+32%0D%0A'],
		[{ hthpen: true }, 'hthpen=1'],
		[{ stdvnm: 'é' }, 'stdvnm=%E9'],
		[{ stdvnm: 'Rack' }, 'stdvnm=Rack%00%00junk'],
		[{ stdvnm: '5' }, 'stdvnm=5'],
		[{ etsip4: '192.168.1.5' }, 'etsip4=192.168.001.005'],
		[{ etsip4: '10.0.0.1' }, 'etsip4=010.000.000.001'],
		[{ etip61: '2001:DB8:0:0::10' }, 'etip61=2001%3Adb8%3A%3A10'],
		[{ etip61: '::' }, 'etip61=0000:0000:0000:0000:0000:0000:0000:0000'],
		[{ idmaca: '00-1A-2B-3C-4D-5E' }, 'idmaca=001A2B3C4D5E'],
	] as const) {
		it(`is the same: ${JSON.stringify(values)}, ${body}`, () => {
			assert.deepEqual(compare(values, body).differences, {});
		});
	}

	for (const [values, body] of [
		[{ stdvnm: '5' }, 'stdvnm=05'],
		[{ stdvnm: 'Rack' }, 'stdvnm=rack'],
		[{ stdvnm: 'Rack' }, 'stdvnm=Rack+'],
		[{ etsip4: '10.0.0.1' }, 'etsip4=10.0.0.10'],
		[{ etsip4: '10.0.0.1' }, 'etsip4='],
		[{ etip61: '::1' }, 'etip61=::2'],
		[{ etip61: '::1' }, 'etip61='],
		[{ nosuch: 5 }, 'nosuch=5.0'],
	] as const) {
		it(`is not the same: ${JSON.stringify(values)}, ${body}`, () => {
			assert.deepEqual(Object.keys(compare(values, body).differences), Object.keys(values));
		});
	}

	it('may go untold', () => {
		assert.deepEqual(compare({ stdvnm: 'a', swounl_3: 1 }, 'stdvlc=b'), {
			...NOTHING,
			missing: ['stdvnm', 'swounl_3'],
			extra: { stdvlc: 'b' },
		});
	});

	it('is compared but never shown where it is secret', () => {
		const entries = checkSave('ipapi', { iaenab: 1, iarc4k: 'HUSHHUSHHUSHHUSH' });
		const echo = (body: string) => compareEcho(entries, decodeForm(Buffer.from(body)));
		assert.deepEqual(echo('iaenab=1&iarc4k=HUSHHUSHHUSHHUSH&sncmpb=HUSH'), {
			...NOTHING,
			stored: { iaenab: 1 },
		});
		assert.deepEqual(echo('iaenab=1&iarc4k=HUSHHUSHHUSHHUSX'), {
			...NOTHING,
			stored: { iaenab: 1 },
			differences: { iarc4k: { sent: '***', stored: '***' } },
		});
		assert.deepEqual(echo('iaenab=1'), { ...NOTHING, stored: { iaenab: 1 } });
	});

	it('is what was sent, where nothing happened to it on the way', () => {
		const values = fc.record({
			stdvnm: fc.string({ unit: fc.constantFrom('a', 'é', ' ', '&', '%', '=', '+', '😀'), maxLength: 4 }),
			stimcm: fc.array(fc.double({ min: 0, max: 3276.8, noNaN: true }), { minLength: 1, maxLength: 3 }),
			etip61: fc.ipV6().filter((address) => !address.includes('%')),
			etsip4: fc.ipV4(),
			ethmod: fc.integer({ min: 0, max: 4_294_967_295 }),
		});
		fc.assert(
			fc.property(values, (given) => {
				const entries = encodeValues(given);
				const body = encodeForm(entries.map(({ key, text }) => [key, text] as const));
				const { differences, missing, extra } = compareEcho(entries, decodeForm(Buffer.from(body)));
				assert.deepEqual([differences, missing, extra], [{}, [], {}]);
			}),
			{ numRuns: 200, seed: 20_261_121 },
		);
	});
});
