import assert from 'node:assert/strict';
import { readReport } from '../../../nodes/protocol/wican/report.js';
import { deepArray, deepObject, reportOf } from './garage.js';

const NOTHING = {
	payload: {},
	config: undefined,
	status: undefined,
	position: undefined,
	sampledAt: undefined,
	duplicates: [],
	odd: [],
};

const refusal = (text: string, form = false) => readReport({ text, value: JSON.parse(text), form });

describe('bodies of firmware 4', () => {
	it('are whole at first', () => {
		const json = `{"config":{"0C-EngineRPM":{"class":"speed","unit":"rpm"},"SOC":{"class":"battery","unit":"%"},
			"CHARGING":{"class":"none","unit":"none"}},
			"status":{"device_id":"60550fc2a6b1","fw_version":"4.51","batt_voltage":"14.1V","uptime":"00:00:41","ecu_status":"online"},
			"autopid_data":{"0C-EngineRPM":4147,"CHARGING":"off","timestamp":1795200781}}`;
		const report = reportOf(json);
		const { status } = report;
		assert.deepEqual(report, {
			...NOTHING,
			payload: { '0C-EngineRPM': 4147, CHARGING: 'off' },
			config: [
				['0C-EngineRPM', 'rpm', 'speed'],
				['SOC', '%', 'battery'],
				['CHARGING', '', ''],
			],
			status,
			sampledAt: 1_795_200_781_000,
		});
		assert.deepEqual([status?.deviceId, status?.firmware, status?.uptime], ['60550fc2a6b1', '4.51', 41]);
	});

	it('are read by name, not by order', () => {
		const parts = [
			'"config":{"SOC":{"unit":"%"}}',
			'"status":{"device_id":"a"}',
			'"autopid_data":{"SOC":62}',
		];
		const [first, ...others] = [
			[0, 1, 2],
			[2, 1, 0],
			[1, 2, 0],
		].map((order) => reportOf(`{${order.map((index) => parts[index]).join(',')}}`));
		for (const other of others) assert.deepEqual(other, first);
	});

	it('have only values later', () => {
		assert.deepEqual(reportOf('{"autopid_data":{"SOC":62.35,"PLUG":0,"timestamp":1795200781}}'), {
			...NOTHING,
			payload: { SOC: 62.35, PLUG: 0 },
			sampledAt: 1_795_200_781_000,
		});
		assert.deepEqual(reportOf('{"autopid_data":{"SOC":62.35}}'), { ...NOTHING, payload: { SOC: 62.35 } });
	});

	it('may have no values', () => {
		assert.deepEqual(reportOf('{"autopid_data":{}}'), NOTHING);
		assert.deepEqual(reportOf('{"autopid_data":{"timestamp":41}}'), NOTHING);
		assert.deepEqual(reportOf('{"autopid_data":null}'), NOTHING);
		assert.deepEqual(reportOf('{"autopid_data":{},"config":null,"status":null}'), NOTHING);
	});

	it('may name a parameter twice: the last counts, in values and in config', () => {
		const json = `{"config":{"HV_C_D_MIN":{"unit":"V"},"HV_C_V_168":{"unit":"V"},"HV_C_D_MIN":{"unit":"mV"}},
			"autopid_data":{"HV_C_D_MIN":3.1,"HV_C_D_MAX":3.2,"HV_C_D_MIN":3.3,"HV_C_D_MAX":3.4,"HV_C_D_MAX":3.5}}`;
		const { payload, config, duplicates } = reportOf(json);
		assert.deepEqual(payload, { HV_C_D_MIN: 3.3, HV_C_D_MAX: 3.5 });
		assert.deepEqual(config, [
			['HV_C_D_MIN', 'mV', ''],
			['HV_C_V_168', 'V', ''],
		]);
		assert.deepEqual(duplicates, ['HV_C_D_MIN', 'HV_C_D_MAX']);
	});

	it('may have a parameter called timestamp', () => {
		assert.deepEqual(reportOf('{"autopid_data":{"timestamp":7,"SOC":1,"timestamp":1795200781}}'), {
			...NOTHING,
			payload: { SOC: 1 },
			sampledAt: 1_795_200_781_000,
			duplicates: ['timestamp'],
		});
	});

	it('may name a member of status twice, which means nothing', () => {
		const json =
			'{"status":{"home_ssid":"a","device_id":"x","home_ssid":"b"},"autopid_data":{"SOC":1,"SOC":2}}';
		assert.deepEqual(reportOf(json).duplicates, ['SOC']);
	});
});

