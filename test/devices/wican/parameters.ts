import type { Text } from './json.js';
import type { Motion } from './motion.js';

/** A parameter of a car, as the user or the car's profile sets it up. */
export interface Parameter {
	readonly name: Text;
	/** Default `none`, as the firmware has it. */
	readonly class?: Text;
	readonly unit?: Text;
	/** What it belongs to; `config` lists them in this order. Default custom. */
	readonly source?: 'custom' | 'standard' | 'profile' | 'filter';
	readonly read: (motion: Motion) => number;
	/** False: configured, and never read. */
	readonly enabled?: boolean;
	/** Told as `on` and `off` by v4. */
	readonly binary?: boolean;
	/** Told in the tables of v6 only. */
	readonly min?: number;
	readonly max?: number;
}

const ORDER = ['custom', 'standard', 'profile', 'filter'];

/** Parameters in the order of `config`. */
export function inOrder(parameters: readonly Parameter[]): Parameter[] {
	const rank = ({ source = 'custom' }: Parameter) => ORDER.indexOf(source);
	return parameters.toSorted((a, b) => rank(a) - rank(b));
}

/** The byte of a percentage as a control unit sends it: 255 is 100 %. */
export function percentByte(percent: number): number {
	return (Math.round((percent * 255) / 100) * 100) / 255;
}

/** The nearest multiple of a step. */
export function inSteps(value: number, perUnit: number): number {
	return Math.round(value * perUnit) / perUnit;
}
