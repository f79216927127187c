/** What a WiCAN tells of itself: who it is, for how long it runs, whether the car is awake. */
import { isTooDeep, type Json, member, type Oddities, setMember } from './json.js';
import { SAFE_STATUS_NAMES, wrongMembers } from './schema.js';
import { numberOf } from './values.js';

export type EcuState = 'online' | 'offline';

/** One `status`, read. */
export interface Status {
	/** Only what is safe to show, as sent; `batt_voltage` in volts. */
	readonly safe: Json;
	/** All of it, passwords too; `batt_voltage` in volts. */
	readonly all: Json;
	/** 12 hexadecimal digits of the MAC address, the same in every firmware. */
	readonly deviceId: string | undefined;
	readonly firmware: string | undefined;
	readonly ecu: EcuState | undefined;
	/** Seconds since the device started, where it says so. */
	readonly uptime: number | undefined;
}

const CLOCK = /^(?:(\d{1,6})\s*d(?:ays?)?,?\s+)?(\d{1,4}):([0-5]\d):([0-5]\d)$/;
const VOLTS = /^([+-]?\d+(?:\.\d+)?)\s*V?$/i;
/** Becomes a topic: visible characters only, and not many. */
const IDENTIFIER = /^[^\p{Cc}\s]{1,64}$/u;

/** Firmware sends seventy at most, and two dozen more inside one. Each message of a body may repeat them all. */
const MAX_MEMBERS = 200;
/** Characters of JSON that all members may take which are objects or lists. */
const MAX_NESTED = 2000;
const SAFE: ReadonlySet<string> = new Set(SAFE_STATUS_NAMES);

/**
 * Reads `status`. What has a wrong type is left out of `safe` and named.
 * Source: WiCAN documentation, "What the HTTPS Destination Does"; members and types are those that firmware v4.40 to v6 sends.
 */
export function readStatus(sent: Json, odd: Oddities): Status {
	const all = readMembers(sent, odd);
	const safe: Json = {};
	for (const name of SAFE_STATUS_NAMES) {
		const value = member(all, name);
		if (value !== undefined && value !== null) safe[name] = value;
	}
	return {
		safe,
		all,
		deviceId: identifier(safe.device_id, odd),
		firmware: typeof safe.fw_version === 'string' && safe.fw_version !== '' ? safe.fw_version : undefined,
		ecu: safe.ecu_status === 'online' || safe.ecu_status === 'offline' ? safe.ecu_status : undefined,
		uptime: uptimeSeconds(safe.uptime),
	};
}

function readMembers(sent: Json, odd: Oddities): Json {
	const wrong = wrongMembers('status', sent, odd);
	const members: Json = {};
	let left = MAX_NESTED;
	for (const [index, name] of Object.keys(sent).entries()) {
		const value = name === 'batt_voltage' ? volts(sent[name], odd) : sent[name];
		const size = nestedSize(value);
		if (size > left || (index >= MAX_MEMBERS && !SAFE.has(name))) odd.add(`status.${name}`);
		else if (value !== undefined && !wrong.has(name)) {
			left -= size;
			setMember(members, name, value);
		}
	}
	return members;
}

function nestedSize(value: unknown): number {
	if (typeof value !== 'object' || value === null) return 0;
	return isTooDeep(value) ? Number.POSITIVE_INFINITY : JSON.stringify(value).length;
}

/** `"14.1V"` in firmware 4, a number in firmware 6; a value that is neither is no voltage. */
function volts(value: unknown, odd: Oddities): unknown {
	if (value === null || typeof value === 'number') return value;
	const digits = typeof value === 'string' ? VOLTS.exec(value.trim())?.[1] : undefined;
	if (digits === undefined) odd.add('status.batt_voltage');
	return digits === undefined ? undefined : Number(digits);
}

function identifier(value: unknown, odd: Oddities): string | undefined {
	if (typeof value !== 'string' || value === '') return undefined;
	if (IDENTIFIER.test(value)) return value;
	odd.add('status.device_id');
	return undefined;
}

/** `00:00:41`, `1d 02:03:04` or a number of seconds; undefined for anything else, such as `N/A`. */
export function uptimeSeconds(value: unknown): number | undefined {
	if (typeof value === 'number') return value >= 0 ? value : undefined;
	if (typeof value !== 'string') return undefined;
	const parts = CLOCK.exec(value.trim());
	if (parts === null) return uptimeSeconds(numberOf(value.trim()));
	const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = parts;
	return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}
