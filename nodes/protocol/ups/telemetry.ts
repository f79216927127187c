/**
 * From the JSON of a telemetry POST to the payload of a message: plain names, SI units, words for codes.
 * Source: the vendor's full HTTP mode document, "Telemetry body"; the display's battery table.
 */
import { batteryLevel } from './battery.js';
import { oddMembers } from './schema.js';

/** A value of a decoded record; null where the UPS sent null. */
export type Decoded = number | string | boolean | null | readonly string[] | DecodedRecord;
/** A record of a message. What the UPS left out is not there at all. */
export interface DecodedRecord {
	[name: string]: Decoded;
}

type Json = Record<string, unknown>;
/** Turns one wire value into what the message says; never called with null. */
type Convert = (value: never) => Decoded;
type Fields = readonly (readonly [wire: string, name: string, convert: Convert])[];

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

/** Above this many millivolts at its input, the firmware and its display say that mains is there. */
const MAINS_MILLIVOLTS = 5000;

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
	const names = FAULT_BITS.filter(([mask]) => (bits & mask) !== 0).map(([, name]) => name);
	for (let index = FIRST_UNNAMED_BIT; index < 32; index++)
		if ((bits >>> index) & 1) names.push(`bit-${index}`);
	return names;
}
const FIRST_UNNAMED_BIT = 11;

const chargeState = word(['not-charging', 'pre-charge', 'fast-charge', 'charge-done']);
const mains: Convert = (millivolts: number) => millivolts > MAINS_MILLIVOLTS;