describe('bodies of firmware 6', () => {
	it('have tables at first', () => {
		const json = `{"config":{"groups":[{"name":"fast"}],"pids":[{"cmd":"2101","parameters":[{"name":"SOC","unit":"%","class":"battery","min":0}]}],
			"filters":[{"frame_id":5,"parameters":[{"name":"Gear","unit":"none","class":"none"}]}]},
			"status":{"device_id":"60550fc2a6b1","fw_version":"6.0.1","ecu_status":"online","batt_voltage":14.12},
			"autopid_data":{"SOC":62.3529422028,"gps_latitude":52.5,"gps_longitude":13.4,"gps_speed":90,"timestamp":1795200781}}`;
		const { status, ...report } = reportOf(json);
		assert.deepEqual(report, {
			payload: { SOC: 62.3529422028, gps_latitude: 52.5, gps_longitude: 13.4, gps_speed: 90 },
			config: [
				['SOC', '%', 'battery'],
				['Gear', '', ''],
			],
			position: { latitude: 52.5, longitude: 13.4, speed: 25 },
			sampledAt: 1_795_200_781_000,
			duplicates: [],
			odd: [],
		});
		assert.deepEqual(status?.safe.batt_voltage, 14.12);
	});

	it('may have no tables', () => {
		const { config, status } = reportOf(
			'{"config":{},"status":{"device_id":"a"},"autopid_data":{"timestamp":9}}',
		);
		assert.deepEqual([config, status?.deviceId], [[], 'a']);
	});
});

describe('bodies of the Home Assistant webhook', () => {
	it('may be only what has changed', () => {
		assert.deepEqual(reportOf('{"autopid_data":{"SOC":62}}').payload, { SOC: 62 });
		const { payload, status } = reportOf('{"status":{"batt_voltage":"12.5V"}}');
		assert.deepEqual([payload, status?.safe], [{}, { batt_voltage: 12.5 }]);
		assert.deepEqual(reportOf('{}'), NOTHING);
	});

	it('have a schema and a block for the position in firmware 6', () => {
		const json = `{"schema":1,"status":{"device_id":"a","bits":{"wifi_sta":true},"temp_c":41.5},"autopid_data":{"SOC":"62.5"},
			"gps":{"latitude":52.5,"longitude":13.4,"accuracy":4,"speed":12.5}}`;
		const { payload, position, odd, status } = reportOf(json);
		assert.deepEqual([payload, odd], [{ SOC: 62.5 }, []]);
		assert.deepEqual(position, { latitude: 52.5, longitude: 13.4, accuracy: 4, speed: 12.5 });
		assert.deepEqual(status?.safe, { device_id: 'a', temp_c: 41.5 });
	});

	it('have the position of the block before that of the values', () => {
		const values = '"autopid_data":{"gps_latitude":1,"gps_longitude":2}';
		assert.deepEqual(reportOf(`{"gps":{"latitude":3,"longitude":4},${values}}`).position, {
			latitude: 3,
			longitude: 4,
		});
		assert.deepEqual(reportOf(`{"gps":{"latitude":3},${values}}`).position, { latitude: 1, longitude: 2 });
	});
});

describe('bodies in groups', () => {
	it('become flat, with the names that stand in two', () => {
		const json = `{"config":{"fast":{"SOC":{"unit":"%"}},"slow":{"T":{"unit":"°C"}}},
			"autopid_data":{"fast":{"SOC":62,"X":1},"slow":{"T":20,"X":2},"timestamp":1795200781}}`;
		const { payload, config, duplicates, sampledAt } = reportOf(json);
		assert.deepEqual(payload, { SOC: 62, X: 2, T: 20 });
		assert.deepEqual(config, [
			['SOC', '%', ''],
			['T', '°C', ''],
		]);
		assert.deepEqual([duplicates, sampledAt], [['X'], 1_795_200_781_000]);
	});

	it('may be a list', () => {
		const { payload, duplicates, odd } = reportOf('{"autopid_data":[{"SOC":62,"X":1},{"T":20,"X":1},null]}');
		assert.deepEqual([payload, duplicates, odd], [{ SOC: 62, X: 1, T: 20 }, ['X'], ['autopid_data.groups']]);
	});
});

