import { Ajv, type ErrorObject } from 'ajv';

/** A number, or null where the UPS has no value (a temperature sensor without power). */
const reading = { type: ['number', 'null'] };
/** A set of bits or a code. */
const code = { type: ['integer', 'null'], minimum: 0, maximum: 0xffff_ffff };
/** Seconds since the epoch, as milliseconds still a number that a date can hold. */
const moment = { type: ['number', 'null'], minimum: 0, maximum: 8.64e12 };
const text = { type: ['string', 'null'] };

function record(codes: readonly string[], readings: readonly string[]) {
	const properties: Record<string, object> = {};
	for (const name of codes) properties[name] = code;
	for (const name of readings) properties[name] = reading;
	return { type: 'object', properties };
}

/**
 * The shape of a telemetry body, as lenient as can be: keys may be missing, unknown keys will come with newer
 * firmware, any value may be null. What does not fit is left out of the message and named there.
 */
const TELEMETRY = {
	type: 'object',
	properties: {
		ts: moment,
		fw_ver: text,
		uptime_s: reading,
		power: record(
			['version', 'flags', 'charge_state', 'faults'],
			[
				...[
					'vbus_in_mv',
					'pd_in_mv',
					'pd_in_ma',
					'vbus_out_mv',
					'vout_set_mv',
					'vout_read_mv',
					'iout_limit_ma',
				],
				...['pd_out_mv', 'pd_out_ma', 'vbat_mv', 'ibat_ma', 'vsys_mv', 'iin_ma', 'ibus_out_ma'],
				...['temp_lm_dc', 'temp_mp_dc', 'temp_dc', 'uptime_s'],
			],
		),
		host: record(['eth_state'], ['cpu_temp_dc', 'mem_pct', 'disk_pct', 'load_x100', 'uptime_s']),
		net: record(['state'], ['rssi_dbm', 'rsrp_dbm', 'rsrq_db', 'sinr_db', 'bytes_tx', 'bytes_rx']),
		acks: { type: 'array' },
		rejected: { type: 'array' },
		resp_dropped: record([], ['bytes', 'max']),
	},
};

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(TELEMETRY);

const NOTHING_ODD: ReadonlySet<string> = new Set();

/** The members of a telemetry body that have the wrong type, as dotted names such as `power.vbus_in_mv`. */
export function oddMembers(body: object): ReadonlySet<string> {
	if (validate(body)) return NOTHING_ODD;
	const errors: ErrorObject[] = validate.errors ?? [];
	return new Set(errors.map((error) => error.instancePath.slice(1).replaceAll('/', '.')));
}
