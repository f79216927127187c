import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSecret } from '../../../nodes/protocol/hpdu/fields.js';
import { decodeForm } from '../../../nodes/protocol/hpdu/form.js';
import { parseTargets } from '../../../nodes/protocol/hpdu/mnemonic.js';
import { GROUPS, REGISTERS, type Register } from '../../../nodes/protocol/hpdu/registers.js';
import {
	checkFormat,
	cleanText,
	type DecodedValues,
	decodeGroup,
	decodeValues,
	flatValues,
	formatValues,
	parseScalar,
	singleValue,
} from '../../../nodes/protocol/hpdu/values.js';
import { coded } from '../errors.js';
import { anyText } from './any-text.js';

function decode(registers: string, body: string): DecodedValues {
	return decodeValues(parseTargets(registers), decodeForm(Buffer.from(body)));
}

function group(body: string): DecodedValues {
	return decodeGroup(decodeForm(Buffer.from(body)));
}

/** A pair for each channel of a register. */
function pairsOf({ mnemonic, channels, type }: Register): [string, string][] {
	const tails: Partial<Record<Register['type'], string>> = { int: '', fixed: '.25' };
	const tail = tails[type] ?? ' is text';
	return Array.from({ length: channels }, (_, index) => {
		const key = channels === 1 ? mnemonic : `${mnemonic}_${index + 1}`;
		return [key, `${index + 1}${tail}`];
	});
}

const NOTHING: DecodedValues = { values: {}, extra: {}, unparsed: [], missing: [], withheld: [] };

