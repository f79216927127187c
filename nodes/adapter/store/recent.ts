import type * as Lmdb from 'lmdb';
import type { Change } from '../../protocol/common/store.js';
import type { Changes } from './changes.js';
import type { Content } from './memory.js';

/** One commit as the log has it: the scope, entries (a missing value removes), and a token with its `at`. */
interface LoggedCommit {
	readonly s: string;
	readonly e?: readonly (readonly [name: string, value?: unknown])[];
	readonly c?: readonly [token: string, at: number];
}

/** A commit read back. */
export interface Recent {
	readonly seq: number;
	readonly commit: LoggedCommit;
}

/** A commit to be added. */
export interface Numbered {
	readonly seq: number;
	readonly text: string;
}

type Table = Lmdb.Database<string, number>;

/**
 * The latest commits, kept where the death of the process can't reach them until the data file has them: in the
 * memory of the operating system. Nothing here is flushed to disk, so an entry costs a few microseconds, without
 * another thread and without waiting. After a crash of the system the file may hold anything, which is why it bears
 * the system's boot id in its name and is read in the same boot only; what it held is lost then, as a commit without
 * `flush` may be.
 *
 * Two tables take turns: while the commits of one are on their way into the data file, new ones go to the other.
 */
export class RecentLog {
	/** The number of the newest commit in each table; 0 for an empty one. */
	private readonly newest: [number, number] = [0, 0];
	private current: 0 | 1 = 0;

	private constructor(
		private readonly lmdb: typeof Lmdb,
		private readonly root: Lmdb.RootDatabase,
		private readonly owners: Lmdb.Database<string>,
		private readonly tables: readonly [Table, Table],
		private readonly owner: string,
	) {}

	/**
	 * Opens a log, and creates it where it is missing. Only its owner may add to it from now on.
	 * @param owner names this opening of the store
	 * @throws an error of LMDB
	 */
	static open(path: string, owner: string): RecentLog {
		// Required here, not imported above: on a platform without a binary the collection must still load.
		const lmdb = require('lmdb') as typeof Lmdb;
		const options = {
			path,
			overlappingSync: false,
			noSync: true,
			eventTurnBatching: false,
			permissionsMode: 0o600,
		};
		const root = lmdb.open(options as Lmdb.RootDatabaseOptionsWithPath);
		try {
			const open = (name: string) => root.openDB<string, number>(name, { encoding: 'string' });
			const owners = root.openDB<string>('owners', { encoding: 'string' });
			const log = new RecentLog(lmdb, root, owners, [open('a'), open('b')], owner);
			// A promise given back would make the transaction end later.
			root.transactionSync(() => void owners.put('owner', owner));
			return log;
		} catch (error) {
			root.close().catch(() => {});
			throw error;
		}
	}

	/** Commits newer than this one, in their order. */
	read(after: number): Recent[] {
		const found = this.tables.flatMap((table, index) => {
			const records = [...table.getRange({ start: after, exclusiveStart: true })];
			this.newest[index as 0 | 1] = records.at(-1)?.key ?? 0;
			return records.map(({ key, value }) => ({ seq: key, commit: JSON.parse(value) as LoggedCommit }));
		});
		return found.sort((a, b) => a.seq - b.seq);
	}

	/**
	 * Adds commits, numbered in the order of their making.
	 * @returns false when somebody else owns the log by now; nothing was added then
	 * @throws an error of LMDB
	 */
	add(commits: readonly Numbered[]): boolean {
		const { ABORT } = this.lmdb;
		const table = this.tables[this.current];
		const added = this.root.transactionSync(() => {
			if (this.owners.get('owner') !== this.owner) return ABORT as never;
			for (const { seq, text } of commits) table.put(seq, text);
			return true;
		});
		if (added !== true) return false;
		this.newest[this.current] = Math.max(this.newest[this.current], commits.at(-1)?.seq ?? 0);
		return true;
	}

	/** From now on adds to the other table, if that is empty. */
	turn(): void {
		const other = this.current === 0 ? 1 : 0;
		if (this.newest[other] === 0) this.current = other;
	}

	/** Forgets the commits up to this one, as far as they can be forgotten a table at a time. */
	forget(seq: number): void {
		for (const index of [0, 1] as const) {
			const newest = this.newest[index];
			if (newest === 0 || newest > seq) continue;
			this.tables[index].clearSync();
			this.newest[index] = 0;
		}
	}

	/** Closes the file. Never rejects. */
	async close(): Promise<void> {
		try {
			await this.root.close();
		} catch {
			// Nothing more can be done for a file that cannot even be closed.
		}
	}
}

/** A commit as text for the log. @param texts JSON of the values of `change.set`, in their order */
export function logText({ scope, set = [], remove = [], claim }: Change, texts: readonly string[]): string {
	const entries = remove.map((name) => `[${JSON.stringify(name)}]`);
	for (const [index, [name]] of set.entries()) entries.push(`[${JSON.stringify(name)},${texts[index]}]`);
	const token = claim === undefined ? '' : `,"c":${JSON.stringify([claim.token, claim.at])}`;
	return `{"s":${JSON.stringify(scope)},"e":[${entries.join(',')}]${token}}`;
}

/** Puts commits of the log on top of what the data file holds. */
export function replay(recent: readonly Recent[], content: Content): void {
	for (const { s: scope, e: entries = [], c: token } of recent.map(({ commit }) => commit)) {
		const state = content.get(scope) ?? { entries: new Map(), tokens: new Map() };
		content.set(scope, state);
		for (const [name, ...value] of entries) {
			if (value.length > 0) state.entries.set(name, value[0]);
			else state.entries.delete(name);
		}
		if (token !== undefined) state.tokens.set(...token);
	}
}

/** Notes commits of the log as still to be written, except where something newer is known. */
export function note(recent: readonly Recent[], content: Content, changes: Changes): void {
	for (const { s: scope, e: entries = [], c: token } of recent.map(({ commit }) => commit)) {
		const state = content.get(scope);
		for (const [name] of entries) {
			if (changes.entries.get(scope)?.has(name)) continue;
			const isThere = state?.entries.has(name);
			changes.entry(scope, name, isThere ? JSON.stringify(state?.entries.get(name)) : undefined);
		}
		if (token !== undefined && !changes.tokens.get(scope)?.has(token[0])) changes.token(scope, ...token);
	}
}
