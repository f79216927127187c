import assert from 'node:assert/strict';
import {
	type FirmwareName,
	fullBody,
	OWNER,
	type Parameter,
	periodicBody,
	SECRET_VALUES,
	WicanDevice,
	type WicanOptions,
} from './index.js';
import { encodeJson, Members } from './json.js';

const BOOT = 1_795_200_769_000;

/** A device at its first POST, 8 s after its boot. */
function makeDevice(options: WicanOptions = {}): WicanDevice {
	const device = new WicanDevice({ startAt: BOOT, ...options });
	device.advanceToPost();
	return device;
}

const parse = (body: Buffer) => JSON.parse(body.toString());
const full = (firmware: FirmwareName, options: WicanOptions = {}) =>
	parse(fullBody(makeDevice({ firmware, ...options })));

/** How often a name stands in a part of a body. */
const count = (text: string, name: string) => text.split(`"${name}":`).length - 1;

describe('body of a stand-in WiCAN', () => {
	describe('JSON', () => {
		it('is compact, in order, raw, and holds a name twice', () => {
			const twice = new Members([
				['b', 1],
				['a', '°/"\\\n\u0001'],
				['b', [true, null, Number.NaN, 0.1 + 0.2, 62.3529411764706]],
			]);
			assert.equal(
				encodeJson(twice).toString(),
				'{"b":1,"a":"°/\\"\\\\\\n\\u0001","b":[true,null,null,0.3,62.3529411764706]}',
			);
		});

		it('copies bytes that are no UTF-8', () => {
			assert.deepEqual(
				encodeJson(new Members([['u', Buffer.from([0xb0, 0x43])]])),
				Buffer.from('{"u":"\xb0C"}', 'latin1'),
			);
		});
	});

	describe('status', () => {
		for (const [firmware, keys] of [
			['4.40', 69],
			['4.48', 55],
			['4.51', 61],
			['6', 10],
		] as const) {
			it(`has ${keys} keys in ${firmware}`, () => {
				assert.equal(Object.keys(full(firmware).status).length, keys);
			});
		}

		it('tells every secret in 4.40, some of them twice', () => {
			const body = fullBody(makeDevice({ firmware: '4.40' })).toString();
			const { ap_ssid, dns_main, dns_backup, ...told } = OWNER;
			assert.deepEqual({ ...parse(Buffer.from(body)).status, ...told }, parse(Buffer.from(body)).status);
			assert.deepEqual([count(body, 'sta_pass'), count(body, 'home_password')], [1, 2]);
			assert.ok(SECRET_VALUES.includes('sta"Zaunkoenig\\4711'));
			assert.ok(body.includes('"sta_pass":"sta\\"Zaunkoenig\\\\4711"'));
			for (const later of [ap_ssid, dns_main, dns_backup]) assert.ok(!body.includes(later));
		});

		for (const firmware of ['4.48', '4.51', 'ha4'] as const) {
			it(`tells no password from 4.45 on, but addresses, topics and names of networks: ${firmware}`, () => {
				const body = fullBody(makeDevice({ firmware })).toString();
				assert.deepEqual(
					SECRET_VALUES.filter((value) => body.includes(value)).toSorted(),
					[OWNER.vpn_ip, OWNER.dns_main, OWNER.dns_backup, OWNER.ap_ssid, OWNER.batt_alert_topic].toSorted(),
				);
			});
		}

		it('grows from version to version', () => {
			const added = (from: FirmwareName, to: FirmwareName) => {
				const before = Object.keys(full(from).status);
				return Object.keys(full(to).status).filter((key) => !before.includes(key));
			};
			assert.deepEqual(added('4.40', '4.48').toSorted(), [
				'ap_ssid',
				'ap_ssid_en',
				'dns_backup',
				'dns_main',
				'elm327_udp_log',
				'obd_chip_status',
				'time_synced',
				'timestamp',
				'uptime',
			]);
			assert.deepEqual(added('4.48', '4.51').toSorted(), [
				'restart_boot_count',
				'restart_last_boot_timestamp_unix',
				'restart_last_planned_reason',
				'restart_last_reset_reason',
				'restart_last_source',
				'restart_unexpected_reset_count',
			]);
		});

		it('has strings in v4, but for a few', () => {
			const { status } = full('4.51');
			const others = Object.entries(status).filter(([, value]) => typeof value !== 'string');
			assert.deepEqual(Object.fromEntries(others), {
				restart_boot_count: 41,
				restart_unexpected_reset_count: 1,
				restart_last_boot_timestamp_unix: 1_795_200_769,
				timestamp: 1_795_200_777,
				time_synced: true,
			});
			assert.deepEqual(
				[status.batt_voltage, status.fw_version, status.git_version, status.hw_version, status.uptime],
				['14.1V', '4.51', 'v4.51p', 'WiCAN-OBD-PRO', '00:00:08'],
			);
		});

		it('has numbers and booleans in v6', () => {
			assert.deepEqual(full('6').status, {
				device_id: '3c84279a51e0',
				fw_version: '6.02',
				hw_version: 'WiCAN-PRO',
				device_type: 'wican_pro',
				uptime: '00:00:08',
				network_connected: true,
				mqtt_connected: false,
				ecu_status: 'online',
				batt_voltage: 14.1,
				timestamp: 1_795_200_777,
			});
		});

		for (const [seconds, expected] of [
			[41, '00:00:41'],
			[86_399, '23:59:59'],
			[93_784, '1d 02:03:04'],
		] as const) {
			it(`has an uptime of ${expected} after ${seconds} s`, () => {
				const device = new WicanDevice({ startAt: BOOT });
				device.advance(seconds * 1000);
				assert.equal(parse(fullBody(device)).status.uptime, expected);
			});
		}

		it('tells whether the control units answer', () => {
			const device = makeDevice();
			device.setEcu(false);
			assert.deepEqual(
				[parse(fullBody(device)).status.ecu_status, parse(fullBody(device)).status.batt_voltage],
				['offline', '12.6V'],
			);
		});
	});

	describe('config', () => {
		it('has class and unit of every parameter in v4, also of those that are not read', () => {
			const { config, autopid_data: values } = full('4.51');
			assert.deepEqual(Object.keys(config).slice(0, 3), ['TestCustom', 'HANDBRAKE', '04-CalcEngineLoad']);
			assert.equal(Object.keys(config).at(-1), 'STEERING_ANGLE');
			assert.deepEqual(config.TestCustom, { class: 'none', unit: 'none' });
			assert.deepEqual(config.HANDBRAKE, { class: '', unit: '' });
			assert.deepEqual(config.COOLANT_TMP, { class: 'temperature', unit: '°C' });
			assert.deepEqual(config['5C-EngineOilTemp'], { class: 'temperature', unit: 'degC' });
			assert.ok(!('5C-EngineOilTemp' in values));
		});

		it('has tables in v6, with classes and units deep inside', () => {
			const { config } = full('6');
			assert.deepEqual(Object.keys(config), ['groups', 'pids', 'filters']);
			assert.deepEqual(config.groups, [
				{ name: 'default', enabled: true, period_ms: 1000 },
				{ name: 'slow', enabled: false, period_ms: 10_000 },
			]);
			const rpm = config.pids.find((pid: { cmd: string }) => pid.cmd === '010C');
			assert.deepEqual(rpm, {
				type: 'std',
				cmd: '010C',
				init: '',
				rxheader: '',
				group: 'default',
				period_ms: 1000,
				enabled: true,
				parameters: [
					{
						name: 'EngineRPM',
						expression: '',
						unit: 'rpm',
						class: 'speed',
						min: 0,
						max: 16_384,
						enabled: true,
						mux_expr: '',
						mux_val: 0,
					},
				],
			});
			assert.deepEqual(
				config.filters.map((one: { parameters: { name: string }[] }) => one.parameters[0]?.name),
				['STEERING_ANGLE'],
			);
		});

		it('is large for an electric car: one name twice, sizes as of a real one', () => {
			const device = makeDevice({ firmware: '4.48', car: 'electric', large: true });
			const first = fullBody(device).toString();
			const later = periodicBody(device).toString();
			assert.equal(device.car.parameters.length, 246);
			assert.deepEqual([count(first, 'HV_C_V_168'), count(later, 'HV_C_V_168')], [4, 2]);
			assert.equal(Math.round(first.length / 100), 166);
			assert.equal(Math.round(later.length / 100), 43);
		});

		it('is about 100 KB with the whole table of standard PIDs in v6', () => {
			const device = makeDevice({ firmware: '6', car: 'electric', large: true, standardSet: true });
			assert.equal(Math.round(fullBody(device).length / 1000), 97);
			assert.equal(Math.round(periodicBody(device).length / 100), 43);
		});
	});

	describe('values', () => {
		const values = (firmware: FirmwareName, options: WicanOptions = {}) =>
			parse(periodicBody(makeDevice({ firmware, ...options }))).autopid_data;

		it('are alone in a periodic body, the same as in the first', () => {
			const device = makeDevice();
			const { autopid_data } = parse(fullBody(device));
			assert.deepEqual(parse(periodicBody(device)), { autopid_data });
		});

		it('have two decimals in v4, and all that a double has in v6', () => {
			assert.deepEqual([values('4.51').FUEL, values('6').FUEL], [62.35, 62.35294117647059]);
		});

		it('are on and off in v4 where the device knows that they are binary, and never in v6', () => {
			assert.deepEqual([values('4.51').HANDBRAKE, values('6').HANDBRAKE], ['off', 0]);
			assert.equal(values('4.51', { driving: false }).HANDBRAKE, 'on');
		});

		it('are 0 and 1 where only the profile of the car knows that', () => {
			const device = makeDevice({ car: 'electric' });
			device.plug(true);
			device.park();
			const { PLUG, CHARGING, CHARGING_DC } = parse(periodicBody(device)).autopid_data;
			assert.deepEqual({ PLUG, CHARGING, CHARGING_DC }, { PLUG: 1, CHARGING: 1, CHARGING_DC: 0 });
		});

		it('have other names in v6: no prefix, and at most 31 bytes', () => {
			const long = 'TEMPERATURE_OF_THE_GEARBOX_OIL_SUMP';
			assert.ok('0C-EngineRPM' in values('4.51') && long in values('4.51'));
			assert.ok('EngineRPM' in values('6') && long.slice(0, 31) in values('6') && !(long in values('6')));
			assert.equal(count(fullBody(makeDevice({ firmware: '6' })).toString(), 'name'), 24);
			assert.ok(fullBody(makeDevice({ firmware: '6' })).includes(`"name":"${long}"`));
		});

		it('can have a name that is cut inside a character', () => {
			const parameters: Parameter[] = [{ name: `${'x'.repeat(30)}ä`, read: () => 1 }];
			const body = periodicBody(makeDevice({ firmware: '6', parameters }));
			assert.ok(body.includes(Buffer.concat([Buffer.from('xxx'), Buffer.from([0xc3, 0x22, 0x3a])])));
		});

		it('can have any name, and any bytes for a unit', () => {
			const parameters: Parameter[] = [
				{ name: '__proto__', unit: Buffer.from('\xb0C', 'latin1'), read: () => 5 },
				{ name: 'timestamp', read: () => 7 },
			];
			const device = makeDevice({ parameters });
			const body = fullBody(device);
			assert.ok(body.includes(Buffer.from('"__proto__":{"class":"none","unit":"\xb0C"}', 'latin1')));
			assert.ok(body.includes('"__proto__":5,"timestamp":7,'));
			assert.ok(body.toString().endsWith(',"timestamp":1795200777}}'));
		});

		for (const [firmware, expected] of [
			['4.40', null],
			['4.48', null],
			['4.51', undefined],
			['6', null],
		] as const) {
			it(`are ${expected} where they are no number, ${firmware}`, () => {
				assert.equal(values(firmware, { notANumber: ['ODOMETER'] }).ODOMETER, expected);
			});
		}

		for (const [firmware, set, unset] of [
			['4.40', undefined, undefined],
			['4.48', undefined, undefined],
			['4.51', 1_795_200_777, 8],
			['6', 1_795_200_777, 8],
		] as const) {
			it(`have a timestamp of ${set}, and of ${unset} before the clock is set, ${firmware}`, () => {
				assert.equal(values(firmware).timestamp, set);
				assert.equal(values(firmware, { clockSetAfter: Number.POSITIVE_INFINITY }).timestamp, unset);
			});
		}

		it('have a position in v6, flat and in km/h', () => {
			const device = makeDevice({ firmware: '6', gps: true });
			const before = parse(periodicBody(device)).autopid_data;
			const gps = Object.keys(before).filter((name) => name.startsWith('gps_'));
			assert.deepEqual(gps, [
				'gps_latitude',
				'gps_longitude',
				'gps_altitude',
				'gps_speed',
				'gps_heading',
				'gps_satellites',
			]);
			assert.equal(Math.round(before.gps_speed), before.VehicleSpeed);
			assert.ok(!JSON.stringify(full('6', { gps: true }).config).includes('gps_'));
			device.advance(60_000);
			assert.ok(parse(periodicBody(device)).autopid_data.gps_latitude > before.gps_latitude);
		});

		it('have no position before v6', () => {
			assert.throws(() => makeDevice({ firmware: '4.51', gps: true }), RangeError);
		});
	});
});
