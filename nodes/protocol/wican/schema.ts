import { Ajv, type ErrorObject } from 'ajv';
import type { Json, Oddities } from './json.js';

/** They are remembered, and written again with each status that differs. */
const maxLength = 200;
const text = { type: ['string', 'null'], maxLength };
const number = { type: ['number', 'null'] };
/** Firmware 4 writes as text what firmware 6 writes as a number or a boolean. */
const scalar = { type: ['string', 'number', 'boolean', 'null'], maxLength };

function record(members: Readonly<Record<string, object>>) {
	return { type: 'object', properties: members };
}

/**
 * What of `status` may enter a message unasked, and its types. Everything else in it may be a password, a network's
 * name, an address or part of one, in some firmware or in one to come: so this is a list of what is allowed.
 * Firmware before 4.45 sends all of them in clear.
 */
const SAFE_STATUS = {
	device_id: text,
	fw_version: text,
	git_version: text,
	hw_version: text,
	device_type: text,
	uptime: scalar,
	ecu_status: text,
	batt_voltage: scalar,
	obd_chip_status: scalar,
	timestamp: scalar,
	time_synced: scalar,
	wifi_mode: scalar,
	ble_status: scalar,
	network_connected: scalar,
	mqtt_connected: scalar,
	temp_c: scalar,
	protocol: scalar,
} as const;

const GPS = {
	latitude: number,
	longitude: number,
	altitude: number,
	speed: number,
	heading: number,
	satellites: number,
	accuracy: number,
};

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const SCHEMAS = {
	status: ajv.compile(record(SAFE_STATUS)),
	gps: ajv.compile(record(GPS)),
};

/** The names of `status` that are safe, in the order in which messages show them. */
export const SAFE_STATUS_NAMES = Object.keys(SAFE_STATUS) as (keyof typeof SAFE_STATUS)[];

/** The members of a record that have a type which they must not have; they are also noted as odd. */
export function wrongMembers(kind: keyof typeof SCHEMAS, value: Json, odd: Oddities): ReadonlySet<string> {
	const validate = SCHEMAS[kind];
	if (validate(value)) return new Set();
	const errors: ErrorObject[] = validate.errors ?? [];
	const names = new Set(errors.map(({ instancePath }) => instancePath.slice(1)));
	for (const name of names) odd.add(`${kind}.${name}`);
	return names;
}
