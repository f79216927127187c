import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { encodeValue, encodeValues } from '../../../nodes/protocol/hpdu/encode-values.js';
import { REGISTERS } from '../../../nodes/protocol/hpdu/registers.js';
import { parseScalar } from '../../../nodes/protocol/hpdu/values.js';
import { ProtocolError } from '../../../nodes/protocol/index.js';
import { coded } from '../errors.js';

const RUNS = { numRuns: 300, seed: 20_261_121 };

function text(register: string, value: unknown): string | undefined {
	const [entry, ...others] = encodeValue(register, value);
	assert.deepEqual(others, []);
	return entry?.text;
}

/** What is none of number, text, boolean, array and object. */
const STRANGE = [
	undefined,
	null,
	Number.NaN,
	Number.POSITIVE_INFINITY,
	() => 5,
	5n,
	Symbol('5'),
	new Date(0),
	Buffer.from('5'),
];

describe('whole numbers to be written', () => {
	const greatest = { cfnrno: 255, idaddr: 65_535, ethmod: 4_294_967_295, userid: 5, chpasswd: 1 };

	it('are as many as their bytes hold', () => {
		for (const [register, max] of Object.entries(greatest)) {
			const least = register === 'userid' ? 1 : 0;
			for (const value of [least, max]) assert.equal(text(register, value), String(value));
			for (const value of [least - 1, max + 1, 0.5, 2 ** 60, 1e300]) {
				assert.throws(
					() => text(register, value),
					coded('hpdu-bad-argument', { argument: register, expected: `${least}..${max}` }),
				);
			}
		}
	});

	it('may be decimal text, or a boolean', () => {
		assert.equal(text('idaddr', ' 007 '), '7');
		assert.equal(text('idaddr', '+7'), '7');
		assert.equal(text('idaddr', '-0'), '0');
		assert.equal(text('idaddr', -0), '0');
		assert.equal(text('hthpen', true), '1');
		assert.equal(text('hthpen', false), '0');
	});

	for (const value of [
		'',
		' ',
		'0x10',
		'1,5',
		'1.0',
		'1e3',
		'on',
		'true',
		'٣',
		'65536',
		'9'.repeat(400),
		...STRANGE,
	]) {
		it(`are not ${String(value).slice(0, 30)} (${typeof value})`, () => {
			assert.throws(() => text('idaddr', value), coded('hpdu-bad-argument', { argument: 'idaddr' }));
		});
	}

	it('of more bytes than a number has stay digits', () => {
		assert.equal(text('uspsea_1', '9'.repeat(40)), '9'.repeat(40));
		assert.equal(text('uspsea_1', 5), '5');
		assert.throws(() => text('uspsea_1', '-1'), coded('hpdu-bad-argument'));
		assert.throws(() => text('uspsea_1', 'a1'), coded('hpdu-bad-argument'));
	});
});

describe('decimals to be written', () => {
	it('go from 0 to 3276.8', () => {
		for (const value of [0, 0.5, 16, 327.67, 3276.8]) assert.equal(text('stimcm_1', value), String(value));
		for (const value of [-0.01, 3276.81, 1e300, ...STRANGE, true, '', '1,5', '1e3', '0x10', '.', 'NaN']) {
			assert.throws(
				() => text('stimcm_1', value),
				coded('hpdu-bad-argument', { argument: 'stimcm_1', expected: '0..3276.8' }),
			);
		}
	});

	it('are plain digits', () => {
		assert.equal(text('stimcm_1', ' 016.50 '), '16.5');
		assert.equal(text('stimcm_1', '.5'), '0.5');
		assert.equal(text('stimcm_1', 0.1 + 0.2), '0.3');
		assert.equal(text('stimcm_1', 0.000_001), '0.000001');
		assert.equal(text('stimcm_1', 1e-9), '0');
		assert.equal(text('stimcm_1', '-0'), '0');
	});

	it('are read back as the numbers that they were', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 327_680 }), (hundredths) => {
				const written = text('stimcm_1', hundredths / 100) ?? '';
				assert.match(written, /^\d+(\.\d{1,2})?$/);
				assert.equal(parseScalar('stimcm', written), hundredths / 100);
			}),
			RUNS,
		);
	});
});

