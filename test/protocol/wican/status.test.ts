import assert from 'node:assert/strict';
import { Oddities } from '../../../nodes/protocol/wican/json.js';
import { SAFE_STATUS_NAMES } from '../../../nodes/protocol/wican/schema.js';
import { readStatus, uptimeSeconds } from '../../../nodes/protocol/wican/status.js';
import { fullBody, OWNER, SECRET_VALUES, WicanDevice } from '../../devices/wican/index.js';
import { deepArray, deepObject } from './garage.js';

function read(json: string) {
	const odd = new Oddities();
	return { ...readStatus(JSON.parse(json), odd), odd: odd.names };
}

describe('status of firmware 4', () => {
	it('says who the device is', () => {
		const json = `{"mdns":"wican_60550fc2a6b1","fw_version":"4.51","hw_version":"WiCAN-OBD-PRO","git_version":"v4.51p",
			"protocol":"auto_pid","uptime":"00:00:41","obd_chip_status":"Ready","timestamp":1795200781,"time_synced":true,
			"batt_voltage":"14.1V","ble_status":"disable","device_id":"60550fc2a6b1","ecu_status":"online","sleep_volt":"13.1"}`;
		const { safe, all, ...rest } = read(json);
		assert.deepEqual(safe, {
			device_id: '60550fc2a6b1',
			fw_version: '4.51',
			git_version: 'v4.51p',
			hw_version: 'WiCAN-OBD-PRO',
			uptime: '00:00:41',
			ecu_status: 'online',
			batt_voltage: 14.1,
			obd_chip_status: 'Ready',
			timestamp: 1_795_200_781,
			time_synced: true,
			ble_status: 'disable',
			protocol: 'auto_pid',
		});
		assert.deepEqual(all, { ...JSON.parse(json), batt_voltage: 14.1 });
		assert.deepEqual(rest, {
			deviceId: '60550fc2a6b1',
			firmware: '4.51',
			ecu: 'online',
			uptime: 41,
			odd: [],
		});
	});

	it('gives nothing secret to what is safe, though 4.40 sends all of it', () => {
		const { status } = JSON.parse(fullBody(new WicanDevice({ firmware: '4.40' })).toString());
		assert.equal(Object.keys(status).length, 69);
		const { safe, all, odd } = read(JSON.stringify(status));
		assert.deepEqual([all.sta_pass, all.mqtt_user], [OWNER.sta_pass, OWNER.mqtt_user]);
		assert.deepEqual(
			SECRET_VALUES.filter((secret) => JSON.stringify([safe, odd]).includes(secret)),
			[],
		);
		assert.deepEqual(
			Object.keys(safe),
			[
				...[
					'device_id',
					'fw_version',
					'git_version',
					'hw_version',
					'ecu_status',
					'batt_voltage',
					'ble_status',
				],
				...['wifi_mode', 'protocol'].filter((name) => Object.hasOwn(status, name)),
			].sort(
				(one, other) => SAFE_STATUS_NAMES.indexOf(one as never) - SAFE_STATUS_NAMES.indexOf(other as never),
			),
		);
	});
});

describe('status of firmware 6', () => {
	it('says who the device is', () => {
		const json = `{"device_id":"60550fc2a6b1","fw_version":"6.0.1","hw_version":"WiCAN-PRO","device_type":"wican_pro",
			"uptime":"1d 02:03:04","network_connected":true,"mqtt_connected":false,"ecu_status":"offline","batt_voltage":12.63,"timestamp":1795200781}`;
		const { safe, ...rest } = read(json);
		assert.deepEqual(safe, JSON.parse(json));
		assert.deepEqual(rest, {
			all: JSON.parse(json),
			deviceId: '60550fc2a6b1',
			firmware: '6.0.1',
			ecu: 'offline',
			uptime: 93_784,
			odd: [],
		});
	});

	it('of the webhook has bits and more that are not safe', () => {
		const json =
			'{"device_id":"60550fc2a6b1","bits":{"wifi_sta":true},"temp_c":41.5,"wifi_mode":"Station","vpn_ip":"10.0.0.2","version":"6"}';
		const { safe, all } = read(json);
		assert.deepEqual(safe, { device_id: '60550fc2a6b1', wifi_mode: 'Station', temp_c: 41.5 });
		assert.deepEqual(all, JSON.parse(json));
	});
});

