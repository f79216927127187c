import assert from 'node:assert/strict';
import { decodeTelemetry } from '../../../nodes/protocol/ups/index.js';
import { faultNames } from '../../../nodes/protocol/ups/telemetry-fields.js';

const decode = (json: string) => decodeTelemetry(JSON.parse(json));

const V2 = `{"ts":1795200781,"fw_ver":"esp32:0.8.17-1nce","uptime_s":137,"power":{"version":2,"flags":31,
"charge_state":2,"vbus_in_mv":19907,"pd_in_mv":20000,"pd_in_ma":3000,"vbus_out_mv":5096,"vout_set_mv":5100,
"vout_read_mv":5090,"iout_limit_ma":5000,"pd_out_mv":5100,"pd_out_ma":3000,"vbat_mv":7700,"ibat_ma":1200,
"vsys_mv":8210,"iin_ma":1450,"temp_lm_dc":376,"temp_mp_dc":412,"temp_dc":412,"faults":0,"uptime_s":259200},
"host":{"eth_state":37,"cpu_temp_dc":541,"mem_pct":47,"disk_pct":61,"load_x100":118,"uptime_s":172800},
"net":{"state":4,"rssi_dbm":-71,"rsrp_dbm":-98,"rsrq_db":-11,"sinr_db":7,"bytes_tx":40960,"bytes_rx":20480},
"acks":["a1","a2"],"rejected":[{"id":"b","reason":"bad_args"}],"resp_dropped":{"bytes":2100,"max":2047}}`;

const V1 =
	'{"charge_state":3,"vbus_in_mv":120,"vbus_out_mv":5096,"ibus_out_ma":-1471,"vbat_mv":8160,"ibat_ma":-300,"temp_dc":-56,"faults":264}';
const withPower = (power: string, firmware = '"esp32:0.8.9"') =>
	decode(`{"fw_ver":${firmware},"power":${power}}`);

