import type { HpduDevice } from './device.js';
import type { Pairs } from './form.js';
import { Refusal } from './refusal.js';
import type { Unit } from './unit.js';
import type { User } from './users.js';

/** A request on its way to a resource. */
export interface Call {
	readonly device: HpduDevice;
	/** The unit that is meant. */
	readonly unit: Unit;
	/** Came with `/databus/<unit>/`. */
	readonly bridged: boolean;
	/** Is for another unit than the one that is asked. */
	readonly foreign: boolean;
	readonly user: User;
	/** What the placeholders of the resource stand for. */
	readonly args: readonly string[];
	readonly form: Pairs;
	/** Address of the client, without `::ffff:`. */
	readonly from: string;
	/** Whether it came by HTTPS. */
	readonly secure: boolean;
}

/** What a resource answers: form fields, or the bytes of something else. */
export interface Reply {
	readonly pairs?: Pairs;
	readonly bytes?: Buffer;
	readonly status?: number;
	/** Milliseconds that it takes. */
	readonly takes?: number;
}

export type Handler = (call: Call) => Reply;

/** The value of a form field, the last one if there are several. */
export function field(form: Pairs, name: string): string | undefined {
	return form.findLast(([key]) => key === name)?.[1];
}

/** @throws Refusal 400 when it is not there */
export function neededField(form: Pairs, name: string): string {
	const value = field(form, name);
	if (value === undefined) {
		throw new Refusal(400);
	}
	return value;
}

/** @throws Refusal 400 when it is not there, 422 when it is not a whole number of this range */
export function numberField(form: Pairs, name: string, min: number, max: number): number {
	const text = neededField(form, name);
	const value = Number(text);
	if (!/^\d{1,10}$/.test(text) || value < min || value > max) {
		throw new Refusal(422);
	}
	return value;
}
