import type * as Lmdb from 'lmdb';
import type { StoredValue } from '../../protocol/common/store.js';
import type { Changes } from './changes.js';
import type { Owner } from './lease.js';
import type { Content, ScopeContent } from './memory.js';

/** The layout described below; a file with a higher number belongs to a later version of the collection. */
export const FORMAT = 1;

/** How many records are read before others get their turn. */
const SLICE = 1000;

/** LMDB's own limit for a key, less what an array key adds to its two parts. */
const MAX_KEY_BYTES = 1900;

type Key = [scope: string, name: string];

/** The owner as stored; `generation` grows with every owner and is what writing is conditional on. */
export interface Lease {
	readonly owner: Owner;
	readonly generation: number;
}

/** Files that belong to a later version. */
export class NewerFormat extends Error {}

/**
 * One LMDB file with three tables:
 *
 * - `meta`: `format`, `owner` whose record version is the owner's generation, and `seq`, the newest logged commit in here;
 * - `entries`: `[scope, name]` -> the value as JSON;
 * - `tokens`: `[scope, token]` -> its `at`.
 *
 * Overlapping sync stays off: with it a write resolves no earlier (only after the flush), while a failed write never
 * settles its flush promise, which then keeps the database from being closed. Batching by event turn stays off
 * since it makes a promise that nobody can catch when a write fails.
 */
export class Database {
	/** Records that could not be decoded; they go with the next write. */
	private readonly broken: { table: Lmdb.Database<string, Key>; key: Key }[] = [];

	private constructor(
		private readonly root: Lmdb.RootDatabase,
		private readonly meta: Lmdb.Database,
		private readonly entries: Lmdb.Database<string, Key>,
		private readonly tokens: Lmdb.Database<string, Key>,
	) {}

	/**
	 * Opens the file, and creates it where it is missing (but not to read only). Blocks for as long as that takes.
	 * @throws NewerFormat, or an error of LMDB
	 */
	static open(path: string, readOnly = false): Database {
		// Required here, not imported above: on a platform without a binary the collection must still load.
		const lmdb = require('lmdb') as typeof Lmdb;
		const options = {
			path,
			overlappingSync: false,
			eventTurnBatching: false,
			permissionsMode: 0o600,
			readOnly,
		};
		const root = lmdb.open(options as Lmdb.RootDatabaseOptionsWithPath);
		try {
			const meta = root.openDB('meta', { encoding: 'json', useVersions: true });
			if ((meta.get('format') ?? FORMAT) > FORMAT) throw new NewerFormat();
			const entries = root.openDB<string, Key>('entries', { encoding: 'string' });
			return new Database(root, meta, entries, root.openDB<string, Key>('tokens', { encoding: 'string' }));
		} catch (error) {
			root.close().catch(() => {});
			throw error;
		}
	}

	/** Who may write at this moment. */
	lease(): Lease | undefined {
		this.root.resetReadTxn();
		const entry = this.meta.getEntry('owner');
		return entry === undefined ? undefined : { owner: entry.value, generation: entry.version ?? 0 };
	}

	/** Becomes the owner after the one found, unless somebody else was quicker. */
	async take(found: Lease | undefined, owner: Owner): Promise<Lease | undefined> {
		const generation = (found?.generation ?? 0) + 1;
		const put = () => {
			this.meta.put('format', FORMAT, 1);
			this.meta.put('owner', owner, generation);
		};
		const taken = found
			? this.meta.ifVersion('owner', found.generation, put)
			: this.meta.ifNoExists('owner', put);
		return (await taken) ? { owner, generation } : undefined;
	}

	/**
	 * Writes changes (and the owner's own record where one is given) if the generation is still the owner's.
	 * @returns false when it is not; nothing was written then
	 */
	write(changes: Changes, generation: number, owner: Owner | undefined): Promise<boolean> {
		return this.meta.ifVersion('owner', generation, () => {
			if (owner !== undefined) this.meta.put('owner', owner, generation);
			if (changes.seq > 0) this.meta.put('seq', changes.seq, 1);
			for (const { table, key } of this.broken.splice(0)) table.remove(key);
			putAll(this.entries, changes.entries, (text) => text);
			putAll(this.tokens, changes.tokens, (at) => at?.toString());
		});
	}