describe('telemetry, version 2', () => {
	it('becomes plain names and SI units', () => {
		assert.deepEqual(decode(V2), {
			payload: {
				time: 1_795_200_781_000,
				firmware: 'esp32:0.8.17-1nce',
				uptime: 137,
				power: {
					version: 2,
					chargeState: 'fast-charge',
					mainsPresent: true,
					inputEnabled: true,
					outputEnabled: true,
					batteryPresent: true,
					usbPdAttached: true,
					inputVoltage: 19.907,
					pdInputVoltage: 20,
					pdInputCurrent: 3,
					outputVoltage: 5.096,
					outputSetVoltage: 5.1,
					outputReadVoltage: 5.09,
					outputCurrentLimit: 5,
					pdOutputVoltage: 5.1,
					pdOutputCurrent: 3,
					batteryVoltage: 7.7,
					batteryCurrent: 1.2,
					systemVoltage: 8.21,
					chargerInputCurrent: 1.45,
					boardTemperature: 37.6,
					chargerTemperature: 41.2,
					temperature: 41.2,
					batteryLevel: 81.5,
					faults: [],
					uptime: 259_200,
				},
				host: {
					services: { execution: 'running', consensus: 'running', validator: 'stopped' },
					cpuTemperature: 54.1,
					memoryUsed: 47,
					diskUsed: 61,
					load: 1.18,
					uptime: 172_800,
				},
				network: {
					state: 'uplink-up',
					rssi: -71,
					rsrp: -98,
					rsrq: -11,
					sinr: 7,
					bytesSent: 40_960,
					bytesReceived: 20_480,
				},
			},
			uptime: 137,
			power: {
				...{
					version: 2,
					inputEnabled: true,
					inputVoltage: 19_907,
					outputEnabled: true,
					batteryPresent: true,
				},
				...{ batteryVoltage: 7700, batteryLevel: 81.5, faults: 0, uptime: 259_200 },
			},
			host: { uptime: 172_800 },
			acks: ['a1', 'a2'],
			rejected: [{ id: 'b', reason: 'bad_args' }],
			responseDropped: { bytes: 2100, max: 2047 },
			odd: [],
		});
	});

	it('decodes each flag', () => {
		const flags = (bits: number) => {
			const { inputEnabled, outputEnabled, batteryPresent, usbPdAttached } = Object(
				withPower(`{"version":2,"flags":${bits}}`).payload.power,
			);
			return [inputEnabled, outputEnabled, batteryPresent, usbPdAttached];
		};
		assert.deepEqual(flags(1), [true, false, false, false]);
		assert.deepEqual(flags(2), [false, true, false, false]);
		assert.deepEqual(flags(4), [false, false, true, false]);
		assert.deepEqual(flags(8), [false, false, false, false]);
		assert.deepEqual(flags(16), [false, false, false, true]);
	});

	it('has mains while the input path is on, whatever the voltage', () => {
		const mainsPresent = (power: string) => Object(withPower(power).payload.power).mainsPresent;
		assert.equal(mainsPresent('{"version":2,"flags":22,"vbus_in_mv":5150}'), false);
		assert.equal(mainsPresent('{"version":2,"flags":23,"vbus_in_mv":9000}'), true);
		assert.equal(mainsPresent('{"version":2,"vbus_in_mv":20000}'), undefined);
	});

	it('has no level without a battery', () => {
		const { payload, power } = withPower('{"version":2,"flags":3,"vbat_mv":7700}');
		assert.deepEqual(
			[Object(payload.power).batteryVoltage, Object(payload.power).batteryLevel, power?.batteryLevel],
			[7.7, undefined, undefined],
		);
	});

	it('leaves out what the UPS left out, and keeps null', () => {
		const { payload, power } = withPower('{"version":2,"temp_mp_dc":null,"flags":null}');
		assert.deepEqual(payload, {
			firmware: 'esp32:0.8.9',
			power: {
				version: 2,
				mainsPresent: null,
				inputEnabled: null,
				outputEnabled: null,
				batteryPresent: null,
				usbPdAttached: null,
				chargerTemperature: null,
			},
		});
		assert.deepEqual(
			[power?.inputEnabled, power?.outputEnabled, power?.faults],
			[undefined, undefined, undefined],
		);
	});

	it('keeps its faults also without an input voltage', () => {
		assert.equal(withPower('{"version":2,"faults":256}').power?.faults, 256);
	});

	it('keeps codes that it does not know as numbers', () => {
		const { payload } = decode('{"power":{"version":2,"charge_state":4},"net":{"state":9}}');
		assert.deepEqual(payload, { power: { version: 2, chargeState: 4 }, network: { state: 9 } });
	});

	it('knows the words of all codes', () => {
		const states = [0, 1, 2, 3].map((code) =>
			Object(withPower(`{"version":2,"charge_state":${code}}`).payload.power),
		);
		assert.deepEqual(
			states.map(({ chargeState }) => chargeState),
			['not-charging', 'pre-charge', 'fast-charge', 'charge-done'],
		);
		const links = [0, 1, 2, 3, 4, 5].map((code) =>
			Object(decode(`{"net":{"state":${code}}}`).payload.network),
		);
		assert.deepEqual(
			links.map(({ state }) => state),
			['off', 'init', 'attach', 'ppp-up', 'uplink-up', 'error'],
		);
	});
});