/** Version 2 of the power record: flags first, then what the board measures. */
const POWER_V2: Fields = [
	['version', 'version', same],
	['charge_state', 'chargeState', chargeState],
	['vbus_in_mv', 'mainsPresent', mains],
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

/** Version 1 has no `version` and only eight values. */
const POWER_V1: Fields = [
	['charge_state', 'chargeState', chargeState],
	['vbus_in_mv', 'mainsPresent', mains],
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
const SERVICES = ['execution', 'consensus', 'validator'];

/** Three systemd services, packed two bits each from the lowest up. */
const services: Convert = (packed: number) =>
	Object.fromEntries(
		SERVICES.map((name, index) => [name, SERVICE_STATES[(packed >>> (2 * index)) & 3] ?? 'unknown']),
	);

const HOST: Fields = [
	['eth_state', 'services', services],
	['cpu_temp_dc', 'cpuTemperature', tenth],
	['mem_pct', 'memoryUsed', same],
	['disk_pct', 'diskUsed', same],
	['load_x100', 'load', hundredth],
	['uptime_s', 'uptime', same],
];

const NETWORK: Fields = [
	['state', 'state', word(['off', 'init', 'attach', 'ppp-up', 'uplink-up', 'error'])],
	['rssi_dbm', 'rssi', level],
	['rsrp_dbm', 'rsrp', level],
	['rsrq_db', 'rsrq', level],
	['sinr_db', 'sinr', same],
	['bytes_tx', 'bytesSent', same],
	['bytes_rx', 'bytesReceived', same],
];

const TOP: Fields = [
	['ts', 'time', milliseconds],
	['fw_ver', 'firmware', same],
	['uptime_s', 'uptime', same],
];

/** What one telemetry body says. */
export interface Telemetry {
	/** The payload of the message. */
	readonly payload: DecodedRecord;
	/** Members that had the wrong type and were left out, e.g. `power.vbus_in_mv`. */
	readonly odd: readonly string[];
	/** Seconds since the ESP32 started, where the body says so. */
	readonly uptime: number | undefined;
	/** The state of the power board; undefined where this body has none that can be trusted. */
	readonly mains: boolean | undefined;
	readonly output: boolean | undefined;
	/** Fault bits as sent. */
	readonly faults: number | undefined;
	/** The host's record: undefined when the body has none. */
	readonly host: { readonly uptime: number | undefined } | undefined;
	/** Ids that the UPS has put on its internal bus, and those that it refused, in the order sent. */
	readonly acks: readonly string[];
	readonly rejected: readonly { readonly id: string; readonly reason: string }[];
	/** The UPS dropped an answer whole because it was larger than it can take. */
	readonly responseDropped: { readonly bytes: number; readonly max: number } | undefined;
}

/** Decodes a telemetry body. Never throws: whatever is missing or odd, the rest is decoded. */
export function decodeTelemetry(body: Json): Telemetry {
	const reader = new Reader(body);
	const payload = reader.record('', body, TOP);
	const power = reader.member('power');
	const host = reader.member('host');
	const net = reader.member('net');
	const decodedPower = power && decodePower(reader, power, payload.firmware);
	if (decodedPower) payload.power = decodedPower;
	if (host) payload.host = reader.record('host.', host, HOST);
	if (net) payload.network = reader.record('net.', net, NETWORK);
	const trusted = decodedPower !== undefined && 'faults' in decodedPower;
	return {
		payload,
		uptime: reader.number('', body, 'uptime_s'),
		mains: decodedPower && asBoolean(decodedPower.mainsPresent),
		output: decodedPower && asBoolean(decodedPower.outputEnabled),
		faults: power && trusted ? reader.number('power.', power, 'faults') : undefined,
		host: host && { uptime: reader.number('host.', host, 'uptime_s') },
		acks: reader.acks(),
		rejected: reader.rejected(),
		responseDropped: reader.responseDropped(),
		odd: reader.oddNames(),
	};
}

/** The power record by its version. Version 1 is told by the missing key. */
function decodePower(reader: Reader, power: Json, firmware: Decoded | undefined): DecodedRecord {
	const version = reader.value('power.', power, 'version');
	if (version === 2) return reader.record('power.', power, POWER_V2);
	const named = Object.hasOwn(power, 'version');
	if (named && version !== 1)
		return version === undefined ? { undecoded: true } : { version, undecoded: true };
	if (!sendsTrueV1(firmware)) return { version: 1, distrusted: true };
	return { version: 1, ...reader.record('power.', power, POWER_V1) };
}

/** Before 0.8.9 the firmware sent a version 2 board's values under version 1's names: all of them wrong. */
function sendsTrueV1(firmware: Decoded | undefined): boolean {
	const match = typeof firmware === 'string' ? /(\d+)\.(\d+)\.(\d+)/.exec(firmware) : null;
	if (match === null) return false;
	const [major = 0, minor = 0, patch = 0] = match.slice(1).map(Number);
	return major * 1e6 + minor * 1e3 + patch >= 8009;
}

function asBoolean(value: Decoded | undefined): boolean | undefined {
	return typeof value === 'boolean' ? value : undefined;
}

/** Reads members by name, skipping those of the wrong type. */
class Reader {
	private readonly odd: Set<string>;

	constructor(private readonly body: Json) {
		this.odd = new Set(oddMembers(body));
	}

	/** A value that is a number, a string or null, as the schema saw to; undefined when missing or odd. */
	value(prefix: string, from: Json, wire: string): number | string | null | undefined {
		const value = from[wire] as number | string | null | undefined;
		if (value === undefined || !Object.hasOwn(from, wire)) return undefined;
		return this.odd.size > 0 && this.odd.has(prefix + wire) ? undefined : value;
	}

	number(prefix: string, from: Json, wire: string): number | undefined {
		const value = this.value(prefix, from, wire);
		return typeof value === 'number' ? value : undefined;
	}

	record(prefix: string, from: Json, fields: Fields): DecodedRecord {
		const record: DecodedRecord = {};
		for (const [wire, name, convert] of fields) {
			const value = this.value(prefix, from, wire);
			if (value !== undefined) record[name] = value === null ? null : convert(value as never);
		}
		return record;
	}

	/** A member that is an object; undefined when missing or odd. */
	member(name: string): Json | undefined {
		const member = this.body[name];
		return member === undefined || this.odd.has(name) ? undefined : (member as Json);
	}

	acks(): string[] {
		return this.list('acks').filter((id): id is string => this.expect('acks', typeof id === 'string'));
	}

	rejected(): { id: string; reason: string }[] {
		const entries = this.list('rejected') as ({ id?: unknown; reason?: unknown } | null)[];
		return entries.flatMap((entry) => {
			const { id, reason } = entry ?? {};
			if (!this.expect('rejected', typeof id === 'string' && typeof reason === 'string')) return [];
			return [{ id: id as string, reason: reason as string }];
		});
	}

	responseDropped(): { bytes: number; max: number } | undefined {
		const dropped = this.member('resp_dropped');
		if (dropped === undefined) return undefined;
		const bytes = this.number('resp_dropped.', dropped, 'bytes');
		const max = this.number('resp_dropped.', dropped, 'max');
		return bytes === undefined || max === undefined ? undefined : { bytes, max };
	}

	oddNames(): string[] {
		return [...this.odd];
	}

	private list(name: string): unknown[] {
		const list = this.body[name];
		return list === undefined || this.odd.has(name) ? [] : (list as unknown[]);
	}

	private expect(name: string, fits: boolean): boolean {
		if (!fits) this.odd.add(name);
		return fits;
	}
}
