import type { Firmware } from './firmware.js';
import { type Json, type Member, Members } from './json.js';
import { OWNER } from './secrets.js';

/** What a device knows about itself when it makes a `status`. */
export interface Self {
	readonly firmware: Firmware;
	/** 12 hexadecimal digits. */
	readonly deviceId: string;
	/** Seconds since the boot. */
	readonly uptime: number;
	/** Seconds since the epoch, or since the boot as long as the clock is not set. */
	readonly seconds: number;
	readonly clockSet: boolean;
	readonly boots: number;
	readonly bootedAt: number;
	readonly ecuOnline: boolean;
	readonly batteryVolts: number;
}

const two = (value: number) => String(value).padStart(2, '0');

/** `00:00:41`, or `1d 02:03:04` from the second day on. */
function formatUptime(seconds: number): string {
	const days = Math.floor(seconds / 86_400);
	const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
	return `${days > 0 ? `${days}d ` : ''}${clock.map(two).join(':')}`;
}

type Value = Json | ((self: Self) => Json);

interface Row {
	readonly name: string;
	readonly value: Value;
	/** Minor version that first sends it. */
	readonly since?: number;
	/** Sent in clear up to 4.44 and left out from 4.45 on. */
	readonly secret?: boolean;
}

const row = (name: string, value: Value, since?: number): Row => ({
	name,
	value,
	...(since === undefined ? {} : { since }),
});
const secret = (name: string, value: string): Row => ({ name, value, secret: true });
const owners = (name: keyof typeof OWNER): Row => secret(name, OWNER[name]);

const ecu = ({ ecuOnline }: Self) => (ecuOnline ? 'online' : 'offline');
const topic = (last: string) => (self: Self) => `wican/${self.deviceId}/${last}`;
const volts = ({ batteryVolts }: Self) => `${batteryVolts.toFixed(1)}V`;
const uptime = (self: Self) => formatUptime(self.uptime);
const timestamp = ({ seconds }: Self) => seconds;
const version = ({ firmware }: Self) => firmware.version;

const WIFI: readonly Row[] = [
	row('wifi_mode', 'APStation'),
	row('ap_ch', '6'),
	row('ap_ssid_en', 'enable', 48),
	row('ap_ssid', OWNER.ap_ssid, 48),
	row('ap_auto_disable', 'disable'),
	owners('sta_ssid'),
	owners('sta_pass'),
	secret('sta_security', 'wpa3'),
	owners('home_ssid'),
	owners('home_password'),
	secret('home_security', 'wpa2'),
	owners('drive_ssid'),
	owners('drive_password'),
	secret('drive_security', 'wpa2'),
	row('home_protocol', 'auto_pid'),
	row('drive_protocol', 'auto_pid'),
	row('drive_connection_type', 'wifi'),
	row('drive_mode_timeout', '60'),
	row('sta_status', 'Connected'),
	owners('sta_ip'),
	row('mdns', (self) => `wican_${self.deviceId}`),
	row('ble_status', 'disable'),
	row('ble_power', '9'),
];

const DEVICE: readonly Row[] = [
	row('can_datarate', '500K'),
	row('can_mode', 'normal'),
	row('port_type', 'tcp'),
	row('port', '3333'),
	row('fw_version', version),
	row('hw_version', 'WiCAN-OBD-PRO'),
	row('git_version', ({ firmware }) => `v${firmware.version}p`),
	row('protocol', 'auto_pid'),
	row('sleep_status', 'enable'),
	row('sleep_disable_agree', 'no'),
	row('sleep_volt', '13.1'),
	row('sleep_time', '5'),
	row('wakeup_volt', '13.5'),
	row('periodic_wakeup', 'disable'),
	row('wakeup_interval', '60'),
	row('batt_alert', 'enable'),
	owners('batt_alert_ssid'),
	owners('batt_alert_pass'),
	owners('batt_alert_url'),
	owners('batt_alert_port'),
	owners('batt_mqtt_user'),
	owners('batt_mqtt_pass'),
	row('batt_alert_protocol', 'mqtt'),
	row('batt_alert_volt', '11.8'),
	row('batt_alert_topic', OWNER.batt_alert_topic),
	row('batt_alert_time', '1'),
];