describe('telemetry, version 1', () => {
	const decoded = {
		version: 1,
		chargeState: 'charge-done',
		inputVoltage: 0.12,
		outputVoltage: 5.096,
		outputCurrent: -1.471,
		batteryVoltage: 8.16,
		batteryCurrent: -0.3,
		temperature: -5.6,
		batteryLevel: 100,
		faults: ['battery-overvoltage', 'output-short'],
	};

	for (const firmware of ['esp32:0.8.9', 'esp32:0.8.10-sensor', '0.9.0', 'esp32:1.0.0', 'v0.8.17-1nce+5']) {
		it(`is decoded from ${firmware}`, () => {
			const telemetry = withPower(V1, JSON.stringify(firmware));
			assert.deepEqual(telemetry.payload.power, decoded);
			const { version, inputVoltage, outputEnabled, faults } = telemetry.power ?? {};
			assert.deepEqual([version, inputVoltage, outputEnabled, faults], [1, 120, undefined, 264]);
		});
	}

	for (const firmware of ['"esp32:0.8.8"', '"0.7.99"', '"esp32"', '"0.8"', 'null', '17', '""']) {
		it(`is not trusted from firmware ${firmware}`, () => {
			const { payload, power } = withPower(V1, firmware);
			assert.deepEqual(payload.power, { version: 1, distrusted: true });
			assert.equal(power, undefined);
		});
	}

	it('is not trusted without a firmware version', () => {
		assert.deepEqual(decode(`{"power":${V1}}`).payload, { power: { version: 1, distrusted: true } });
	});
});

describe('telemetry, other versions', () => {
	const other: readonly (readonly [string, object, string[]])[] = [
		['3', { version: 3, undecoded: true }, []],
		['0', { version: 0, undecoded: true }, []],
		['null', { version: null, undecoded: true }, []],
		['"2"', { undecoded: true }, ['power.version']],
		['2.5', { undecoded: true }, ['power.version']],
		['{}', { undecoded: true }, ['power.version']],
	];
	for (const [version, power, odd] of other) {
		it(`version ${version} is not decoded`, () => {
			const telemetry = withPower(`{"version":${version},"vbus_in_mv":20000,"faults":1}`);
			assert.deepEqual([telemetry.payload.power, telemetry.odd], [power, odd]);
			assert.equal(telemetry.power, undefined);
		});
	}
});

describe('telemetry, levels of the modem', () => {
	it('0 means unknown, except for SINR', () => {
		assert.deepEqual(decode('{"net":{"rssi_dbm":0,"rsrp_dbm":0,"rsrq_db":-0,"sinr_db":0}}').payload, {
			network: { rssi: null, rsrp: null, rsrq: null, sinr: 0 },
		});
	});
});

describe('telemetry, services of the host', () => {
	const services = (packed: number) =>
		Object(decode(`{"host":{"eth_state":${packed}}}`).payload.host).services;
	it('are packed two bits each', () => {
		assert.deepEqual(services(21), { execution: 'running', consensus: 'running', validator: 'running' });
		assert.deepEqual(services(2), { execution: 'stopped', consensus: 'unknown', validator: 'unknown' });
		assert.deepEqual(services(0b11_10_00), {
			execution: 'unknown',
			consensus: 'stopped',
			validator: 'failed',
		});
		assert.deepEqual(services(0xffff_ffc0), {
			execution: 'unknown',
			consensus: 'unknown',
			validator: 'unknown',
		});
	});
});

describe('faults', () => {
	const NAMES: readonly (readonly [number, string[]])[] = [
		[0, []],
		[1, ['battery-ntc']],
		[2, ['battery-ntc']],
		[4, ['battery-ntc']],
		[7, ['battery-ntc']],
		[8, ['battery-overvoltage']],
		[16, ['charge-fault']],
		[32, ['charge-fault']],
		[48, ['charge-fault']],
		[64, ['otg-fault']],
		[128, ['charger-watchdog']],
		[256, ['output-short']],
		[512, ['output-overcurrent']],
		[1024, ['output-overvoltage']],
		[2048, ['bit-11']],
		[2 ** 31, ['bit-31']],
		[
			2047,
			[
				'battery-ntc',
				'battery-overvoltage',
				'charge-fault',
				'otg-fault',
				'charger-watchdog',
				'output-short',
				'output-overcurrent',
				'output-overvoltage',
			],
		],
	];
	for (const [bits, names] of NAMES) {
		it(`${bits} are ${names.join(', ') || 'none'}`, () => assert.deepEqual(faultNames(bits), names));
	}
	it('have all a name', () => assert.equal(faultNames(0xffff_ffff).length, 8 + 21));
});