	/**
	 * Reads everything, letting others have their turn in between.
	 * @returns the content, the newest logged commit in it, and the number of records that could not be decoded
	 */
	async load(): Promise<{ content: Content; seq: number; unreadable: number }> {
		const content: Content = new Map();
		const read = (
			table: Lmdb.Database<string, Key>,
			add: (to: ScopeContent, name: string, text: string) => void,
		) =>
			walk(table, (key, text) => {
				try {
					add(scopeOf(content, unescaped(key[0])), unescaped(key[1]), text);
				} catch {
					this.broken.push({ table, key });
				}
			});
		await read(this.entries, ({ entries }, name, text) => entries.set(name, parsed(text)));
		await read(this.tokens, ({ tokens }, token, text) => tokens.set(token, time(text)));
		return { content, seq: this.meta.get('seq') ?? 0, unreadable: this.broken.length };
	}

	/** Waits for what is on its way and closes the file. Never rejects. */
	async close(): Promise<void> {
		try {
			await this.root.close();
		} catch {
			// Nothing more can be done for a file that cannot even be closed.
		}
	}
}

/** Why a write failed: LMDB puts the cause into a promise beside the error. */
export async function causeOf(error: unknown): Promise<unknown> {
	const cause = (error as { commitError?: Promise<unknown> } | undefined)?.commitError;
	if (cause === undefined) return error;
	const settled = cause.then(
		() => error,
		(reason: unknown) => reason,
	);
	return Promise.race([settled, new Promise((resolve) => setImmediate(resolve, error))]);
}

/** LMDB's own errors that can only come from what is in the file (lmdb.h, Return Codes). */
const DAMAGE = new Set<unknown>([
	...[-30797, -30796, -30794, -30793], // page not found, corrupted, other version, not an LMDB file
	...[-30787, -30786, -30784, -30782, -30781, -30779], // cursor or page full, incompatible, bad transaction, key or page
]);

/** Whether an error shows that the file is damaged. */
export function isDamage(error: unknown): boolean {
	return error instanceof SyntaxError || DAMAGE.has((error as { code?: unknown }).code);
}

/** Whether a scope's entry or token of this name fits into a key. */
export function fitsKey(scope: string, name: string): boolean {
	// No character takes more than six bytes, so that short names need not be measured.
	if ((scope.length + name.length) * 6 < MAX_KEY_BYTES) return true;
	return Buffer.byteLength(escaped(scope)) + Buffer.byteLength(escaped(name)) < MAX_KEY_BYTES;
}

function putAll<V>(
	table: Lmdb.Database<string, Key>,
	changes: ReadonlyMap<string, ReadonlyMap<string, V>>,
	textOf: (value: V) => string | undefined,
): void {
	for (const [scope, values] of changes) {
		const part = escaped(scope);
		for (const [name, value] of values) {
			const text = textOf(value);
			if (text === undefined) table.remove([part, escaped(name)]);
			else table.put([part, escaped(name)], text);
		}
	}
}

async function walk(
	table: Lmdb.Database<string, Key>,
	visit: (key: Key, text: string) => void,
): Promise<void> {
	let last: Key | undefined;
	for (;;) {
		let count = 0;
		const from = last === undefined ? {} : { start: last, exclusiveStart: true };
		for (const { key, value } of table.getRange({ ...from, limit: SLICE })) {
			visit(key, value);
			last = key;
			count++;
		}
		if (count < SLICE) return;
		await new Promise((resolve) => setImmediate(resolve));
	}
}

function scopeOf(content: Content, scope: string): ScopeContent {
	let found = content.get(scope);
	if (found === undefined) {
		found = { entries: new Map(), tokens: new Map() };
		content.set(scope, found);
	}
	return found;
}

function parsed(text: string): StoredValue {
	return JSON.parse(text);
}

function time(text: string): number {
	const at = Number(text);
	if (Number.isNaN(at)) throw new RangeError('Not a time');
	return at;
}

/**
 * LMDB's keys hold neither NUL nor half a surrogate pair, which JSON spells out; a backslash marks such a key. An
 * empty part would be lost, too.
 */
function escaped(part: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that a key cannot hold
	if (part !== '' && part.isWellFormed() && !/[\0-\x1f\\]/.test(part)) return part;
	return `\\${JSON.stringify(part)}`;
}

function unescaped(part: string): string {
	return part.startsWith('\\') ? JSON.parse(part.slice(1)) : part;
}
