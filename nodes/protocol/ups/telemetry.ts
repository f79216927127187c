/**
 * From the JSON of a telemetry POST to the payload of a message: plain names, SI units, words for codes.
 * Source: the vendor's full HTTP mode document, "Telemetry body".
 */
import type { PowerSample } from './power-state.js';
import { oddMembers } from './schema.js';
import {
	type Decoded,
	type DecodedRecord,
	type Fields,
	HOST,
	NETWORK,
	POWER_V1,
	POWER_V2,
	TOP,
} from './telemetry-fields.js';

type Json = Record<string, unknown>;

/** What one telemetry body says. */
export interface Telemetry {
	/** The payload of the message. */
	readonly payload: DecodedRecord;
	/** Members that had the wrong type and were left out, e.g. `power.vbus_in_mv`. */
	readonly odd: readonly string[];
	/** Seconds since the ESP32 started, where the body says so. */
	readonly uptime: number | undefined;
	/** What the power board says; undefined where this body has nothing of it that can be trusted. */
	readonly power: PowerSample | undefined;
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
	if (power) payload.power = decodePower(reader, power, payload.firmware);
	if (host) payload.host = reader.record('host.', host, HOST);
	if (net) payload.network = reader.record('net.', net, NETWORK);
	return {
		payload,
		uptime: reader.number('', body, 'uptime_s'),
		power: power && sampleOf(reader, power, payload.power as DecodedRecord),
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
	if (version === 2) return withoutBattery(reader.record('power.', power, POWER_V2));
	const named = Object.hasOwn(power, 'version');
	if (named && version !== 1)
		return version === undefined ? { undecoded: true } : { version, undecoded: true };
	if (!sendsTrueV1(firmware)) return { version: 1, distrusted: true };
	return { version: 1, ...reader.record('power.', power, POWER_V1) };
}

/** Before 0.8.9 the firmware sent a version 2 board's values under version 1's names: all of them wrong. */
function sendsTrueV1(firmware: Decoded | undefined): boolean {
	const match = typeof firmware === 'string' ? /(\d{1,6})\.(\d{1,6})\.(\d{1,6})/.exec(firmware) : null;
	if (match === null) return false;
	const [major = 0, minor = 0, patch = 0] = match.slice(1).map(Number);
	return major * 1e6 + minor * 1e3 + patch >= 8009;
}

/** Without a battery the voltage of its terminals is no level. */
function withoutBattery(decoded: DecodedRecord): DecodedRecord {
	if (decoded.batteryPresent !== false) return decoded;
	const { batteryLevel: _, ...rest } = decoded;
	return rest;
}

/** What states and events are made of, undefined for a record that was not decoded. */
function sampleOf(reader: Reader, power: Json, decoded: DecodedRecord): PowerSample | undefined {
	if (decoded.distrusted === true || decoded.undecoded === true) return undefined;
	const value = (wire: string) => reader.number('power.', power, wire);
	return {
		version: decoded.version === 2 ? 2 : 1,
		inputEnabled: asBoolean(decoded.inputEnabled),
		inputVoltage: value('vbus_in_mv'),
		outputEnabled: asBoolean(decoded.outputEnabled),
		batteryPresent: asBoolean(decoded.batteryPresent),
		batteryVoltage: value('vbat_mv'),
		batteryLevel: typeof decoded.batteryLevel === 'number' ? decoded.batteryLevel : undefined,
		faults: value('faults'),
		uptime: value('uptime_s'),
	};
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
		// Names on the wire come from our tables, and no object inherits any of them.
		const value = from[wire] as number | string | null | undefined;
		if (value === undefined) return undefined;
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
