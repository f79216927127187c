import type { Body } from './bodies.js';
import { encodeJson, type Json, type Member, Members } from './json.js';

/** Names of values, and those that A Better Routeplanner has for them. */
const NAMES = new Map([
	['SOC', 'soc'],
	['HV_W', 'power'],
	['SPEED', 'speed'],
	['CHARGING', 'is_charging'],
	['CHARGING_DC', 'is_dcfc'],
	['PARK_BRAKE', 'is_parked'],
	['HV_V', 'voltage'],
	['HV_A', 'current'],
	['SOH', 'soh'],
	['ODOMETER', 'odometer'],
	['RANGE', 'est_battery_range'],
	['TMP_A', 'ext_temp'],
	['BATT_TEMP', 'batt_temp'],
	['T_CAB', 'cabin_temp'],
]);

const nameOf = (name: string) =>
	NAMES.get(name) ??
	(/^TYRE_P_../.test(name) ? name.replace('TYRE_P', 'tire_pressure').toLowerCase() : undefined);

/**
 * The form that A Better Routeplanner takes: the user's token, and a JSON text with the values it knows.
 *
 * @param seconds the device's clock
 */
export function abrpForm(values: readonly Member[], seconds: number, token: string): Body {
	const known = values.flatMap(([name, value]): [string, Json][] => {
		const to = nameOf(name.toString());
		return to === undefined ? [] : [[to, value]];
	});
	const telemetry = new Members([...known, ['utc', seconds], ['car_model', 'kolibri:one:24:77']]);
	const form = `token=${encodeURIComponent(token)}&tlm=${encodeURIComponent(encodeJson(telemetry).toString())}`;
	return { bytes: Buffer.from(form), contentType: 'application/x-www-form-urlencoded' };
}