describe('text to be written', () => {
	it('has at most the bytes of its register', () => {
		for (const value of ['', ' ', 'SP_Rack_5', 'x'.repeat(16), 'é'.repeat(8), '😀'.repeat(4)]) {
			assert.equal(text('stdvnm', value), value);
		}
		for (const value of ['x'.repeat(17), 'é'.repeat(16), `${'é'.repeat(8)}x`, '😀'.repeat(5)]) {
			assert.throws(
				() => text('stdvnm', value),
				coded('hpdu-bad-argument', { argument: 'stdvnm', expected: '0..16 bytes UTF-8' }),
			);
		}
		assert.equal(text('stinnm_2', 'Feed B 2'), 'Feed B 2');
		assert.throws(() => text('stinnm_2', 'Feed B 22'), coded('hpdu-bad-argument', { argument: 'stinnm_2' }));
	});

	for (const value of ['a\nb', 'a\0', '\x7f', '\x85', '\ud800', true, ...STRANGE]) {
		it(`is not ${JSON.stringify(String(value).slice(0, 30))} (${typeof value})`, () => {
			assert.throws(() => text('stdvnm', value), coded('hpdu-bad-argument'));
		});
	}

	it('may be a number', () => {
		assert.equal(text('stdvnm', 12.5), '12.5');
	});

	it('for an IPAPI key is sixteen characters', () => {
		assert.equal(text('iarc4k', 'foobarfizzzbuzzz'), 'foobarfizzzbuzzz');
		for (const key of ['', 'x'.repeat(15), 'x'.repeat(17), 'é'.repeat(8), 'é'.repeat(16)]) {
			assert.throws(() => text('iarc4k', key), coded('hpdu-bad-argument', { expected: '16 ASCII' }));
		}
	});

	it('fits where its UTF-8 fits, whatever it is', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme', maxLength: 24 }), (value) => {
				const fits = Buffer.byteLength(value) <= 16 && !/\p{Cc}/u.test(value);
				if (fits) assert.equal(text('stdvnm', value), value);
				else assert.throws(() => text('stdvnm', value), coded('hpdu-bad-argument'));
			}),
			RUNS,
		);
	});
});

describe('addresses to be written', () => {
	it('are IPv4', () => {
		assert.equal(text('etsip4', ' 192.168.1.200 '), '192.168.1.200');
		for (const value of ['', '192.168.1', '192.168.1.256', '192.168.01.1', '::1', 'pdu.lan', 5, ...STRANGE]) {
			assert.throws(() => text('etsip4', value), coded('hpdu-bad-argument', { expected: '192.168.1.10' }));
		}
	});

	it('are IPv6', () => {
		for (const value of ['::', '2001:db8::10', 'FE80::1', '::ffff:1.2.3.4']) {
			assert.equal(text('etip61', value), value);
		}
		for (const value of ['', '192.168.1.1', '[::1]', 'fe80::1%eth0', '2001:db8', 5, ...STRANGE]) {
			assert.throws(() => text('etip61', value), coded('hpdu-bad-argument', { expected: '2001:db8::10' }));
		}
	});

	it('are MAC addresses', () => {
		for (const value of ['00:1a:2b:3c:4d:5e', '00-1A-2B-3C-4D-5E', ' 001a2b3c4d5e ']) {
			assert.equal(text('idmaca', value), '00:1a:2b:3c:4d:5e');
		}
		for (const value of ['', '00:1a:2b:3c:4d', '00:1a:2b:3c:4d:5e:6f', '00:1a:2b:3c:4d:5g', 5, ...STRANGE]) {
			assert.throws(
				() => text('idmaca', value),
				coded('hpdu-bad-argument', { expected: '00:1a:2b:3c:4d:5e' }),
			);
		}
	});
});

describe('what no table knows', () => {
	it('only becomes text', () => {
		for (const [value, sent] of [
			['any\ntext', 'any\ntext'],
			['', ''],
			[12.5, '12.5'],
			[-3, '-3'],
			[true, '1'],
			[false, '0'],
		] as const) {
			assert.equal(text('nosuch', value), sent);
		}
		for (const value of [...STRANGE, 2 ** 60, '\ud800']) {
			assert.throws(() => text('nosuch', value), coded('hpdu-bad-argument', { argument: 'nosuch' }));
		}
	});

	it('may have channels', () => {
		assert.deepEqual(
			encodeValue('nosuch', { 256: 'a' }).map((entry) => entry.key),
			['nosuch_256'],
		);
	});
});

