import { types } from 'node:util';

// The sandbox of a function node has an Object.prototype of its own, so that identity does not tell.
const isPlain = (value: object): boolean => {
	const prototype: unknown = Object.getPrototypeOf(value);
	return prototype === null || Object.getPrototypeOf(prototype) === null;
};

const isCloneable = (value: object): boolean =>
	ArrayBuffer.isView(value) ||
	types.isDate(value) ||
	types.isMap(value) ||
	types.isSet(value) ||
	types.isRegExp(value);

/**
 * A copy of a value that structured serialization takes: functions and objects of foreign classes (the `req` and
 * `res` of an HTTP node) become their names in brackets, everything else stays as it is, cycles included.
 */
export function portable(value: unknown, seen = new Map<object, unknown>()): unknown {
	if (typeof value === 'function') return `[function ${value.name}]`;
	if (typeof value === 'symbol') return value.toString();
	if (typeof value !== 'object' || value === null || isCloneable(value)) return value;
	if (seen.has(value)) return seen.get(value);
	if (types.isNativeError(value))
		return portable({ ...value, name: value.name, message: value.message }, seen);
	if (!Array.isArray(value) && !isPlain(value)) return `[object ${value.constructor.name}]`;
	const copy: object = Array.isArray(value) ? [] : {};
	seen.set(value, copy);
	for (const [name, member] of Object.entries(value)) {
		// Assigning would take a member named __proto__ for the prototype.
		Object.defineProperty(copy, name, {
			value: portable(member, seen),
			enumerable: true,
			writable: true,
			configurable: true,
		});
	}
	return copy;
}
