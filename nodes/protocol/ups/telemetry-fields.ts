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

/** A value as the UPS sent it; undefined where it left it out, or it had the wrong type. */
export type Sent = number | null | undefined;
/** A record as the UPS sent it, without members of the wrong type. */
export type SentRecord = Readonly<Record<string, Sent>>;

/** A decoded record with undefined for what the UPS left out. */
export type Members = Readonly<Record<string, Decoded | undefined>>;

/** A conversion that passes null and undefined through. */
function each<T extends Decoded>(convert: (value: number) => T | null): (sent: Sent) => T | null | undefined {
	return (sent) => (sent === undefined || sent === null ? sent : convert(sent));
}

const thousandth = each((value) => value / 1000);
const tenth = each((value) => value / 10);
const hundredth = each((value) => value / 100);
export const milliseconds = each((value) => value * 1000);
/** The firmware sends 0 while the modem has no value; a real level is always negative. */
const level = each((value) => (value === 0 ? null : value));
const bit = (index: number) => each((value) => ((value >>> index) & 1) === 1);
/** A code not in the list stays a number: newer firmware may know more. */
const word = (words: readonly string[]) => each<string | number>((value) => words[value] ?? value);

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

/** The names of the faults in a set of bits; a bit without a name is `bit-<n>`, so that every fault shows. */
export function faultNames(bits: number): string[] {
	if (bits === 0) return [];
	const names = FAULT_BITS.filter(([mask]) => (bits & mask) !== 0).map(([, name]) => name);
	for (let index = FIRST_UNNAMED_BIT; index < 32; index++)
		if ((bits >>> index) & 1) names.push(`bit-${index}`);
	return names;
}
const FIRST_UNNAMED_BIT = 11;

const inputEnabled = bit(0);
const outputEnabled = bit(1);
const batteryPresent = bit(2);
const usbPdAttached = bit(4);
const charge = each(batteryLevel);
const faults = each(faultNames);
const chargeState = word(['not-charging', 'pre-charge', 'fast-charge', 'charge-done']);

/**
 * Version 2 of the power record: flags first, then what the board measures. The UPS runs on the mains while its input path is
 * on, whatever voltage is at the input. Without a battery the voltage of its terminals is no level.
 */
export const powerV2 = (sent: SentRecord): Members => ({
	version: sent.version,
	chargeState: chargeState(sent.charge_state),
	mainsPresent: inputEnabled(sent.flags),
	inputEnabled: inputEnabled(sent.flags),
	outputEnabled: outputEnabled(sent.flags),
	batteryPresent: batteryPresent(sent.flags),
	usbPdAttached: usbPdAttached(sent.flags),
	inputVoltage: thousandth(sent.vbus_in_mv),
	pdInputVoltage: thousandth(sent.pd_in_mv),
	pdInputCurrent: thousandth(sent.pd_in_ma),
	outputVoltage: thousandth(sent.vbus_out_mv),
	outputSetVoltage: thousandth(sent.vout_set_mv),
	outputReadVoltage: thousandth(sent.vout_read_mv),
	outputCurrentLimit: thousandth(sent.iout_limit_ma),
	pdOutputVoltage: thousandth(sent.pd_out_mv),
	pdOutputCurrent: thousandth(sent.pd_out_ma),
	batteryVoltage: thousandth(sent.vbat_mv),
	batteryCurrent: thousandth(sent.ibat_ma),
	systemVoltage: thousandth(sent.vsys_mv),
	chargerInputCurrent: thousandth(sent.iin_ma),
	boardTemperature: tenth(sent.temp_lm_dc),
	chargerTemperature: tenth(sent.temp_mp_dc),
	temperature: tenth(sent.temp_dc),
	batteryLevel: batteryPresent(sent.flags) === false ? undefined : charge(sent.vbat_mv),
	faults: faults(sent.faults),
	uptime: sent.uptime_s,
});

/** Version 1 has no `version` and only eight values, none of which says whether the UPS runs on the mains. */
export const powerV1 = (sent: SentRecord): Members => ({
	version: 1,
	chargeState: chargeState(sent.charge_state),
	inputVoltage: thousandth(sent.vbus_in_mv),
	outputVoltage: thousandth(sent.vbus_out_mv),
	outputCurrent: thousandth(sent.ibus_out_ma),
	batteryVoltage: thousandth(sent.vbat_mv),
	batteryCurrent: thousandth(sent.ibat_ma),
	temperature: tenth(sent.temp_dc),
	batteryLevel: charge(sent.vbat_mv),
	faults: faults(sent.faults),
});

const SERVICE_STATES = ['unknown', 'running', 'stopped', 'failed'];
const serviceState = (code: number) => SERVICE_STATES[code & 3] ?? 'unknown';

/** Three systemd services, packed two bits each from the lowest up. */
const services = each<DecodedRecord>((packed) => ({
	execution: serviceState(packed),
	consensus: serviceState(packed >>> 2),
	validator: serviceState(packed >>> 4),
}));

/** The Raspberry Pi, as its own service reports to the UPS. */
export const host = (sent: SentRecord): Members => ({
	services: services(sent.eth_state),
	cpuTemperature: tenth(sent.cpu_temp_dc),
	memoryUsed: sent.mem_pct,
	diskUsed: sent.disk_pct,
	load: hundredth(sent.load_x100),
	uptime: sent.uptime_s,
});

const linkState = word(['off', 'init', 'attach', 'ppp-up', 'uplink-up', 'error']);

/** The LTE modem. */
export const network = (sent: SentRecord): Members => ({
	state: linkState(sent.state),
	rssi: level(sent.rssi_dbm),
	rsrp: level(sent.rsrp_dbm),
	rsrq: level(sent.rsrq_db),
	sinr: sent.sinr_db,
	bytesSent: sent.bytes_tx,
	bytesReceived: sent.bytes_rx,
});
