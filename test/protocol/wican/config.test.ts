import assert from 'node:assert/strict';
import {
	type Meaning,
	meaningsByName,
	readConfig,
	updatedMeanings,
} from '../../../nodes/protocol/wican/config.js';
import { Oddities } from '../../../nodes/protocol/wican/json.js';
import { deepArray, deepObject } from './garage.js';

function read(json: string): { meanings: Meaning[]; odd?: string[] } {
	const odd = new Oddities();
	const meanings = readConfig(JSON.parse(json), odd);
	return { meanings, ...(odd.names.length > 0 && { odd: odd.names }) };
}

const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

describe('config of firmware 4', () => {
	it('says unit and class of each parameter', () => {
		const json = `{"0C-EngineRPM":{"class":"speed","unit":"rpm"},"SOC":{"class":"battery","unit":"%"},
			"BATT_TEMP":{"class":"temperature","unit":"°C"}}`;
		assert.deepEqual(read(json), {
			meanings: [
				['0C-EngineRPM', 'rpm', 'speed'],
				['SOC', '%', 'battery'],
				['BATT_TEMP', '°C', 'temperature'],
			],
		});
	});

	it('says that there is none with a word or nothing', () => {
		const json = `{"A":{"class":"none","unit":"none"},"B":{"class":"","unit":""},"C":{},"D":{"class":null,"unit":null},
			"E":{"class":"None","unit":" NONE "},"F":{"class":" battery ","unit":"\\tV"}}`;
		assert.deepEqual(read(json), {
			meanings: [
				['A', '', ''],
				['B', '', ''],
				['C', '', ''],
				['D', '', ''],
				['E', '', ''],
				['F', 'V', 'battery'],
			],
		});
	});

	it('may be in groups', () => {
		const json = '{"Battery":{"SOC":{"unit":"%"},"HV_V":{"unit":"V"}},"SPEED":{"unit":"km/h","min":0}}';
		assert.deepEqual(read(json), {
			meanings: [
				['SOC', '%', ''],
				['HV_V', 'V', ''],
				['SPEED', 'km/h', ''],
			],
		});
	});

	it('may have more members than are known', () => {
		assert.deepEqual(read('{"SOC":{"unit":"%","min":"0","max":100,"sensor_type":"binary","more":{"a":1}}}'), {
			meanings: [['SOC', '%', '']],
		});
	});

	it('is named where it is not as it should be, and the rest still counts', () => {
		assert.deepEqual(read('{"A":5,"B":"x","C":null,"D":[],"E":{"unit":7,"class":{}},"SOC":{"unit":"%"}}'), {
			meanings: [
				['E', '', ''],
				['SOC', '%', ''],
			],
			odd: ['config.A', 'config.B', 'config.C', 'config.D', 'config.E.unit', 'config.E.class'],
		});
	});

	it('may hold names of anything in JavaScript', () => {
		const json = `{${NAMES.map((name) => `"${name}":{"unit":"V","class":"${name}"}`).join(',')}}`;
		const { meanings, odd } = read(json);
		assert.deepEqual(
			meanings,
			NAMES.map((name) => [name, 'V', name]),
		);
		assert.equal(odd, undefined);
		const index = meaningsByName(meanings);
		for (const name of NAMES) assert.deepEqual(index.get(name), [name, 'V', name]);
		for (const name of NAMES) assert.equal(meaningsByName([]).get(name), undefined);
	});

	it('has no members that are inherited', () => {
		assert.deepEqual(read('{"A":{"class":"x","__proto__":{"unit":"V"}}}'), { meanings: [['A', '', 'x']] });
	});

	it('may have parameters called pids and filters', () => {
		assert.deepEqual(read('{"pids":{"unit":"V"},"filters":{"class":"x"}}'), {
			meanings: [
				['pids', 'V', ''],
				['filters', '', 'x'],
			],
		});
	});

	it('may be nested far deeper than the call stack', () => {
		assert.deepEqual(read(deepObject(500_000)), { meanings: [['a', '', '']] });
		assert.deepEqual(read(`{"SOC":{"unit":"%"},"a":${deepArray(500_000)}}`), {
			meanings: [['SOC', '%', '']],
			odd: ['config.a'],
		});
	});
});