describe('what is safe of a status', () => {
	it('is what the flow contract lists', () => {
		assert.deepEqual(SAFE_STATUS_NAMES, [
			...['device_id', 'fw_version', 'git_version', 'hw_version', 'device_type', 'uptime', 'ecu_status'],
			...['batt_voltage', 'obd_chip_status', 'timestamp', 'time_synced', 'wifi_mode', 'ble_status'],
			...['network_connected', 'mqtt_connected', 'temp_c', 'protocol'],
		]);
	});

	it('may be nothing', () => {
		const nothing = {
			safe: {},
			all: {},
			deviceId: undefined,
			firmware: undefined,
			ecu: undefined,
			uptime: undefined,
		};
		assert.deepEqual(read('{}'), { ...nothing, odd: [] });
	});

	for (const name of SAFE_STATUS_NAMES) {
		it(`has no ${name} of a wrong type; it is named`, () => {
			for (const wrong of ['{"pass":"geheim"}', '["geheim"]', deepObject(50_000), deepArray(50_000)]) {
				const { safe, all, odd } = read(`{"${name}":${wrong},"protocol2":1}`);
				assert.deepEqual([safe, all, odd], [{}, { protocol2: 1 }, [`status.${name}`]]);
			}
		});

		it(`has no ${name} that is null, without a word`, () => {
			const { safe, odd } = read(`{"${name}":null}`);
			assert.deepEqual([safe, odd], [{}, []]);
		});
	}

	it('has no text where numbers are, nor numbers where texts are', () => {
		const { safe, odd, deviceId, firmware } = read(
			'{"device_id":605500000000,"fw_version":4.51,"hw_version":true,"ecu_status":1,"uptime":1e999,"temp_c":1e999}',
		);
		assert.deepEqual([safe, deviceId, firmware], [{}, undefined, undefined]);
		assert.deepEqual(odd.sort(), [
			...['status.device_id', 'status.ecu_status', 'status.fw_version', 'status.hw_version'],
			...['status.temp_c', 'status.uptime'],
		]);
	});

	it('has no members that are inherited', () => {
		const json =
			'{"__proto__":{"device_id":"60550fc2a6b1"},"constructor":1,"toString":"x","hasOwnProperty":null}';
		const { safe, all, deviceId } = read(json);
		assert.deepEqual([safe, deviceId], [{}, undefined]);
		assert.equal(JSON.stringify(all), json);
		assert.equal('device_id' in all, false);
	});
});

describe('the battery voltage of a status', () => {
	const voltages: readonly (readonly [string, number | undefined])[] = [
		['"14.1V"', 14.1],
		['"12.5V"', 12.5],
		['"12 v"', 12],
		['" 12.63V "', 12.63],
		['"12.5"', 12.5],
		['"-0.1V"', -0.1],
		['12.5', 12.5],
		['0', 0],
		['"N/A"', undefined],
		['""', undefined],
		['"V"', undefined],
		['"0x10V"', undefined],
		['"12,5V"', undefined],
		['"12.5 mV"', undefined],
		['true', undefined],
		['1e999', undefined],
		['{}', undefined],
	];
	for (const [sent, volts] of voltages) {
		it(`${sent} is ${volts ?? 'none, and named'}`, () => {
			const { safe, all, odd } = read(`{"batt_voltage":${sent}}`);
			assert.deepEqual(safe, volts === undefined ? {} : { batt_voltage: volts });
			assert.deepEqual(all, safe);
			assert.deepEqual(odd, volts === undefined ? ['status.batt_voltage'] : []);
		});
	}
});

describe('the id of a device', () => {
	it('is visible characters, 64 at most', () => {
		for (const id of ['60550fc2a6b1', 'x', 'é'.repeat(64), '😀'.repeat(64)]) {
			assert.equal(read(JSON.stringify({ device_id: id })).deviceId, id);
		}
	});

	it('is none otherwise, and named', () => {
		for (const id of ['a\nb', 'a\u0000', '\u001b[31m', 'a b', '\u2028', '\u0085', 'x'.repeat(65)]) {
			const { deviceId, odd } = read(JSON.stringify({ device_id: id }));
			assert.deepEqual([deviceId, odd], [undefined, ['status.device_id']]);
		}
	});

	it('is none, and not odd, when it is empty', () => {
		const { deviceId, firmware, odd } = read('{"device_id":"","fw_version":""}');
		assert.deepEqual([deviceId, firmware, odd], [undefined, undefined, []]);
	});
});

describe('the state of the car', () => {
	it('is online or offline, or not known', () => {
		for (const state of ['online', 'offline'] as const) {
			assert.equal(read(`{"ecu_status":"${state}"}`).ecu, state);
		}
		for (const state of ['', 'ONLINE', 'unknown', 'toString']) {
			assert.equal(read(`{"ecu_status":"${state}"}`).ecu, undefined);
			assert.equal(read(`{"ecu_status":"${state}"}`).safe.ecu_status, state);
		}
	});
});

describe('an uptime', () => {
	const uptimes: readonly (readonly [unknown, number | undefined])[] = [
		['00:00:41', 41],
		['01:02:03', 3723],
		['100:00:00', 360_000],
		['1d 02:03:04', 93_784],
		['12 days, 02:03:04', 1_044_184],
		['1 day 00:00:00', 86_400],
		[' 00:00:41 ', 41],
		['41', 41],
		['41.5', 41.5],
		[41, 41],
		[0, 0],
		['N/A', undefined],
		['', undefined],
		['00:60:00', undefined],
		['00:00:60', undefined],
		['1:2:3', undefined],
		['-00:00:41', undefined],
		['-5', undefined],
		[-5, undefined],
		[Number.NaN, undefined],
		[true, undefined],
		[null, undefined],
		[undefined, undefined],
	];
	for (const [sent, seconds] of uptimes) {
		it(`${JSON.stringify(sent)} is ${seconds ?? 'none'}`, () => assert.equal(uptimeSeconds(sent), seconds));
	}
});