describe('several values to be written', () => {
	it('keep the key under which they were given', () => {
		assert.deepEqual(encodeValues({ stdvnm: 'SP_Rack_5', stinnm_2: 'B', stimcm: { 1: 16, 3: '20.0' } }), [
			{ key: 'stdvnm', target: { mnemonic: 'stdvnm' }, given: 'stdvnm', text: 'SP_Rack_5' },
			{ key: 'stinnm_2', target: { mnemonic: 'stinnm', channel: 2 }, given: 'stinnm_2', text: 'B' },
			{ key: 'stimcm_1', target: { mnemonic: 'stimcm', channel: 1 }, given: 'stimcm', text: '16' },
			{ key: 'stimcm_3', target: { mnemonic: 'stimcm', channel: 3 }, given: 'stimcm', text: '20' },
		]);
	});

	it('may be an array, whose first is channel 1', () => {
		assert.deepEqual(
			encodeValue('stinnm', ['A', 'B', 'C']).map(({ key, text: sent }) => [key, sent]),
			[
				['stinnm_1', 'A'],
				['stinnm_2', 'B'],
				['stinnm_3', 'C'],
			],
		);
		assert.equal(encodeValue('stolnm', new Array(54).fill('x')).length, 54);
	});

	it('may come from the context of a function node', () => {
		const values: unknown = runInNewContext('({ stinnm: { 2: "B" }, stimcm: [16] })');
		assert.deepEqual(
			encodeValues(values).map(({ key }) => key),
			['stinnm_2', 'stimcm_1'],
		);
	});

	for (const [what, values] of [
		['no values', {}],
		['no channels', { stinnm: {} }],
		['an empty array', { stinnm: [] }],
		['a channel too high', { stinnm: { 4: 'x' } }],
		['an array too long', { stinnm: ['a', 'b', 'c', 'd'] }],
		['an array of nothing', { stinnm: new Array(3) }],
		['an array without end', { nosuch: new Array(2 ** 32 - 1) }],
		['a hole in an array', { stinnm: ['a', undefined, 'c'] }],
		['channel 0', { stinnm: { 0: 'x' } }],
		['a channel that is no number', { stinnm: { first: 'x' } }],
		['a channel of a channel', { stinnm_1: { 1: 'x' } }],
		['channel 55', { stolnm_55: 'x' }],
		['channels in a single register', { stdvnm: { 1: 'a', 2: 'b' } }],
		['no channel of a repeated register', { stinnm: 'x' }],
		['one channel twice', { stinnm: { 1: 'a' }, stinnm_1: 'b' }],
		['a name that is no mnemonic', { 'stdvnm/27': 'x' }],
		['a name of every object', JSON.parse('{"__proto__":"x"}')],
		['an object in an object', { stinnm: { 1: { 1: 'x' } } }],
		['text', 'stdvnm=x'],
		['a list', [['stdvnm', 'x']]],
		['null', null],
		['a Buffer', Buffer.from('x')],
	] as const) {
		it(`are not ${what}`, () => {
			assert.throws(() => encodeValues(values), coded('hpdu-bad-argument'));
		});
	}

	it('are never in the error', () => {
		for (const { mnemonic, type } of REGISTERS) {
			const secret = type === 'ascii' ? 'HUSH'.repeat(30) : 'HUSH';
			for (const key of [mnemonic, `${mnemonic}_1`]) {
				assert.throws(
					() => encodeValue(key, secret),
					(error) =>
						error instanceof ProtocolError && !JSON.stringify([error.message, error.params]).includes('HUSH'),
				);
			}
		}
	});

	it('are refused with a code, or fit', () => {
		const key = fc.oneof(fc.constantFrom(...REGISTERS.map(({ mnemonic }) => mnemonic)), fc.string());
		fc.assert(
			fc.property(fc.dictionary(key, fc.anything(), { maxKeys: 2 }), (values) => {
				try {
					for (const entry of encodeValues(values)) assert.ok(entry.text.isWellFormed());
				} catch (error) {
					if (!(error instanceof ProtocolError) || error.code !== 'hpdu-bad-argument') throw error;
				}
			}),
			RUNS,
		);
	});
});
