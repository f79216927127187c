import type { Parameter } from './parameters.js';

/** Rows in the firmware's table of standard PIDs. */
const ROWS = 205;
const MODES = 5;

/** The units that table has, in its own spelling, with the classes. */
const UNITS = [
	['percentage', '%'],
	['temperature', 'degC'],
	['gas', 'grams/sec'],
	['voltage', 'volts'],
	['duration', 'seconds'],
] as const;

/** The whole table of standard PIDs, all of them disabled, as a car has it whose owner was thorough. */
export const STANDARD_SET: readonly Parameter[] = Array.from({ length: ROWS }, (_, n): Parameter => {
	const [className, unit] = UNITS[n % UNITS.length] ?? ['none', 'none'];
	const pid = (0x60 + Math.floor(n / MODES)).toString(16).toUpperCase();
	return {
		name: `${pid}-SupplementarySensor${pid}Bank${(n % MODES) + 1}`,
		class: className,
		unit,
		source: 'standard',
		read: () => n,
		enabled: false,
		max: 65_535,
	};
});
