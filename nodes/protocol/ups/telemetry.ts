/**
 * From the JSON of a telemetry POST to the payload of a message: plain names, SI units, words for codes.
 * Source: the vendor's full HTTP mode document, "Telemetry body".
 */
import { definedMembers } from '../common/json.js';
import type { PowerSample } from './power-state.js';
import {
	type Decoded,
	type DecodedRecord,
	host,
	milliseconds,
	network,
	powerV1,
	powerV2,
	type Sent,
	type SentRecord,
} from './telemetry-fields.js';
import { oddMembers } from './telemetry-schema.js';

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
	const odd = new Set(oddMembers(body));
	const sent = odd.size === 0 ? body : withoutOdd(body, odd);
	const power = sent.power as SentRecord | undefined;
	const hostSent = sent.host as SentRecord | undefined;
	const net = sent.net as SentRecord | undefined;
	const firmware = sent.fw_ver as string | null | undefined;
	const decoded = power && decodePower(power, firmware);
	const payload = definedMembers({
		time: milliseconds(sent.ts as Sent),
		firmware,
		uptime: sent.uptime_s as Sent,
		power: decoded,
		host: hostSent && definedMembers(host(hostSent)),
		network: net && definedMembers(network(net)),
	});
	const fits = (name: string, isFitting: boolean): boolean => {
		if (!isFitting) odd.add(name);
		return isFitting;
	};
	return {
		payload,
		uptime: asNumber(sent.uptime_s),
		power: power && decoded && sampleOf(power, decoded),
		host: hostSent && { uptime: asNumber(hostSent.uptime_s) },
		acks: listOf(sent.acks).filter((id): id is string => fits('acks', typeof id === 'string')),
		rejected: listOf(sent.rejected).flatMap((entry) => {
			const { id, reason } = (entry ?? {}) as { id?: unknown; reason?: unknown };
			const isFitting = typeof id === 'string' && typeof reason === 'string';
			return fits('rejected', isFitting) ? [{ id: id as string, reason: reason as string }] : [];
		}),
		responseDropped: responseDropped(sent.resp_dropped as SentRecord | undefined),
		odd: [...odd],
	};
}

/** The body without members of the wrong type. */
function withoutOdd(body: Json, odd: ReadonlySet<string>): Json {
	const sound: Json = { ...body };
	for (const path of odd) {
		const [name = '', member] = path.split('.');
		if (member === undefined) delete sound[name];
		else sound[name] = { ...(sound[name] as Json), [member]: undefined };
	}
	return sound;
}

/** The power record by its version. Version 1 lacks the key. */
function decodePower(power: SentRecord, firmware: string | null | undefined): DecodedRecord {
	const { version } = power;
	if (version === 2) return definedMembers(powerV2(power));
	if (Object.hasOwn(power, 'version') && version !== 1)
		return version === undefined ? { undecoded: true } : { version, undecoded: true };
	if (!sendsTrueV1(firmware)) return { version: 1, distrusted: true };
	return definedMembers(powerV1(power));
}

/** Before 0.8.9 the firmware sent a version 2 board's values under version 1's names: all of them wrong. */
function sendsTrueV1(firmware: string | null | undefined): boolean {
	const match = typeof firmware === 'string' ? /(\d{1,6})\.(\d{1,6})\.(\d{1,6})/.exec(firmware) : null;
	if (match === null) return false;
	const [major = 0, minor = 0, patch = 0] = match.slice(1).map(Number);
	return major * 1e6 + minor * 1e3 + patch >= 8009;
}

/** What states and events are made of, undefined for a record that was not decoded. */
function sampleOf(sent: SentRecord, decoded: DecodedRecord): PowerSample | undefined {
	if (decoded.distrusted === true || decoded.undecoded === true) return undefined;
	return {
		version: decoded.version === 2 ? 2 : 1,
		inputEnabled: asBoolean(decoded.inputEnabled),
		inputVoltage: asNumber(sent.vbus_in_mv),
		outputEnabled: asBoolean(decoded.outputEnabled),
		batteryPresent: asBoolean(decoded.batteryPresent),
		batteryVoltage: asNumber(sent.vbat_mv),
		batteryLevel: asNumber(decoded.batteryLevel),
		faults: asNumber(sent.faults),
		uptime: asNumber(sent.uptime_s),
	};
}

function responseDropped(sent: SentRecord | undefined): Telemetry['responseDropped'] {
	const [bytes, max] = [asNumber(sent?.bytes), asNumber(sent?.max)];
	return bytes === undefined || max === undefined ? undefined : { bytes, max };
}

function listOf(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

function asNumber(value: unknown): number | undefined {
	return typeof value === 'number' ? value : undefined;
}

function asBoolean(value: Decoded | undefined): boolean | undefined {
	return typeof value === 'boolean' ? value : undefined;
}
