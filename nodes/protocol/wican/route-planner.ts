/**
 * What was meant for A Better Routeplanner (ABRP). Its sender logs in there with a token and an API key, which may stand
 * in the body or in the query: they are secrets of the user and go no further.
 * Source: Iternio telemetry API, "tlm/send".
 */
import { isRecord, type Json, member } from './json.js';

/** The member that holds the telemetry. */
const TELEMETRY = 'tlm';

/** Names of what proves who sends, in lower case. */
const LOGIN_NAMES: ReadonlySet<string> = new Set(['token', 'api_key', 'apikey', 'api-key', 'authorization']);

function isLoginName(name: string): boolean {
	return LOGIN_NAMES.has(name.toLowerCase());
}

/** Whether a body is a form for A Better Routeplanner, written as JSON: `{ token: "…", tlm: { soc: 62 } }`. */
export function isRoutePlannerTwin(body: Json): boolean {
	const names = Object.keys(body);
	const telemetry = member(body, TELEMETRY);
	if (typeof telemetry !== 'string' && !isRecord(telemetry)) return false;
	return names.some(isLoginName) || (isRecord(telemetry) && names.length === 1);
}

/** Takes the login out of telemetry, at every level. @param value at most as deep as the call stack allows */
export function removeLogin(value: unknown): void {
	if (typeof value !== 'object' || value === null) return;
	for (const name of Object.keys(value)) {
		if (!Array.isArray(value) && isLoginName(name)) delete (value as Json)[name];
		else removeLogin(member(value as Json, name));
	}
}

/**
 * Takes the login out of a user's template, wherever it stands beside or in telemetry; all else stays.
 * @param value at most as deep as the call stack allows
 * @returns whether there is any telemetry in it
 */
export function removeLoginOfTelemetry(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	if (Object.hasOwn(value, TELEMETRY)) {
		removeLogin(value);
		return true;
	}
	return Object.values(value).map(removeLoginOfTelemetry).includes(true);
}

/** Takes the login out of the parameters of a query. @param isForRoutePlanner whether the body was meant for it */
export function removeLoginOfQuery(query: Record<string, string>, isForRoutePlanner: boolean): void {
	if (isForRoutePlanner || Object.hasOwn(query, TELEMETRY)) removeLogin(query);
}