describe('config of firmware 6', () => {
	const TABLES = `{"groups":[{"name":"fast","enabled":true,"period_ms":1000}],
		"pids":[{"name":"2101","type":"specific","cmd":"2101","init":"ATSH7E4;","rxheader":"7EC","group":"fast","period_ms":1000,"enabled":true,
			"parameters":[{"name":"SOC","expression":"B9/2","unit":"%","class":"battery","min":0,"max":100,"enabled":true,"mux_expr":"","mux_val":0},
				{"name":"HV_A","expression":"[B15:B16]/10","unit":"A","class":"current","enabled":false}]},
			{"name":"010C","type":"std","cmd":"010C","parameters":[{"name":"EngineRPM","unit":"rpm","class":"none"}]}],
		"filters":[{"frame_id":789,"monitor_ms":100,"group":"fast","parameters":[{"name":"Gear","unit":"","class":"none"}]}]}`;

	it('is the table of PIDs and filters', () => {
		assert.deepEqual(read(TABLES), {
			meanings: [
				['SOC', '%', 'battery'],
				['HV_A', 'A', 'current'],
				['EngineRPM', 'rpm', ''],
				['Gear', '', ''],
			],
		});
	});

	it('may be empty', () => {
		for (const json of ['{}', '{"pids":[]}', '{"filters":[]}', '{"groups":[],"pids":[],"filters":[]}']) {
			assert.deepEqual(read(json), { meanings: [] });
		}
	});

	it('may have groups and no table', () => {
		assert.deepEqual(read('{"groups":[{"name":"fast"}]}'), { meanings: [] });
	});

	it('may have more tables of parameters, as for trucks, and other lists', () => {
		const json = `{"groups":[],"pids":[{"parameters":[{"name":"SOC","unit":"%"}]}],
			"j1939":[{"pgn":61444,"parameters":[{"name":"EngineSpeed","unit":"rpm","class":"none"}]}],"notes":["a",5]}`;
		assert.deepEqual(read(json), {
			meanings: [
				['SOC', '%', ''],
				['EngineSpeed', 'rpm', ''],
			],
		});
	});

	it('may have parameters by name, as files of an older form have', () => {
		assert.deepEqual(read('{"pids":[{"parameters":{"SOC":{"unit":"%","class":"battery"}}}]}'), {
			meanings: [['SOC', '%', 'battery']],
		});
	});

	it('is named where it is not as it should be, and the rest still counts', () => {
		const json = `{"pids":[5,null,[],{},{"parameters":null},{"parameters":"x"},{"parameters":[7,{},{"name":5},
			{"name":"SOC","unit":5,"class":["battery"]},{"name":"","unit":"V"}]}],"filters":"none"}`;
		assert.deepEqual(read(json), {
			meanings: [
				['SOC', '', ''],
				['', 'V', ''],
			],
			odd: ['config.pids', 'config.pids.SOC.unit', 'config.pids.SOC.class', 'config.filters'],
		});
	});

	it('may hold names of anything in JavaScript', () => {
		const json = `{"pids":[{"parameters":[${NAMES.map((name) => `{"name":"${name}","unit":"V"}`).join(',')}]}]}`;
		assert.deepEqual(
			read(json).meanings,
			NAMES.map((name) => [name, 'V', '']),
		);
	});

	it('of 80 KB is read as a whole', () => {
		const parameters = Array.from({ length: 646 }, (_, count) => ({
			name: `HV_C_V_${String(count).padStart(3, '0')}`,
			expression: '[B15:B16]/1000',
			unit: 'V',
			class: 'battery',
			min: 0,
			max: 5,
			enabled: true,
			mux_expr: '',
			mux_val: 0,
		}));
		const json = JSON.stringify({ groups: [], pids: [{ cmd: '220101', parameters }], filters: [] });
		assert.ok(json.length > 80_000);
		const { meanings, odd } = read(json);
		assert.deepEqual(
			[meanings.length, meanings.at(-1), odd],
			[646, ['HV_C_V_645', 'V', 'battery'], undefined],
		);
	});

	it('may be nested far deeper than the call stack', () => {
		for (const table of ['pids', 'filters']) {
			assert.deepEqual(read(`{"${table}":${deepArray(500_000)}}`).meanings, []);
			assert.deepEqual(read(`{"${table}":[{"parameters":[{"name":"A","unit":${deepObject(500_000)}}]}]}`), {
				meanings: [['A', '', '']],
				odd: [`config.${table}.A.unit`],
			});
		}
	});
});

