/**
 * What one POST says, whatever firmware sent it: the first and the later ones of firmware 4 and 6, the Home Assistant
 * webhook's (whole or only what changed), a form for A Better Routeplanner, a user's own template.
 */

import { type BodyFault, parseBody, type ReadableBody } from './body.js';
import { type Meaning, readConfig } from './config.js';
import { duplicateNames } from './duplicates.js';
import { isRecord, isTooDeep, type Json, member, Oddities } from './json.js';
import { type Position, positionInBlock, positionInForm, positionInValues } from './position.js';
import { isRoutePlannerTwin, removeLogin, removeLoginOfTelemetry } from './route-planner.js';
import { readStatus, type Status } from './status.js';
import { readValues, sampleTime } from './values.js';

/** One POST, understood. */
export interface Report {
	/** Values by name; the object belongs to whoever asked for the report. */
	readonly payload: Json;
	/** Units and classes, in the order sent; undefined where the body has no `config`. */
	readonly config: readonly Meaning[] | undefined;
	readonly status: Status | undefined;
	readonly position: Position | undefined;
	/** Milliseconds since the epoch by the device's clock; undefined while that is not set. */
	readonly sampledAt: number | undefined;
	/** Names that stood there more than once, the first fifty; the last value counted. */
	readonly duplicates: readonly string[];
	/** Names of what was left out: it had a wrong type, or no place in the WiCAN's own form. */
	readonly odd: readonly string[];
	/** Units and classes that stand beside the values themselves, if any do. */
	readonly meanings?: readonly Meaning[];
	/** There, and true, where it holds telemetry for A Better Routeplanner: its query may hold the user's login there. */
	readonly isForRoutePlanner?: true;
	/** The values once more, where the body was like one before it in all but its numbers. */
	readonly numbers?: Numbers;
}

/** Numbers apart from their names. */
export interface Numbers {
	/** The same list, not only an equal one, for all bodies that are alike. */
	readonly names: readonly string[];
	readonly values: readonly number[];
	/** Values that are no numbers, the same list likewise. */
	readonly others: readonly (readonly [name: string, value: unknown])[];
}

/** The members that make a body one of the WiCAN's own, and those known to stand beside them. */
const MEMBERS = ['autopid_data', 'config', 'status'] as const;
const KNOWN = new Set<string>([...MEMBERS, 'gps', 'schema', '_meta']);

/** Members of the `status` of some firmware, secret ones among them. */
const OF_A_DEVICE =
	/^(device_id|(fw|git|hw)_version|ecu_status|mdns$|(sta|ap|home|drive|mqtt|ble|wifi|batt|vpn|dns|elm327|obd)_)/;

/** In `status` a repeated name means nothing. */
const UNWATCHED: ReadonlySet<string> = new Set(['status']);
const ALL_WATCHED: ReadonlySet<string> = new Set();

/** More are not named: each of ten thousand messages of one body would repeat them. */
export const MAX_DUPLICATES = 50;

/**
 * Reads a body; never throws.
 * Source: WiCAN documentation, "What the HTTPS Destination Does", and the bodies of firmware v4.40 to v6.
 */
export function readReport({ text, value, form }: ReadableBody): Report | BodyFault {
	if (!isRecord(value)) return 'bad-body';
	// Of its own form only the part is left out that is too deep: a first POST that is refused comes again for ever.
	if (!form && isOwn(value)) return readOwn(text, value);
	if (isTooDeep(value)) return 'bad-body';
	if (form) return readRoutePlanner(text, value);
	return isRoutePlannerTwin(value) ? readTwin(text, value.tlm) : readTemplate(text, value);
}

/** What stands beside `tlm` is the login at A Better Routeplanner and goes no further. */
function readTwin(text: string, tlm: unknown): Report | BodyFault {
	if (isRecord(tlm)) return readRoutePlanner(text, tlm);
	const body = parseBody(String(tlm), true);
	return typeof body === 'string' ? body : readReport(body);
}

/**
 * Whether a body is in the WiCAN's own form. A user's template may have a `status` or `config` too, but beside other
 * names, and not with what only a device tells of itself: that is no template, since it may hold passwords.
 */
function isOwn(body: Json): boolean {
	if (Object.hasOwn(body, 'autopid_data')) return true;
	const { status, config, gps } = {
		status: member(body, 'status'),
		config: member(body, 'config'),
		gps: member(body, 'gps'),
	};
	if (isRecord(status) && Object.keys(status).some((name) => OF_A_DEVICE.test(name))) return true;
	if (!Object.keys(body).every((name) => KNOWN.has(name))) return false;
	return isRecord(status) || isRecord(config) || (isRecord(gps) && Object.hasOwn(body, 'schema'));
}

function readOwn(text: string, body: Json): Report {
	const odd = new Oddities();
	for (const name of Object.keys(body)) if (!KNOWN.has(name)) odd.add(name);
	const part = (name: string): Json | undefined => {
		const value = member(body, name);
		if (isRecord(value)) return value;
		if (value !== undefined && value !== null) odd.add(name);
		return undefined;
	};
	const duplicates = duplicateNames(text, body, UNWATCHED);
	const [config, status, gps] = [part('config'), part('status'), part('gps')];
	const sent = member(body, 'autopid_data');
	const isList = Array.isArray(sent) && sent.some(isRecord);
	const data = isList ? { groups: sent } : (part('autopid_data') ?? {});
	const { payload, timestamp, repeated, meanings } = readValues(data, 'timestamp', odd);
	return {
		payload,
		config: config && readConfig(config, odd),
		status: status && readStatus(status, odd),
		position: (gps && positionInBlock(gps, odd)) ?? positionInValues(payload),
		sampledAt: sampleTime(timestamp),
		duplicates: named(duplicates, repeated),
		odd: odd.names,
		...(meanings.length > 0 && { meanings }),
	};
}

/** @param body the telemetry that a form for A Better Routeplanner holds */
function readRoutePlanner(text: string, body: Json): Report {
	const odd = new Oddities();
	const duplicates = duplicateNames(text, body, ALL_WATCHED);
	removeLogin(body);
	const { payload, timestamp, repeated, meanings } = readValues(body, 'utc', odd);
	return {
		payload,
		config: undefined,
		status: undefined,
		position: positionInForm(payload),
		sampledAt: sampleTime(timestamp),
		isForRoutePlanner: true,
		duplicates: named(duplicates, repeated),
		odd: odd.names,
		...(meanings.length > 0 && { meanings }),
	};
}

function readTemplate(text: string, body: Json): Report {
	const duplicates = duplicateNames(text, body, ALL_WATCHED);
	return {
		payload: body,
		config: undefined,
		status: undefined,
		position: undefined,
		sampledAt: undefined,
		...(removeLoginOfTelemetry(body) && { isForRoutePlanner: true }),
		duplicates: named(duplicates, []),
		odd: [],
	};
}

function named(duplicates: readonly string[], repeated: readonly string[]): string[] {
	return [...new Set([...duplicates, ...repeated])].slice(0, MAX_DUPLICATES);
}
