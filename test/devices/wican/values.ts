import { nameFor } from './config.js';
import { type Firmware, NAME_BYTES } from './firmware.js';
import { firstBytes, type Json, type Member } from './json.js';
import type { Motion } from './motion.js';
import { inOrder, type Parameter } from './parameters.js';

/** Where the car's circuit through town begins. */
const START = { latitude: 52.520008, longitude: 13.404954 };

/** A position on a circle of 1 km around the start. */
export function position({ kilometres, speed }: Motion) {
	const angle = kilometres;
	return {
		latitude: START.latitude + 0.009 * Math.sin(angle),
		longitude: START.longitude + 0.0148 * (1 - Math.cos(angle)),
		altitude: 34 + 3 * Math.sin(angle / 2),
		/** km/h */
		speed,
		heading: ((angle * 180) / Math.PI) % 360,
		satellites: 11,
	};
}

function valueFor(firmware: Firmware, parameter: Parameter, motion: Motion, broken: boolean): Json {
	const value = broken ? Number.NaN : parameter.read(motion);
	if (firmware.isV6) {
		return value;
	}
	return parameter.binary && !Number.isNaN(value) ? (value ? 'on' : 'off') : Number(value.toFixed(2));
}

/** What `autopid_data` is made of. */
export interface Reading {
	readonly firmware: Firmware;
	/** Those of the car that were read since the boot. */
	readonly parameters: readonly Parameter[];
	readonly motion: Motion;
	readonly notANumber: readonly string[];
	readonly gps: boolean;
}

/** The values by name, without a timestamp. */
export function readValues({ firmware, parameters, motion, notANumber, gps }: Reading): Member[] {
	const isBroken = ({ name }: Parameter) => notANumber.includes(name.toString());
	const values = inOrder(parameters)
		.filter((one) => firmware.sendsNan || !isBroken(one))
		.map((one): Member => {
			const name = nameFor(firmware, one);
			const shown = firmware.isV6 ? firstBytes(name, NAME_BYTES) : name;
			return [shown, valueFor(firmware, one, motion, isBroken(one))];
		});
	if (!gps || firmware.shape !== 'v6') {
		return values;
	}
	const fix = Object.entries(position(motion)).map(([name, value]): Member => [`gps_${name}`, value]);
	return [...values, ...fix];
}