describe('groups with labels', () => {
	it('become flat, and their labels are no values', () => {
		const json = `{"autopid_data":[{"group":"Engine","pids":{"RPM":2150,"T":90}},{"group":"Chassis","pids":{"SPEED":65,"T":20}}]}`;
		const { payload, duplicates, odd } = reportOf(json);
		assert.deepEqual(payload, { RPM: 2150, T: 20, SPEED: 65 });
		assert.deepEqual([duplicates, odd], [['T'], []]);
	});

	it('may be one, have other values beside them, and a time', () => {
		const json = '{"autopid_data":{"group":"Engine","pids":{"RPM":2150},"SPEED":65,"timestamp":1795200781}}';
		const { payload, sampledAt } = reportOf(json);
		assert.deepEqual([payload, sampledAt], [{ RPM: 2150, SPEED: 65 }, 1_795_200_781_000]);
	});

	it('may list their values as objects with names', () => {
		const pids = [
			{ name: 'RPM', value: 2150, unit: 'rpm' },
			{ name: 'SPEED', value: '65' },
		];
		const { payload, meanings } = reportOf({ autopid_data: [{ group: 'Engine', pids }] });
		assert.deepEqual([payload, meanings], [{ RPM: 2150, SPEED: 65 }, [['RPM', 'rpm', '']]]);
	});

	it('are told from a value that is called group', () => {
		assert.deepEqual(reportOf('{"autopid_data":{"group":"A","RPM":1}}').payload, { group: 'A', RPM: 1 });
		assert.deepEqual(reportOf('{"autopid_data":{"x":{"group":3,"pids":4}}}').payload, { group: 3, pids: 4 });
	});

	it('may have their values beside the label in a list of groups, or none at all', () => {
		const flat = '{"autopid_data":[{"group":"Engine","RPM":2150},{"group":"Chassis","SPEED":65}]}';
		assert.deepEqual(reportOf(flat).payload, { RPM: 2150, SPEED: 65 });
		for (const pids of ['[]', '{}', '[null]']) {
			const json = `{"autopid_data":[{"group":"Engine","pids":${pids}},{"group":"Chassis","pids":{"SPEED":65}}]}`;
			assert.deepEqual(reportOf(json).payload, { SPEED: 65 });
		}
	});
});

describe('values that are objects', () => {
	it('have their units and classes beside them', () => {
		const { payload, meanings, config, odd } = reportOf({
			autopid_data: {
				RPM: { value: 2150, unit: 'rpm', _meta: { age: 3, stale: false } },
				SPEED: { value: '65', unit: 'km/h', class: 'speed' },
				DTC: { value: 'P0420', unit: 'none' },
				T: { value: null, unit: '°C' },
			},
		});
		assert.deepEqual(payload, { RPM: 2150, SPEED: 65, DTC: 'P0420' });
		assert.deepEqual(meanings, [
			['RPM', 'rpm', ''],
			['SPEED', 'km/h', 'speed'],
			['T', '°C', ''],
		]);
		assert.deepEqual([config, odd], [undefined, []]);
	});

	it('may have more beside them than is known', () => {
		const RPM = { value: 2150, unit: 'rpm', pid: '010C', period: 1000 };
		const { payload, meanings, duplicates } = reportOf({
			autopid_data: { RPM, SPEED: { ...RPM, value: 65, unit: 'km/h' } },
		});
		assert.deepEqual([payload, duplicates], [{ RPM: 2150, SPEED: 65 }, []]);
		assert.deepEqual(
			meanings?.map(([name, unit]) => [name, unit]),
			[
				['RPM', 'rpm'],
				['SPEED', 'km/h'],
			],
		);
	});

	it('are told from a group with a value that is called value', () => {
		assert.deepEqual(reportOf('{"autopid_data":{"Engine":{"value":1,"RPM":2}}}').payload, {
			value: 1,
			RPM: 2,
		});
	});

	it('do not include what is said of their age, wherever it stands', () => {
		for (const data of [
			'{"RPM":1,"_meta":2}',
			'{"RPM":1,"_meta":{"age":3}}',
			'{"a":{"RPM":1,"_meta":{"age":3}}}',
		]) {
			const { payload, odd } = reportOf(`{"autopid_data":${data},"_meta":{"age":1}}`);
			assert.deepEqual([payload, odd], [{ RPM: 1 }, []]);
		}
	});
});

