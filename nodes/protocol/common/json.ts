/** JSON from a device: bytes that may not be what they should be. */

/**
 * Parses JSON. Invalid UTF-8 is read leniently, with U+FFFD for each bad byte: a device may cut a text inside a
 * character. Undefined for what is not JSON; a body is never decompressed.
 */
export function parseJson(bytes: Buffer): unknown {
	try {
		return JSON.parse(bytes.toString('utf8'));
	} catch {
		return undefined;
	}
}

/** Whether a value is an object (no array, not null) that holds nothing deeper than so many levels, itself included. */
export function isShallowObject(value: unknown, maxDepth: number): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value) && isShallow(value, maxDepth);
}

function isShallow(value: object, levels: number): boolean {
	if (levels === 0) return false;
	// Parsed JSON inherits nothing that could be enumerated.
	for (const name in value) {
		const member = (value as Record<string, unknown>)[name];
		if (typeof member === 'object' && member !== null && !isShallow(member, levels - 1)) return false;
	}
	return true;
}

/** An object without the members that are undefined. A literal that always has the same members is fast to make. */
export function definedMembers<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
	const all = members as Record<string, unknown>;
	for (const name in all) if (all[name] === undefined) return withoutUndefined(all) as never;
	return members as never;
}

function withoutUndefined(members: Record<string, unknown>): object {
	const defined: Record<string, unknown> = {};
	for (const name in members) if (members[name] !== undefined) defined[name] = members[name];
	return defined;
}