describe('names that firmware 6 cuts to 31 bytes in its values', () => {
	const unitOf = (list: readonly Meaning[], name: string) => meaningsByName(list).get(name)?.[1];

	it('find their unit', () => {
		const name = 'BatteryTemperatureSensorRearLeft';
		assert.equal(name.length, 32);
		assert.equal(unitOf([[name, '°C', 'temperature']], name), '°C');
		assert.equal(unitOf([[name, '°C', 'temperature']], name.slice(0, 31)), '°C');
		assert.equal(unitOf([[name, '°C', 'temperature']], name.slice(0, 30)), undefined);
	});

	it('find it when cut inside a character, as the body then reads', () => {
		for (const last of ['ü', '€', '😀']) {
			const name = `${'x'.repeat(30)}${last}`;
			const body = Buffer.concat([Buffer.from('{"'), Buffer.from(name).subarray(0, 31), Buffer.from('":1}')]);
			const [cut = ''] = Object.keys(JSON.parse(body.toString('utf8')));
			assert.equal(cut, `${'x'.repeat(30)}\ufffd`);
			assert.equal(unitOf([[name, 'V', '']], cut), 'V', last);
		}
		const inTheMiddle = `${'x'.repeat(29)}€`;
		assert.equal(unitOf([[inTheMiddle, 'V', '']], `${'x'.repeat(29)}\ufffd`), 'V');
		const emoji = `${'x'.repeat(28)}😀`;
		assert.equal(unitOf([[emoji, 'V', '']], `${'x'.repeat(28)}\ufffd`), 'V');
	});

	it('are not cut at 31 bytes or fewer', () => {
		const name = 'x'.repeat(31);
		assert.deepEqual([...meaningsByName([[name, 'V', '']]).keys()], [name]);
		assert.deepEqual([...meaningsByName([['€'.repeat(10), 'V', '']]).keys()], ['€'.repeat(10)]);
	});

	it('have no unit where two differ only behind the cut and in their unit', () => {
		const cut = 'x'.repeat(31);
		assert.equal(
			unitOf(
				[
					[`${cut}1`, 'V', ''],
					[`${cut}2`, 'V', ''],
				],
				cut,
			),
			'V',
		);
		assert.equal(
			unitOf(
				[
					[`${cut}1`, 'V', ''],
					[`${cut}2`, 'A', ''],
				],
				cut,
			),
			'',
		);
		assert.equal(
			unitOf(
				[
					[`${cut}1`, 'V', ''],
					[`${cut}2`, 'A', ''],
					[`${cut}3`, 'A', ''],
				],
				cut,
			),
			'',
		);
		assert.equal(
			unitOf(
				[
					[`${cut}1`, 'V', ''],
					[cut, 'A', ''],
				],
				cut,
			),
			'A',
		);
		assert.equal(
			unitOf(
				[
					[cut, 'A', ''],
					[`${cut}1`, 'V', ''],
				],
				cut,
			),
			'A',
		);
	});
});

describe('what is known of parameters', () => {
	const known: readonly Meaning[] = [
		['SOC', '%', 'battery'],
		['HV_V', 'V', 'voltage'],
	];

	it('is not changed by what is known', () => {
		assert.equal(updatedMeanings(known, [], 10), undefined);
		assert.equal(updatedMeanings(known, [['HV_V', 'V', 'voltage']], 10), undefined);
		assert.equal(
			updatedMeanings(
				known,
				[
					['HV_V', 'V', 'voltage'],
					['SOC', '%', 'battery'],
				],
				10,
			),
			undefined,
		);
		assert.equal(updatedMeanings([], [], 10), undefined);
	});

	it('is not changed by a table that names a parameter twice, when the last is known', () => {
		assert.equal(
			updatedMeanings(
				known,
				[
					['SOC', 'V', ''],
					['SOC', '%', 'battery'],
				],
				10,
			),
			undefined,
		);
	});

	it('is brought up to date; what is not mentioned stays', () => {
		assert.deepEqual(
			updatedMeanings(
				known,
				[
					['SOC', 'Ah', 'battery'],
					['SPEED', 'km/h', ''],
				],
				10,
			),
			[
				['SOC', 'Ah', 'battery'],
				['HV_V', 'V', 'voltage'],
				['SPEED', 'km/h', ''],
			],
		);
		assert.deepEqual(updatedMeanings(known, [['SOC', '', '']], 10), [
			['SOC', '', ''],
			['HV_V', 'V', 'voltage'],
		]);
	});

	it('does not grow without end', () => {
		const news: Meaning[] = [
			['A', '1', ''],
			['B', '2', ''],
		];
		assert.deepEqual(updatedMeanings(known, news, 3), news);
		assert.deepEqual(updatedMeanings(known, news, 1), [['A', '1', '']]);
	});

	it('learns a name that was known only as a cut one', () => {
		const cut = 'x'.repeat(31);
		assert.deepEqual(updatedMeanings([[`${cut}1`, 'V', '']], [[cut, 'V', '']], 10), [
			[`${cut}1`, 'V', ''],
			[cut, 'V', ''],
		]);
	});
});
