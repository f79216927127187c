/**
 * The values of a telemetry body: their names on the wire, in a message, and how one becomes the other.
 * Source: the vendor's full HTTP mode document, "Telemetry body"; the display's battery table.
 */
import { batteryLevel } from './battery.js';

/** A value of a decoded record; null where the UPS sent null. */
export type Decoded = number | string | boolean | null | readonly string[] | DecodedRecord;
/** A record of a message. What the UPS left out is not there at all. */
export interface DecodedRecord {
	[name: string]: Decoded;
}

/** Turns one wire value into what the message says; never called with null. */
type Convert = (value: never) => Decoded;
/** Which wire value becomes which member of a message, in the message's order. */
export type Fields = readonly (readonly [wire: string, name: string, convert: Convert])[];

const same: Convert = (value: number | string) => value;
const thousandth: Convert = (value: number) => value / 1000;
const tenth: Convert = (value: number) => value / 10;
const hundredth: Convert = (value: number) => value / 100;
const milliseconds: Convert = (value: number) => value * 1000;
/** The firmware sends 0 where the modem has not told yet; a real level is always negative. */
const level: Convert = (value: number) => (value === 0 ? null : value);
const bit =
	(index: number): Convert =>
	(value: number) =>
		((value >>> index) & 1) === 1;
/** A code not in the list stays a number: newer firmware may know more. */
const word =
	(words: readonly string[]): Convert =>
	(value: number) =>
		words[value] ?? value;

const FAULT_BITS: readonly (readonly [mask: number, name: string])[] = [
	[0b0000_0111, 'battery-ntc'],
	[1 << 3, 'battery-overvoltage'],
	[0b0011_0000, 'charge-fault'],
	[1 << 6, 'otg-fault'],
	[1 << 7, 'charger-watchdog'],
	[1 << 8, 'output-short'],
	[1 << 9, 'output-overcurrent'],
	[1 << 10, 'output-overvoltage'],
];

/** The names of the faults in a set of bits; a bit without a name is `bit-<n>`, so that no fault goes unseen. */
export function faultNames(bits: number): string[] {
	if (bits === 0) return [];
	const names = FAULT_BITS.filter(([mask]) => (bits & mask) !== 0).map(([, name]) => name);
	for (let index = FIRST_UNNAMED_BIT; index < 32; index++)
		if ((bits >>> index) & 1) names.push(`bit-${index}`);
	return names;
}
const FIRST_UNNAMED_BIT = 11;

const chargeState = word(['not-charging', 'pre-charge', 'fast-charge', 'charge-done']);

/**
 * Version 2 of the power record: flags first, then what the board measures. The UPS runs on the mains while its input path is
 * on, whatever voltage is at the input.
 */
export const POWER_V2: Fields = [
	['version', 'version', same],
	['charge_state', 'chargeState', chargeState],
	['flags', 'mainsPresent', bit(0)],
	['flags', 'inputEnabled', bit(0)],
	['flags', 'outputEnabled', bit(1)],
	['flags', 'batteryPresent', bit(2)],
	['flags', 'usbPdAttached', bit(4)],
	['vbus_in_mv', 'inputVoltage', thousandth],
	['pd_in_mv', 'pdInputVoltage', thousandth],
	['pd_in_ma', 'pdInputCurrent', thousandth],
	['vbus_out_mv', 'outputVoltage', thousandth],
	['vout_set_mv', 'outputSetVoltage', thousandth],
	['vout_read_mv', 'outputReadVoltage', thousandth],
	['iout_limit_ma', 'outputCurrentLimit', thousandth],
	['pd_out_mv', 'pdOutputVoltage', thousandth],
	['pd_out_ma', 'pdOutputCurrent', thousandth],
	['vbat_mv', 'batteryVoltage', thousandth],
	['ibat_ma', 'batteryCurrent', thousandth],
	['vsys_mv', 'systemVoltage', thousandth],
	['iin_ma', 'chargerInputCurrent', thousandth],
	['temp_lm_dc', 'boardTemperature', tenth],
	['temp_mp_dc', 'chargerTemperature', tenth],
	['temp_dc', 'temperature', tenth],
	['vbat_mv', 'batteryLevel', batteryLevel],
	['faults', 'faults', faultNames],
	['uptime_s', 'uptime', same],
];

/** Version 1 has no `version` and only eight values, none of which says whether the UPS runs on the mains. */
export const POWER_V1: Fields = [
	['charge_state', 'chargeState', chargeState],
	['vbus_in_mv', 'inputVoltage', thousandth],
	['vbus_out_mv', 'outputVoltage', thousandth],
	['ibus_out_ma', 'outputCurrent', thousandth],
	['vbat_mv', 'batteryVoltage', thousandth],
	['ibat_ma', 'batteryCurrent', thousandth],
	['temp_dc', 'temperature', tenth],
	['vbat_mv', 'batteryLevel', batteryLevel],
	['faults', 'faults', faultNames],
];

const SERVICE_STATES = ['unknown', 'running', 'stopped', 'failed'];
const serviceState = (code: number) => SERVICE_STATES[code & 3] ?? 'unknown';

/** Three systemd services, packed two bits each from the lowest up. */
const services: Convert = (packed: number) => ({
	execution: serviceState(packed),
	consensus: serviceState(packed >>> 2),
	validator: serviceState(packed >>> 4),
});

/** The Raspberry Pi, as its own service tells the UPS. */
export const HOST: Fields = [
	['eth_state', 'services', services],
	['cpu_temp_dc', 'cpuTemperature', tenth],
	['mem_pct', 'memoryUsed', same],
	['disk_pct', 'diskUsed', same],
	['load_x100', 'load', hundredth],
	['uptime_s', 'uptime', same],
];

/** The LTE modem. */
export const NETWORK: Fields = [
	['state', 'state', word(['off', 'init', 'attach', 'ppp-up', 'uplink-up', 'error'])],
	['rssi_dbm', 'rssi', level],
	['rsrp_dbm', 'rsrp', level],
	['rsrq_db', 'rsrq', level],
	['sinr_db', 'sinr', same],
	['bytes_tx', 'bytesSent', same],
	['bytes_rx', 'bytesReceived', same],
];

/** What stands beside the records. */
export const TOP: Fields = [
	['ts', 'time', milliseconds],
	['fw_ver', 'firmware', same],
	['uptime_s', 'uptime', same],
];
