/**
 * The literal input of a case as JSON that can be read and edited. What JSON has no form for is an object with one name:
 * `{"$bytes":"…"}` has a character for each byte, `{"$odd":"…"}` is one of the values below, `{"$bare":{…}}` an object
 * without a prototype.
 */

/** What a function node can put where a text, number or object is wanted, and JSON can't hold. */
export const ODD_VALUES: ReadonlyMap<string, unknown> = new Map<string, unknown>([
	...([undefined, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const).map(
		(value) => [Object.is(value, -0) ? '-0' : String(value), value] as const,
	),
	['a large BigInt', 2n ** 70n],
	['a symbol', Symbol.iterator],
	['a function', () => 1],
	['a date', new Date(0)],
	['a pattern', /x/],
	['a map', new Map([[1, 2]])],
	['a million holes', new Array(1e6)],
	['an object that is a number', { valueOf: () => 1 }],
	['an object that is a text', { toString: () => 'x' }],
]);

/** @throws Error for a value that has no form */
export function spelled(value: unknown): unknown {
	for (const [name, odd] of ODD_VALUES) if (Object.is(odd, value)) return { $odd: name };
	if (Buffer.isBuffer(value)) return { $bytes: value.toString('latin1') };
	if (Array.isArray(value)) return value.map(spelled);
	if (typeof value === 'object' && value !== null) return spelledObject(value);
	if (['string', 'number', 'boolean'].includes(typeof value) || value === null) return value;
	throw new Error(`There is no form for a ${typeof value}`);
}

function spelledObject(value: object): unknown {
	const prototype: unknown = Object.getPrototypeOf(value);
	if (prototype !== null && prototype !== Object.prototype)
		throw new Error('There is no form for this object');
	const members = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, spelled(each)]));
	const isAmbiguous = Object.keys(members).some((name) => name.startsWith('$'));
	if (prototype === null) return { $bare: members };
	return isAmbiguous ? { $plain: members } : members;
}

/** The value that was spelled. @throws Error for what is no spelling */
export function unspelled(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(unspelled);
	if (typeof value !== 'object' || value === null) return value;
	const [[form, content] = ['', undefined]] = Object.entries(value);
	if (!form.startsWith('$')) return membersOf(value);
	const read = FORMS[form];
	if (read === undefined) throw new Error(`There is no form ${form}`);
	return read(content);
}

const membersOf = (value: unknown): object =>
	Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, unspelled(each)]));

const FORMS: Readonly<Record<string, (content: unknown) => unknown>> = {
	$bytes: (text) => Buffer.from(String(text), 'latin1'),
	$odd: (name) => {
		if (!ODD_VALUES.has(String(name))) throw new Error(`There is no odd value ${String(name)}`);
		return ODD_VALUES.get(String(name));
	},
	$bare: (members) => Object.setPrototypeOf(membersOf(members), null) as object,
	$plain: membersOf,
};
