/** An object without the members that are undefined. A literal that always has the same members is fast to make. */
export function knownMembers<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
	const all = members as Record<string, unknown>;
	for (const name in all) if (all[name] === undefined) return withoutUndefined(all) as never;
	return members as never;
}

function withoutUndefined(members: Record<string, unknown>): object {
	const known: Record<string, unknown> = {};
	for (const name in members) if (members[name] !== undefined) known[name] = members[name];
	return known;
}
