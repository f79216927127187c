import assert from 'node:assert/strict';
import { Oddities } from '../../../nodes/protocol/wican/json.js';
import { numberOf, readValues, sampleTime, typed } from '../../../nodes/protocol/wican/values.js';
import { deepArray } from './garage.js';

/** What becomes of `autopid_data`. */
function read(json: string, clockName = 'timestamp') {
	const odd = new Oddities();
	const { payload, timestamp, repeated } = readValues(JSON.parse(json), clockName, odd);
	return {
		payload,
		...(timestamp !== undefined && { timestamp }),
		...(repeated.length > 0 && { repeated }),
		...(odd.names.length > 0 && { odd: odd.names }),
	};
}

describe('a numeric text', () => {
	const numbers: Readonly<Record<string, number>> = {
		'0': 0,
		'12.5': 12.5,
		'-3': -3,
		'+4': 4,
		'007': 7,
		'.5': 0.5,
		'12.': 12,
		'1.5e-05': 1.5e-5,
		'1.5E+3': 1500,
		'2e-3': 0.002,
		'2.0e3': 2000,
		'9007199254740991': 9_007_199_254_740_991,
		'3.14159265358979323846': Math.PI,
	};
	for (const [text, number] of Object.entries(numbers)) {
		it(`is a number: ${text}`, () => assert.equal(numberOf(text), number));
	}

	const texts = [
		...[
			'',
			' ',
			'0x10',
			'0b1',
			'12E4',
			'1e5',
			'1e999',
			'1e+999',
			'-',
			'.',
			'e',
			'+-1',
			'1,5',
			'1 000',
			' 1',
			'1\n',
		],
		...['NaN', 'Infinity', '-Infinity', 'on', 'off', 'true', 'null', '12.5V', '1.2.3', '٣', '1_000', '1n'],
		...['8988228066680569990', '9007199254740993', '10000000000000000000000', '1'.repeat(5000)],
	];
	for (const text of texts) {
		it(`is a text: ${JSON.stringify(text.slice(0, 30))}`, () => {
			assert.equal(numberOf(text), undefined);
			assert.equal(typed(text), text);
		});
	}
});

describe('values', () => {
	it('are numbers, or the numbers that texts stand for; other text and truth stay', () => {
		assert.deepEqual(
			read('{"0C-EngineRPM":4147,"SOC":"62.35","CHARGING":"on","PLUG":"off","DTC":"P0420","OK":true,"E":""}'),
			{
				payload: {
					'0C-EngineRPM': 4147,
					SOC: 62.35,
					CHARGING: 'on',
					PLUG: 'off',
					DTC: 'P0420',
					OK: true,
					E: '',
				},
			},
		);
	});

	it('keep every digit of firmware 6', () => {
		assert.deepEqual(read('{"SOC":62.3529422028,"V":0.30000000000000004,"T":-40,"Z":0}'), {
			payload: { SOC: 62.3529422028, V: 0.30000000000000004, T: -40, Z: 0 },
		});
	});

	it('that are null are left out without a word: firmware writes NaN so', () => {
		assert.deepEqual(read('{"A":1,"B":null}'), { payload: { A: 1 } });
	});

	it('that no number can hold are left out and named', () => {
		assert.deepEqual(read('{"A":1e999,"B":-1e999,"C":1}'), {
			payload: { C: 1 },
			odd: ['autopid_data.A', 'autopid_data.B'],
		});
	});

	it('do not include the time', () => {
		assert.deepEqual(read('{"SOC":1,"timestamp":1795200781}'), {
			payload: { SOC: 1 },
			timestamp: 1_795_200_781,
		});
		assert.deepEqual(read('{"timestamp":41}'), { payload: {}, timestamp: 41 });
		assert.deepEqual(read('{}'), { payload: {} });
	});

	it('may be called like anything in JavaScript', () => {
		const json =
			'{"__proto__":"1.5","constructor":2,"toString":"x","hasOwnProperty":null,"valueOf":1e999,"SOC":"3"}';
		const { payload, odd } = read(json);
		assert.equal(JSON.stringify(payload), '{"__proto__":1.5,"constructor":2,"toString":"x","SOC":3}');
		assert.equal(Object.getPrototypeOf(payload), Object.prototype);
		assert.deepEqual(odd, ['autopid_data.valueOf']);
		assert.equal(JSON.stringify(read('{"__proto__":null,"a":1}').payload), '{"a":1}');
	});

	it('may be ten thousand', () => {
		const names = Array.from({ length: 10_000 }, (_, count) => `HV_C_V_${count}`);
		const json = JSON.stringify(Object.fromEntries(names.map((name, count) => [name, String(count / 4)])));
		const { payload } = read(json);
		assert.deepEqual(Object.keys(payload), names);
		assert.equal(payload.HV_C_V_9999, 2499.75);
	});
});