describe('telemetry, odd members', () => {
	const cases: readonly (readonly [string, object, string[]])[] = [
		['{}', {}, []],
		['{"ts":"1795200781","fw_ver":8,"uptime_s":true}', {}, ['ts', 'fw_ver', 'uptime_s']],
		['{"ts":null,"fw_ver":null,"uptime_s":null}', { time: null, firmware: null, uptime: null }, []],
		['{"ts":1e308}', {}, ['ts']],
		['{"ts":-1,"uptime_s":1e999}', {}, ['ts', 'uptime_s']],
		['{"power":null,"host":5,"net":[]}', {}, ['power', 'host', 'net']],
		['{"power":"v2"}', {}, ['power']],
		[
			'{"power":{"version":2,"vbus_in_mv":"20000","vbat_mv":[7700],"faults":1.5,"flags":-1}}',
			{ power: { version: 2 } },
			['power.flags', 'power.faults', 'power.vbus_in_mv', 'power.vbat_mv'],
		],
		['{"host":{"eth_state":"21","mem_pct":47}}', { host: { memoryUsed: 47 } }, ['host.eth_state']],
		['{"net":{"state":4294967296,"rssi_dbm":{}}}', { network: {} }, ['net.state', 'net.rssi_dbm']],
		['{"tomorrow":1,"power":{"version":2,"new_mv":5}}', { power: { version: 2 } }, []],
		['{"__proto__":{"ts":5},"constructor":1,"toString":2}', {}, []],
		['{"power":{"version":2,"__proto__":{"vbus_in_mv":9000}}}', { power: { version: 2 } }, []],
	];
	for (const [json, payload, odd] of cases) {
		it(json, () => {
			const telemetry = decode(json);
			assert.deepEqual(telemetry.payload, payload);
			assert.deepEqual([...telemetry.odd].sort(), [...odd].sort());
			assert.equal(Object.getPrototypeOf(telemetry.payload), Object.prototype);
		});
	}
});

describe('telemetry, feedback', () => {
	const cases: readonly (readonly [string, string[], object[], string[]])[] = [
		['{}', [], [], []],
		['{"acks":["a","a","a"]}', ['a', 'a', 'a'], [], []],
		['{"acks":"a"}', [], [], ['acks']],
		['{"acks":null}', [], [], ['acks']],
		['{"acks":{"0":"a"}}', [], [], ['acks']],
		['{"acks":[1,"a",null,["b"],{"id":"c"}]}', ['a'], [], ['acks']],
		['{"acks":["__proto__","constructor",""]}', ['__proto__', 'constructor', ''], [], []],
		['{"rejected":[{"id":"a","reason":"bad_id"}]}', [], [{ id: 'a', reason: 'bad_id' }], []],
		['{"rejected":[null,1,"a",{"id":"a"},{"id":1,"reason":"b"},[]]}', [], [], ['rejected']],
		['{"rejected":[{"id":"a","reason":"b","more":1},null]}', [], [{ id: 'a', reason: 'b' }], ['rejected']],
		['{"rejected":{}}', [], [], ['rejected']],
	];
	for (const [json, acks, rejected, odd] of cases) {
		it(json, () => {
			const telemetry = decode(json);
			assert.deepEqual([telemetry.acks, telemetry.rejected, telemetry.odd], [acks, rejected, odd]);
		});
	}

	it('takes 5000 acks', () => {
		const acks = Array.from({ length: 5000 }, (_, index) => `id-${index}`);
		assert.deepEqual(decodeTelemetry({ acks }).acks, acks);
	});

	it('has a dropped answer only with both numbers', () => {
		assert.deepEqual(decode('{"resp_dropped":{"bytes":2048,"max":2047}}').responseDropped, {
			bytes: 2048,
			max: 2047,
		});
		for (const odd of ['{"bytes":2048}', '{"bytes":null,"max":2047}', '7', '{"bytes":"1","max":2}']) {
			assert.equal(decode(`{"resp_dropped":${odd}}`).responseDropped, undefined);
		}
	});
});
