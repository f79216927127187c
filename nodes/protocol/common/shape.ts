/** Checks of what the store holds: another version of this package may have written it. They check what reading relies on. */

/** Whether a value is as it should be. Never throws. */
export type Check = (value: unknown) => boolean;

export const isNumber: Check = (value) => typeof value === 'number';
export const isString: Check = (value) => typeof value === 'string';
export const isBoolean: Check = (value) => typeof value === 'boolean';

/** One of a few words. */
export function isOneOf(words: readonly string[]): Check {
	return (value) => typeof value === 'string' && words.includes(value);
}

/** Absent, or as `check` says. */
export function isOptional(check: Check): Check {
	return (value) => value === undefined || check(value);
}

/** A list, blank too, of what `check` says. */
export function isListOf(check: Check): Check {
	return (value) => Array.isArray(value) && value.every(check);
}

/** An object with at least these members. */
export function isObjectOf(members: Readonly<Record<string, Check>>): Check {
	const checks = Object.entries(members);
	return (value) => {
		if (typeof value !== 'object' || value === null) return false;
		return checks.every(([name, check]) => check((value as Record<string, unknown>)[name]));
	};
}

/** The same check for objects and lists that never change, as values in a store: each is checked once. */
export function checkedOnce(check: Check): Check {
	const checked = new WeakMap<object, boolean>();
	return (value) => {
		if (typeof value !== 'object' || value === null) return false;
		const isGood = checked.get(value) ?? check(value);
		checked.set(value, isGood);
		return isGood;
	};
}
