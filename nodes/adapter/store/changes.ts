/**
 * What memory holds and the disk does not yet. Only the newest state of each entry and token is kept, so that an
 * entry that changed several times is written once, and changes that could not be written simply stay in here.
 */
export class Changes {
	/** Per scope and name the JSON text; undefined removes the entry. */
	readonly entries = new Map<string, Map<string, string | undefined>>();
	/** Per scope and token its `at`; undefined forgets the token. */
	readonly tokens = new Map<string, Map<string, number | undefined>>();
	/** The number of the newest commit in here that the log of recent ones has as well; 0: none. */
	seq = 0;

	get empty(): boolean {
		return this.entries.size === 0 && this.tokens.size === 0;
	}

	/** About how much there is to be written, in characters. */
	get size(): number {
		let size = 0;
		for (const values of this.entries.values())
			for (const [name, text = ''] of values) size += name.length + text.length;
		for (const values of this.tokens.values()) size += 100 * values.size;
		return size;
	}

	entry(scope: string, name: string, text: string | undefined): void {
		inner(this.entries, scope).set(name, text);
	}

	token(scope: string, token: string, at: number | undefined): void {
		inner(this.tokens, scope).set(token, at);
	}

	/** Takes back changes that were not written, except where something newer is known. */
	addOlder(older: Changes): void {
		merge(this.entries, older.entries);
		merge(this.tokens, older.tokens);
		this.seq = Math.max(this.seq, older.seq);
	}
}

function inner<V>(outer: Map<string, Map<string, V>>, scope: string): Map<string, V> {
	let map = outer.get(scope);
	if (map === undefined) {
		map = new Map();
		outer.set(scope, map);
	}
	return map;
}

function merge<V>(newer: Map<string, Map<string, V>>, older: Map<string, Map<string, V>>): void {
	for (const [scope, values] of older) {
		const target = inner(newer, scope);
		for (const [name, value] of values) if (!target.has(name)) target.set(name, value);
	}
}