describe('a form for A Better Routeplanner as JSON', () => {
	const TLM = { utc: 1_795_200_781, soc: '62.5', lat: 52.5, lon: 13.4 };
	const form = reportOf(TLM, true);

	it('is the same as the form, and the login goes no further', () => {
		for (const body of [
			{ token: 'secret', tlm: TLM },
			{ tlm: TLM },
			{ api_key: 'secret', token: 'secret', car: 3, tlm: TLM },
			{ token: 'secret', tlm: JSON.stringify(TLM) },
		]) {
			assert.deepEqual(reportOf(body), form);
		}
		assert.deepEqual(form.payload, { soc: 62.5, lat: 52.5, lon: 13.4 });
	});

	it('is refused where its telemetry is no object', () => {
		const read = (value: unknown) => readReport({ text: JSON.stringify(value), value, form: false });
		assert.equal(read({ token: 'secret', tlm: '{' }), 'bad-json');
		assert.equal(read({ token: 'secret', tlm: '5' }), 'bad-body');
	});

	it('is told from a template with a member called tlm', () => {
		for (const body of [
			{ tlm: 'x' },
			{ tlm: { a: 1 }, car: 'van' },
			{ token: 'of a parking lot', soc: 62 },
		]) {
			assert.deepEqual(reportOf(body).payload, body);
		}
	});

	it('hands its login to nobody, wherever it stands and however it is spelled', () => {
		const login = { token: 'secret', API_KEY: 'secret', Authorization: 'APIKEY secret' };
		const cases: readonly (readonly [body: object, payload: object])[] = [
			[{ ...login, tlm: { soc: 62 } }, { soc: 62 }],
			[
				{ ...login, tlm: { ...login, soc: 62, car: { ...login, model: 'van' } } },
				{ soc: 62, model: 'van' },
			],
			[{ Token: 'secret', tlm: JSON.stringify({ ...login, soc: 62 }) }, { soc: 62 }],
			[{ ...login, tlm: [{ ...login, soc: 62 }] }, { tlm: [{ soc: 62 }] }],
			[{ ...login, tlm: 5 }, { tlm: 5 }],
			[
				{ car: 'van', abrp: { ...login, tlm: { soc: 62 } } },
				{ car: 'van', abrp: { tlm: { soc: 62 } } },
			],
			[{ cars: [{ ...login, tlm: null }] }, { cars: [{ tlm: null }] }],
		];
		for (const [body, payload] of cases) {
			const report = reportOf(body);
			assert.deepEqual([report.payload, report.isForRoutePlanner], [payload, true]);
		}
		assert.deepEqual(reportOf({ ...login, soc: 62 }, true).payload, { soc: 62 });
	});
});

describe('a form for A Better Routeplanner', () => {
	it('has the names of its sender, and utc for the time', () => {
		const json =
			'{"utc":1795200781,"soc":"62.5","power":-3.2,"speed":72,"is_charging":0,"car_model":"kia:niro:19:64:other","lat":52.5,"lon":13.4,"soc":63,"soh":null}';
		assert.deepEqual(reportOf(json, true), {
			...NOTHING,
			payload: {
				soc: 63,
				power: -3.2,
				speed: 72,
				is_charging: 0,
				car_model: 'kia:niro:19:64:other',
				lat: 52.5,
				lon: 13.4,
			},
			position: { latitude: 52.5, longitude: 13.4, speed: 20 },
			sampledAt: 1_795_200_781_000,
			isForRoutePlanner: true,
			duplicates: ['soc'],
		});
	});

	it('has no config or status, whatever it is called', () => {
		const { config, status, payload } = reportOf('{"status":"driving","config":{"x":1}}', true);
		assert.deepEqual([config, status, payload], [undefined, undefined, { status: 'driving', x: 1 }]);
	});
});