describe('values of an answer', () => {
	it('are keyed by mnemonic and channel', () => {
		assert.deepEqual(
			decode('stdvnm imcrac', 'stdvnm=SP_Rack_5&imcrac_1=0.51&imcrac_2=0.42&imcrac_3=0.33&result=OK'),
			{ ...NOTHING, values: { stdvnm: 'SP_Rack_5', imcrac: { 1: 0.51, 2: 0.42, 3: 0.33 } } },
		);
	});

	it('keep the numbers of their channels', () => {
		assert.deepEqual(decode('imcrac', 'imcrac_3=0.33&imcrac_1=0.51'), {
			...NOTHING,
			values: { imcrac: { 1: 0.51, 3: 0.33 } },
		});
		assert.deepEqual(decode('swocst', 'swocst_10=1&swocst_9=0').values, { swocst: { 9: 0, 10: 1 } });
	});

	it('of a repeated register under its bare mnemonic are one scalar', () => {
		assert.deepEqual(decode('imcrac', 'imcrac=0.51').values, { imcrac: 0.51 });
	});

	it('of one channel are that channel', () => {
		assert.deepEqual(decode('stolnm_30', 'stolnm_30=Server'), {
			...NOTHING,
			values: { stolnm: { 30: 'Server' } },
		});
		assert.deepEqual(decode('stolnm_30', 'stolnm=Server').values, { stolnm: { 30: 'Server' } });
		assert.deepEqual(decode('stolnm_2', 'stolnm_1=a&stolnm_2=b&stolnm_3=c'), {
			...NOTHING,
			values: { stolnm: { 2: 'b' } },
			extra: { stolnm_1: 'a', stolnm_3: 'c' },
		});
		assert.deepEqual(decode('stolnm_2 stolnm_1', 'stolnm_1=a&stolnm_2=b').values, {
			stolnm: { 1: 'a', 2: 'b' },
		});
		assert.deepEqual(decode('stolnm_2 stolnm', 'stolnm_1=a&stolnm_2=b').values, {
			stolnm: { 1: 'a', 2: 'b' },
		});
	});

	it('under the bare mnemonic are nobody’s when two channels were asked for', () => {
		assert.deepEqual(decode('stolnm_1 stolnm_2', 'stolnm=a'), {
			...NOTHING,
			extra: { stolnm: 'a' },
			missing: ['stolnm_1', 'stolnm_2'],
		});
	});

	it('that were not asked for are extra', () => {
		assert.deepEqual(
			decode('stdvnm', 'stdvnm=a&curr_page=3&num_pages=x&imcrac_2=0.42&__proto__=1&toString=2'),
			{
				...NOTHING,
				values: { stdvnm: 'a' },
				extra: Object.fromEntries([
					['curr_page', '3'],
					['num_pages', 'x'],
					['imcrac_2', 0.42],
					['__proto__', '1'],
					['toString', '2'],
				]),
			},
		);
		assert.deepEqual(decode('stdvnm', 'stdvnm=a&stdvnm_1=b&_=c&_1=d&stdvnm_x=e'), {
			...NOTHING,
			values: { stdvnm: 'a' },
			extra: { stdvnm_1: 'b', _: 'c', _1: 'd', stdvnm_x: 'e' },
		});
		assert.deepEqual(decode('imcrac', 'imcrac=1&imcrac_2=2'), {
			...NOTHING,
			values: { imcrac: { 2: 2 } },
			extra: { imcrac: 1 },
		});
	});

	it('that did not come are named', () => {
		assert.deepEqual(decode('stdvnm imcrac stolnm_30 toString', 'stdvnm=a&stolnm_3=b'), {
			...NOTHING,
			values: { stdvnm: 'a' },
			extra: { stolnm_3: 'b' },
			missing: ['imcrac', 'stolnm_30', 'toString'],
		});
		assert.deepEqual(decode('stdvnm', ''), { ...NOTHING, missing: ['stdvnm'] });
	});

	it('that are blank did come', () => {
		assert.deepEqual(decode('stdvnm', 'stdvnm='), { ...NOTHING, values: { stdvnm: '' } });
	});

	it('that are no numbers stay text, and are named', () => {
		assert.deepEqual(decode('idspdm imcrac cfamps', 'idspdm=&imcrac_1=0.5&imcrac_2=1%2C5&cfamps=0x10'), {
			...NOTHING,
			values: { idspdm: '', imcrac: { 1: 0.5, 2: '1,5' }, cfamps: '0x10' },
			unparsed: ['idspdm', 'imcrac_2', 'cfamps'],
		});
	});

	it('of what no table knows are text', () => {
		assert.deepEqual(decode('cfnrte hohid1', 'cfnrte=12&hohid1_1=5&hohid1_256=7').values, {
			cfnrte: '12',
			hohid1: { 1: '5', 256: '7' },
		});
	});

	it('of secrets are nowhere', () => {
		const body =
			'iarc4k=HUSHHUSHHUSHHUSH&sncmpb=HUSH&sncmpr=HUSH&sncmtr=HUSH&password=HUSH&uspaswd_1=HUSH' +
			'&uspsea_1=HUSH&uspseb_5=HUSH&sncmpb_1=HUSH&iaenab=1';
		const names = ['iarc4k', 'sncmpb', 'sncmpr', 'sncmtr', 'password', 'uspaswd_1', 'uspsea_1', 'uspseb_5'];
		for (const result of [
			decode('iaenab', body),
			decode('iaenab iarc4k sncmpb sncmpr sncmtr password uspaswd uspsea uspseb', body),
			decode('iaenab uspaswd_1 uspsea_1 uspseb_5', body),
			group(body),
		]) {
			assert.deepEqual(result.values, { iaenab: 1 });
			assert.deepEqual([result.extra, result.unparsed, result.missing], [{}, [], []]);
			assert.deepEqual(new Set(result.withheld), new Set([...names, 'sncmpb_1']));
			assert.doesNotMatch(JSON.stringify(result), /HUSH/);
		}
		assert.deepEqual(decode('iarc4k', 'iaenab=1').missing, ['iarc4k']);
	});

	it('of secrets are nowhere, however their names are spelled', () => {
		for (const name of [
			'IARC4K',
			'+iarc4k+',
			'%69arc4k',
			'iarc4k%00',
			'%00%01iarc4k',
			'iarc4k%c2%85',
			'iarc4k%5b1%5d',
		]) {
			const result = decode('iaenab', `iaenab=1&${name}=HUSHHUSHHUSHHUSH`);
			assert.equal(result.withheld.length, 1, name);
			assert.doesNotMatch(JSON.stringify(result), /HUSH/);
		}
	});

	it('are few among registers that are secret', () => {
		assert.deepEqual(
			REGISTERS.filter(({ mnemonic }) => isSecret(mnemonic)).map(({ mnemonic }) => mnemonic),
			['iarc4k', 'sncmpb', 'sncmpr', 'sncmtr', 'uspaswd', 'uspsea', 'uspseb'],
		);
		assert.ok(isSecret('uspaswd_3') && isSecret('password') && !isSecret('toString') && !isSecret('_iarc4k'));
	});

	it('of a group are all that came', () => {
		assert.deepEqual(
			group('idspdm=250&idchip_1=42534&idchip_2=6129&idchip_3=0&newone=x&curr_page=3&result=OK'),
			{
				...NOTHING,
				values: {
					idspdm: 250,
					idchip: { 1: 42534, 2: 6129, 3: 0 },
					newone: 'x',
					curr_page: '3',
				},
			},
		);
		assert.deepEqual(group(''), NOTHING);
		assert.deepEqual(group('new_one_2=x').values, { new_one: { 2: 'x' } });
	});

	it('may come by any name and be any text', () => {
		const key = fc.oneof(
			anyText(),
			fc.constantFrom(
				'imcrac',
				'imcrac_1',
				'imcrac_',
				'imcrac_99999',
				'imcrac_999999',
				'__proto__',
				'__proto___1',
			),
			fc.constantFrom('curr_page', 'iarc4k', 'iarc4k_1', 'stdvnm_1', 'toString_1', 'constructor', 'result'),
		);
		const form = fc.array(fc.tuple(key, anyText())).map((pairs) => new Map(pairs));
		const wanted = fc.constantFrom('imcrac', 'imcrac_1', 'imcrac_1 imcrac_2 iarc4k', 'stdvnm toString');
		fc.assert(
			fc.property(form, wanted, (given, registers) => {
				const { values, extra, withheld } = decodeValues(parseTargets(registers), given);
				const told = [...Object.keys(flatValues(values)), ...Object.keys(extra), ...withheld];
				assert.equal(told.length, given.size - Number(given.has('result')));
				assert.equal(Object.keys(flatValues(decodeGroup(given).values)).some(isSecret), false);
			}),
			{ numRuns: 300, seed: 20_261_121 },
		);
	});
});