describe('values in groups', () => {
	it('become flat, whether the groups are objects or lists of them', () => {
		const flat = { payload: { SOC: 62.5, HV_V: 380, SPEED: 0 }, timestamp: 5 };
		assert.deepEqual(read('{"battery":{"SOC":"62.5","HV_V":380},"SPEED":0,"timestamp":5}'), flat);
		assert.deepEqual(read('{"groups":[{"SOC":62.5,"HV_V":380},{"SPEED":0,"timestamp":5}]}'), flat);
		assert.deepEqual(read('{"a":{"b":{"SOC":62.5}},"c":[{"d":{"HV_V":380}}],"SPEED":0,"timestamp":5}'), flat);
	});

	it('that have one name are one value, the last; the name is told', () => {
		assert.deepEqual(read('{"fast":{"SOC":1,"T":7},"slow":{"SOC":"2"},"SOC":3}'), {
			payload: { SOC: 3, T: 7 },
			repeated: ['SOC'],
		});
		assert.deepEqual(read('{"fast":{"SOC":1},"slow":{"SOC":null}}'), { payload: { SOC: 1 } });
		assert.deepEqual(read('{"a":{"toString":1,"__proto__":1},"b":{"__proto__":2}}').repeated, ['__proto__']);
	});

	it('are looked for eight levels deep', () => {
		const nested = (levels: number) => `${'{"g":'.repeat(levels)}{"SOC":1}${'}'.repeat(levels)}`;
		assert.deepEqual(read(nested(7)), { payload: { SOC: 1 } });
		assert.deepEqual(read(nested(8)), { payload: {}, odd: ['autopid_data.g'] });
		assert.deepEqual(read(nested(500_000)), { payload: {}, odd: ['autopid_data.g'] });
	});

	it('that are no groups are left out and named', () => {
		assert.deepEqual(read('{"groups":[{"SOC":1},5,null,[{"X":1}]]}'), {
			payload: { SOC: 1 },
			odd: ['autopid_data.groups'],
		});
	});

	it('may be lists of texts or numbers, as trouble codes are', () => {
		assert.deepEqual(read('{"DTC":["P0420","0123"],"EMPTY":[],"SOC":1}'), {
			payload: { DTC: ['P0420', '0123'], EMPTY: [], SOC: 1 },
		});
	});

	it('that are lists too deep to be passed on are left out and named', () => {
		assert.deepEqual(read(`{"X":${deepArray(500_000)},"SOC":1}`), {
			payload: { SOC: 1 },
			odd: ['autopid_data.X'],
		});
		assert.deepEqual(read(`{"X":${deepArray(32)}}`), { payload: { X: JSON.parse(deepArray(32)) } });
	});

	it('may be groups called like anything in JavaScript', () => {
		const { payload } = read('{"__proto__":{"SOC":1},"constructor":{"prototype":{"T":2}}}');
		assert.deepEqual(payload, { SOC: 1, T: 2 });
		assert.equal('SOC' in {}, false);
	});
});

describe('the time of a POST', () => {
	const times: readonly (readonly [unknown, number | undefined])[] = [
		[1_795_200_781, 1_795_200_781_000],
		[1_795_200_781.123, 1_795_200_781_123],
		[1_795_200_781_123, 1_795_200_781_123],
		['1795200781', 1_795_200_781_000],
		[1_577_836_801, 1_577_836_801_000],
		[1_577_836_800, undefined],
		[946_684_800, undefined],
		[41, undefined],
		[0, undefined],
		[-1, undefined],
		[null, undefined],
		[undefined, undefined],
		[Number.POSITIVE_INFINITY, undefined],
		[8.64e15, 8.64e15],
		[1e30, undefined],
		['', undefined],
		['2026-11-20', undefined],
		[true, undefined],
		[{}, undefined],
		[[1_795_200_781], undefined],
	];
	for (const [sent, time] of times) {
		it(`${JSON.stringify(sent)} is ${time ?? 'none'}`, () => assert.equal(sampleTime(sent), time));
	}
});