const RUN: readonly Row[] = [
	row('logger_status', 'disable'),
	row('log_filesystem', 'littlefs'),
	row('log_period', '10'),
	row('log_storage', 'internal'),
	row('imu_threshold', '8'),
	row('elm327_udp_log', 'disable', 48),
	row('obd_chip_status', 'Ready', 42),
	row('uptime', uptime, 42),
	row('restart_boot_count', ({ boots }) => 40 + boots, 50),
	row('restart_unexpected_reset_count', 1, 50),
	row('restart_last_reset_reason', 'deep_sleep', 50),
	row('restart_last_planned_reason', 'power_wake', 50),
	row('restart_last_source', 'sleep_mode', 50),
	row('restart_last_boot_timestamp_unix', ({ bootedAt }) => bootedAt, 50),
	row('timestamp', timestamp, 46),
	row('time_synced', ({ clockSet }) => clockSet, 48),
	row('dns_main', OWNER.dns_main, 48),
	row('dns_backup', OWNER.dns_backup, 48),
	row('batt_voltage', volts),
	row('mqtt_en', 'enable'),
	owners('mqtt_url'),
	owners('mqtt_port'),
	owners('mqtt_user'),
	owners('mqtt_pass'),
	owners('mqtt_cert_set'),
	secret('mqtt_security', 'tls'),
	secret('mqtt_skip_cn', 'enable'),
	row('mqtt_tx_topic', topic('can/tx')),
	row('mqtt_rx_topic', topic('can/rx')),
	row('mqtt_status_topic', topic('status')),
	row('device_id', ({ deviceId }) => deviceId),
	row('subnet_overlap', 'no'),
	row('ecu_status', ecu),
	row('vpn_status', 'connected'),
	row('vpn_ip', OWNER.vpn_ip),
];

const V4_ROWS: readonly Row[] = [...WIFI, ...DEVICE, ...RUN];

/** 4.40 puts the settings of its drive mode in a second time. */
const TWICE_IN_440 = /^(home|drive)_|^sta_security$/;

const LAST_WITH_SECRETS = 44;

function fill(rows: readonly Row[], self: Self): Member[] {
	return rows.map(({ name, value }): Member => [name, typeof value === 'function' ? value(self) : value]);
}

function v4Status(self: Self): Members {
	const { minor } = self.firmware;
	const rows = V4_ROWS.filter(
		({ since = 0, secret: hidden }) => since <= minor && (!hidden || minor <= LAST_WITH_SECRETS),
	);
	const again = minor === 40 ? rows.filter(({ name }) => TWICE_IN_440.test(name)) : [];
	return new Members(fill([...rows, ...again], self));
}

const V6_ROWS: readonly Row[] = [
	row('device_id', ({ deviceId }) => deviceId),
	row('fw_version', version),
	row('hw_version', 'WiCAN-PRO'),
	row('device_type', 'wican_pro'),
	row('uptime', uptime),
	row('network_connected', true),
	row('mqtt_connected', false),
	row('ecu_status', ecu),
	row('batt_voltage', ({ batteryVolts }) => batteryVolts),
	row('timestamp', timestamp),
];

/** The parts of the device whose state the webhook of v6 tells bit by bit. */
const BITS = [
	...['wifi_sta', 'wifi_ap', 'network', 'internet', 'time_synced', 'mqtt', 'ble', 'usb'],
	...['vpn', 'sd_card', 'autopid', 'autopid_data', 'obd_chip', 'ecu', 'can', 'imu'],
	...['gps', 'rtc', 'sleep_pending', 'updating', 'webhook', 'destinations', 'safe_mode'],
];
const SET_BITS = new Set([
	'wifi_sta',
	'network',
	'internet',
	'mqtt',
	'autopid',
	'obd_chip',
	'can',
	'webhook',
]);

const HA6_ROWS: readonly Row[] = [
	...V6_ROWS.slice(0, 4),
	row('mdns', (self) => `wican_${self.deviceId}`),
	row('bits', new Members(BITS.map((name): Member => [name, SET_BITS.has(name)]))),
	row('network_connected', true),
	row('uptime', uptime),
	row('version', version),
	row('temp_c', 41.5),
	row('wifi_mode', 'Station'),
	row('ble_status', 'disable'),
	row('batt_voltage', ({ batteryVolts }) => batteryVolts),
	row('ecu_status', ecu),
	row('obd_chip_status', 'Ready'),
	row('vpn_status', 'connected'),
	row('vpn_ip', OWNER.vpn_ip),
];

const CLASSIC_ROWS: readonly Row[] = [
	row('device_id', ({ deviceId }) => deviceId),
	row('fw_version', version),
	row('hw_version', 'WiCAN-OBD'),
	row('git_version', ({ firmware }) => `v${firmware.version}`),
	row('wifi_mode', 'APStation'),
	row('sta_connected', true),
	row('mdns', (self) => `wican_${self.deviceId}`),
	row('ble_status', 'disable'),
	row('protocol', 'auto_pid'),
	row('webhook_en', 'enable'),
	row('autopid_enabled', true),
	row('batt_voltage', volts),
	row('ecu_status', ecu),
	row('uptime', uptime),
	row('uptime_sec', (self) => Math.floor(self.uptime)),
	row('timestamp', timestamp),
];

const SHAPES: Readonly<Record<Firmware['shape'], (self: Self) => Members>> = {
	v4: v4Status,
	v6: (self) => new Members(fill(V6_ROWS, self)),
	ha4: v4Status,
	ha6: (self) => new Members(fill(HA6_ROWS, self)),
	classic: (self) => new Members(fill(CLASSIC_ROWS, self)),
};

/** The `status` that a firmware sends with its first body. */
export function makeStatus(self: Self): Members {
	return SHAPES[self.firmware.shape](self);
}