describe("a user's own template", () => {
	it('is kept as it is', () => {
		const json =
			'{"rpm":3120.5,"text":"12.5","nothing":null,"list":[1,{"a":"2"}],"car":{"soc":"62"},"timestamp":7}';
		assert.deepEqual(reportOf(json), { ...NOTHING, payload: JSON.parse(json) });
	});

	it('may have texts called status and config, and names twice', () => {
		const json =
			'{"status":"driving","config":"x","gps":{"latitude":1,"longitude":2},"rpm":1,"car":{"a":1,"a":2},"rpm":2}';
		assert.deepEqual(reportOf(json), { ...NOTHING, payload: JSON.parse(json), duplicates: ['rpm', 'a'] });
	});

	it('may have objects called status and config beside other names', () => {
		const json = '{"rpm":3120.5,"status":{"door":"open","uptime":null},"config":{"a":1}}';
		assert.deepEqual(reportOf(json), { ...NOTHING, payload: JSON.parse(json) });
	});

	it('is not what a device tells of itself, whatever stands beside it', () => {
		const { payload, status, odd } = reportOf('{"status":{"sta_pass":"secret"},"rpm":1}');
		assert.deepEqual([payload, status?.safe, odd], [{}, {}, ['rpm']]);
	});

	it('is not what a webhook sends of a position alone', () => {
		const { payload, position } = reportOf('{"schema":1,"gps":{"latitude":48.1,"longitude":11.5,"speed":2}}');
		assert.deepEqual([payload, position], [{}, { latitude: 48.1, longitude: 11.5, speed: 2 }]);
	});

	it('may have names of anything in JavaScript', () => {
		const json = '{"__proto__":{"autopid_data":{}},"constructor":1,"toString":"x","hasOwnProperty":null}';
		const { payload } = reportOf(json);
		assert.equal(JSON.stringify(payload), json);
	});

	it('is at most 32 levels deep', () => {
		assert.deepEqual(reportOf(deepObject(32)).payload, JSON.parse(deepObject(32)));
		assert.equal(refusal(deepObject(33)), 'bad-body');
		assert.equal(refusal(deepObject(500_000)), 'bad-body');
		assert.equal(refusal(`{"list":${deepArray(500_000)}}`), 'bad-body');
		assert.equal(refusal(deepObject(33), true), 'bad-body');
	});
});

describe('what is no body', () => {
	it('is anything but an object', () => {
		for (const text of ['null', '7', '"x"', 'true', '[]', '[{"autopid_data":{}}]', deepArray(500_000)]) {
			assert.equal(refusal(text), 'bad-body');
			assert.equal(refusal(text, true), 'bad-body');
		}
	});
});

describe('parts of a body that are not as they should be', () => {
	it('are left out and named, and the rest still counts', () => {
		const json =
			'{"autopid_data":{"SOC":62},"config":"x","status":[1],"gps":5,"more":{"pass":"geheim"},"__proto__":1}';
		assert.deepEqual(reportOf(json), {
			...NOTHING,
			payload: { SOC: 62 },
			odd: ['more', '__proto__', 'config', 'status', 'gps'],
		});
		for (const data of ['5', '"x"', 'true', '[]', '[1]']) {
			assert.deepEqual(reportOf(`{"autopid_data":${data}}`), { ...NOTHING, odd: ['autopid_data'] });
		}
	});

	it('are left out and named when they are nested far deeper than the call stack', () => {
		for (const deep of [deepObject(500_000), deepArray(500_000)]) {
			const json = `{"autopid_data":{"SOC":62,"a":${deep}},"status":{"device_id":"x","bits":${deep},"uptime":${deep}},
				"config":{"A":{"unit":${deep},"class":"x"}},"more":${deep}}`;
			const { payload, status, config, odd } = reportOf(json);
			assert.deepEqual(payload, { SOC: 62 });
			assert.deepEqual(status?.all, { device_id: 'x' });
			assert.deepEqual(config, [['A', '', 'x']]);
			assert.deepEqual([...odd].sort(), [
				...['autopid_data.a', 'config.A.unit', 'more', 'status.bits', 'status.uptime'],
			]);
		}
	});
});