describe('one value', () => {
	const cases: readonly (readonly [mnemonic: string, text: string, value: unknown])[] = [
		['idfwvs', '251', 251],
		['idfwvs', ' 007\r\n', 7],
		['idfwvs', '-3', -3],
		['idfwvs', '+3', 3],
		['idfwvs', '-0', 0],
		['idfwvs', '4294967295', 4294967295],
		...['', ' ', '0x10', '1,5', '1.0', '1e3', 'Infinity', 'NaN', '1 2', '٣', '9'.repeat(17), 'true'].map(
			(text) => ['idfwvs', text, undefined] as const,
		),
		['imcrac', '0.51', 0.51],
		['imcrac', '16', 16],
		['imcrac', '.5', 0.5],
		['imcrac', '5.', 5],
		['imcrac', '-1.5', -1.5],
		['imcrac', '-0.00', 0],
		...['', '.', '0x10', '1,5', '1e3', '1.2.3', 'inf', '--1', '9'.repeat(400)].map(
			(text) => ['imcrac', text, undefined] as const,
		),
		['stdvnm', 'a\x01b\x7fc\x85d\0zz', 'abcd'],
		['stdvnm', '12', '12'],
		['stdvnm', '\0', ''],
		['stdvnm', ' é € 😀 ', ' é € 😀 '],
		['etcip4', '192.168.1.200', '192.168.1.200'],
		['etcp60', 'fe80::1', 'fe80::1'],
		['idmaca', '00:1a:2b:3c:4d:5e', '00:1a:2b:3c:4d:5e'],
		['nosuch', '12\0', '12'],
		['toString', '12', '12'],
		['userid', '5', 5],
		['username', '5', '5'],
	];
	for (const [mnemonic, text, value] of cases) {
		it(`${mnemonic}=${JSON.stringify(text.slice(0, 30))} is ${JSON.stringify(value)}`, () => {
			assert.deepEqual(parseScalar(mnemonic, text), value);
		});
	}

	it('is a decimal number to the last digit', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 327_680 }), (hundredths) => {
				assert.equal(parseScalar('imcrac', (hundredths / 100).toFixed(2)), hundredths / 100);
			}),
		);
	});

	it('of text has no control characters, and nothing behind a NUL', () => {
		assert.equal(cleanText('a\u0000b'), 'a');
		fc.assert(
			fc.property(anyText(), (text) => {
				const clean = cleanText(text);
				assert.doesNotMatch(clean, /\p{Cc}/u);
				assert.equal(cleanText(clean), clean);
			}),
		);
	});
});

describe('formats of values', () => {
	const wanted = parseTargets('stdvnm imcrac');
	const values = { stdvnm: 'SP_Rack_5', imcrac: { 1: 0.51, 3: 0.33 } };

	it('are by mnemonic, flat, or the one value', () => {
		assert.deepEqual(formatValues('values', wanted, values), values);
		assert.deepEqual(formatValues('flat', wanted, values), {
			stdvnm: 'SP_Rack_5',
			imcrac_1: 0.51,
			imcrac_3: 0.33,
		});
		assert.equal(formatValues('value', parseTargets('stdvnm'), values), 'SP_Rack_5');
		assert.deepEqual(formatValues('value', parseTargets('imcrac'), values), { 1: 0.51, 3: 0.33 });
		assert.equal(formatValues('value', parseTargets('imcrac_3'), values), 0.33);
		assert.equal(formatValues('value', parseTargets('imcrac_2'), values), undefined);
		assert.equal(formatValues('value', parseTargets('toString'), values), undefined);
		assert.equal(singleValue({ mnemonic: 'imcrac', channel: 2 }, { imcrac: 5 }), 5);
	});

	it('are one value of one register only', () => {
		for (const check of [checkFormat, (...args: ['value', typeof wanted]) => formatValues(...args, values)]) {
			assert.throws(() => check('value', wanted), coded('hpdu-bad-argument', { argument: 'registers' }));
			assert.throws(() => check('value', []), coded('hpdu-bad-argument'));
		}
		checkFormat('flat', wanted);
		checkFormat('values', []);
	});
});

describe('the values of a whole table', () => {
	it('come back as they were', () => {
		const pairs = REGISTERS.flatMap(pairsOf);
		assert.equal(pairs.length, 1297);
		const wanted = (GROUPS.get('all') ?? []).map((mnemonic) => ({ mnemonic }));
		const result = decodeValues(wanted, new Map(pairs));
		assert.deepEqual(decodeGroup(new Map(pairs)), result);
		assert.deepEqual([result.extra, result.unparsed, result.missing], [{}, [], []]);
		assert.deepEqual(
			Object.entries(flatValues(result.values)).map(([key, value]) => [key, String(value)]),
			pairs.filter(([key]) => !isSecret(key)),
		);
	});
});
