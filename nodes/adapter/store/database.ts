/**
 * The database file of the embedded store. Runs in the worker thread, which alone knows SQL and waits for the disk. Every row has a
 * checksum, since SQLite does not look into cells.
 */
import { mkdirSync, readFileSync, renameSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Changes, Failure, Finding, StoredScope } from './sqlite-messages.js';
import { damageOf } from './wal.js';

/** The version of the tables. */
const VERSION = 1;

/** Small pages: a report changes a few hundred bytes, and every changed page is written whole. */
const PAGE_SIZE = 512;

/** The log is copied into the database file when it has grown to this. Bytes. */
const LONGEST_LOG = 1 << 20;

const SCHEMA = `
CREATE TABLE entry (scope TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, sum INTEGER NOT NULL,
	UNIQUE (scope, name));
CREATE TABLE nonce (scope TEXT NOT NULL, token TEXT NOT NULL, at REAL NOT NULL, sum INTEGER NOT NULL,
	PRIMARY KEY (scope, token)) WITHOUT ROWID;
PRAGMA user_version = ${VERSION};
`;

/** Result codes of SQLite. Source: "Result and Error Codes" of sqlite.org. */
const [BUSY, CORRUPT, NOT_A_DATABASE] = [5, 11, 26];

type EntryRow = { scope: string; name: string; value: string; sum: number };
type NonceRow = { scope: string; token: string; at: number; sum: number };

/** Thrown for what is not usable: the file is damaged. */
class Damaged extends Error {}

/** Thrown for a file that a later version wrote. */
class TooNew extends Error {}

/** The class has another name in later versions of Node.js. */
function databaseClass(): typeof DatabaseSync {
	const sqlite = require('node:sqlite') as {
		Database?: typeof DatabaseSync;
		DatabaseSync: typeof DatabaseSync;
	};
	return sqlite.Database ?? sqlite.DatabaseSync;
}

interface Statements {
	readonly set: StatementSync;
	readonly remove: StatementSync;
	readonly claim: StatementSync;
	readonly forget: StatementSync;
	readonly entries: StatementSync;
	readonly nonces: StatementSync;
}

export class StoreFile {
	private database: DatabaseSync | undefined;
	private statements: Statements | undefined;
	private isSynced = false;
	/** The files as this process left them. */
	private files: readonly [Stats | undefined, Stats | undefined] = [undefined, undefined];

	/**
	 * @param path of the database file
	 * @param now milliseconds since the epoch
	 */
	constructor(
		private readonly path: string,
		private readonly now: () => number,
	) {}

	/**
	 * Opens the file, makes it where it is missing, and moves it aside where it is damaged; what can be read of it goes into a new
	 * one.
	 * @throws an error that `failureOf` explains
	 */
	open(): Finding | undefined {
		this.close();
		mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
		try {
			this.connect();
			return undefined;
		} catch (error) {
			if (!isDamage(error)) {
				this.close();
				throw error;
			}
			return this.replaceDamaged(reasonOf(error));
		}
	}

	/** Syncs the log into the file and closes it. Never throws. */
	close(): void {
		try {
			this.database?.close();
		} catch {
			// A file that cannot be closed is of no use any more either way.
		}
		this.database = undefined;
		this.statements = undefined;
	}

	/** @throws an error that `failureOf` explains */
	load(scope: string): StoredScope {
		const { entries, nonces } = this.opened;
		const entryRows = entries.all(scope) as unknown as EntryRow[];
		const nonceRows = nonces.all(scope) as unknown as NonceRow[];
		if (!entryRows.every(isWholeEntry) || !nonceRows.every(isWholeNonce)) throw new Damaged('a checksum');
		return {
			entries: entryRows.map(({ name, value }) => [name, value] as const),
			nonces: nonceRows.map(({ token, at }) => [token, at] as const),
		};
	}

	/** @throws an error that `failureOf` explains; nothing has changed then */
	write(changes: Changes): void {
		const { database } = this;
		if (database === undefined) throw new Error('closed');
		this.sync(changes.durable);
		database.exec('BEGIN IMMEDIATE');
		try {
			this.apply(changes);
			database.exec('COMMIT');
		} catch (error) {
			if (database.isTransaction) database.exec('ROLLBACK');
			throw error;
		}
		this.noteFiles();
		if ((this.files[1]?.size ?? 0) >= LONGEST_LOG) this.checkpoint();
	}

	/**
	 * Looks whether another program has changed the files.
	 * @throws an error that `failureOf` explains
	 */
	check(): Finding | undefined {
		if (this.database === undefined) return this.open();
		const [file, log] = this.files;
		if (isSame(file, statOf(this.path)) && isSame(log, statOf(this.log))) return undefined;
		return this.open() ?? { code: 'store-replaced', reason: 'changed by another program' };
	}

	private get log(): string {
		return `${this.path}-wal`;
	}

	private get opened(): Statements {
		if (this.statements === undefined) throw new Error('closed');
		return this.statements;
	}

	private connect(): void {
		const Database = databaseClass();
		const isNew = statOf(this.path) === undefined;
		const database = new Database(this.path, { timeout: 0 });
		this.database = database;
		// The page size of a file is set before its first page is written, and the lock is taken with the first read.
		database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = ${PAGE_SIZE}`);
		const { user_version: version } = database.prepare('PRAGMA user_version').get() as {
			user_version: number;
		};
		if (version > VERSION) throw new TooNew(String(version));
		const damage = isNew ? undefined : damageOf(readLog(this.log));
		if (damage !== undefined) throw new Damaged(damage);
		database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL');
		this.isSynced = false;
		// Takes the lock for writing as well: another process must not begin to read what this one is about to change.
		database.exec('BEGIN IMMEDIATE');
		if (version === 0) database.exec(SCHEMA);
		database.exec('COMMIT');
		checkRows(database);
		this.statements = statementsOf(database);
		this.noteFiles();
	}

	/** Moves the damaged files aside and begins new ones with the rows that can be read. */
	private replaceDamaged(reason: string): Finding {
		const rows = this.database === undefined ? NO_ROWS : readableRows(this.database);
		this.close();
		const aside = `${this.path}.damaged-${new Date(this.now()).toISOString().replace(/[:.]/g, '-')}`;
		if (statOf(this.path) !== undefined) renameSync(this.path, aside);
		if (statOf(this.log) !== undefined) renameSync(this.log, `${aside}-wal`);
		this.connect();
		this.write({ ...changesOf(rows), durable: true });
		return { code: 'store-damaged', file: aside, reason };
	}

	private apply({ entries, nonces, forgotten }: Changes): void {
		const { set, remove, claim, forget } = this.opened;
		for (let at = 0; at < entries.length; at += 3) {
			const [scope, name, value] = entries.slice(at, at + 3) as [string, string, string | null];
			if (value === null) remove.run(scope, name);
			else set.run(scope, name, value, sumOf(scope, name, value));
		}
		for (let at = 0; at < forgotten.length; at += 2)
			forget.run(forgotten[at] as string, forgotten[at + 1] as string);
		for (let at = 0; at < nonces.length; at += 3) {
			const [scope, token, made] = nonces.slice(at, at + 3) as [string, string, number];
			claim.run(scope, token, made, sumOf(scope, token, String(made)));
		}
	}

	private sync(isWanted: boolean): void {
		if (this.isSynced === isWanted) return;
		this.database?.exec(`PRAGMA synchronous = ${isWanted ? 'FULL' : 'NORMAL'}`);
		this.isSynced = isWanted;
	}

	private checkpoint(): void {
		this.database?.exec('PRAGMA wal_checkpoint(TRUNCATE)');
		this.noteFiles();
	}

	private noteFiles(): void {
		this.files = [statOf(this.path), statOf(this.log)];
	}
}

/** Explains an error of the database or of the file system. */
export function failureOf(error: unknown): Failure {
	if (error instanceof TooNew) return { code: 'store-too-new', reason: reasonOf(error) };
	const isBusy = ((error as { errcode?: number }).errcode ?? 0) % 256 === BUSY;
	return { code: isBusy ? 'store-in-use' : 'store-unavailable', reason: reasonOf(error) };
}

/** Whether the file has to be opened anew, which moves it aside. */
export function isDamage(error: unknown): boolean {
	const code = ((error as { errcode?: number }).errcode ?? 0) % 256;
	return error instanceof Damaged || code === CORRUPT || code === NOT_A_DATABASE;
}

function reasonOf(error: unknown): string {
	const { code, errstr, message } = error as { code?: unknown; errstr?: unknown; message?: unknown };
	if (typeof errstr === 'string') return errstr;
	return typeof code === 'string' ? code : String(message ?? error);
}

function statementsOf(database: DatabaseSync): Statements {
	return {
		set: database.prepare(
			'INSERT INTO entry VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum',
		),
		remove: database.prepare('DELETE FROM entry WHERE scope = ? AND name = ?'),
		claim: database.prepare('INSERT OR REPLACE INTO nonce VALUES (?, ?, ?, ?)'),
		forget: database.prepare('DELETE FROM nonce WHERE scope = ? AND token = ?'),
		entries: database.prepare('SELECT * FROM entry WHERE scope = ?'),
		nonces: database.prepare('SELECT * FROM nonce WHERE scope = ? ORDER BY at'),
	};
}

function sumOf(...parts: readonly string[]): number {
	return crc32(parts.join('\0'));
}

function isWholeEntry({ scope, name, value, sum }: EntryRow): boolean {
	return sum === sumOf(scope, name, value);
}

function isWholeNonce({ scope, token, at, sum }: NonceRow): boolean {
	return sum === sumOf(scope, token, String(at));
}

/** @throws Damaged, or an error of SQLite */
function checkRows(database: DatabaseSync): void {
	const { quick_check: found } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
	if (found !== 'ok') throw new Damaged(found);
	for (const row of database.prepare('SELECT * FROM entry').iterate())
		if (!isWholeEntry(row as unknown as EntryRow)) throw new Damaged('the checksum of an entry');
	for (const row of database.prepare('SELECT * FROM nonce').iterate())
		if (!isWholeNonce(row as unknown as NonceRow)) throw new Damaged('the checksum of a nonce');
}

interface Rows {
	readonly entries: readonly EntryRow[];
	readonly nonces: readonly NonceRow[];
}

const NO_ROWS: Rows = { entries: [], nonces: [] };

/** The rows with a right checksum, read from both ends, since reading stops where a page cannot be read. */
function readableRows(database: DatabaseSync): Rows {
	const read = <T>(table: string, order: string, isWhole: (row: T) => boolean): T[] => {
		const rows: T[] = [];
		try {
			for (const row of database.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).iterate())
				if (isWhole(row as T)) rows.push(row as T);
		} catch {
			// What comes behind a page that cannot be read is read from the other end.
		}
		return rows;
	};
	return {
		entries: ['rowid', 'rowid DESC', 'scope, name', 'scope DESC, name DESC'].flatMap((order) =>
			read('entry', order, isWholeEntry),
		),
		nonces: ['scope, token', 'scope DESC, token DESC'].flatMap((order) => read('nonce', order, isWholeNonce)),
	};
}

function changesOf({ entries, nonces }: Rows): Omit<Changes, 'durable'> {
	return {
		entries: entries.flatMap(({ scope, name, value }) => [scope, name, value]),
		nonces: nonces.flatMap(({ scope, token, at }) => [scope, token, at]),
		forgotten: [],
	};
}

function readLog(path: string): Buffer {
	return statOf(path) === undefined ? Buffer.alloc(0) : readFileSync(path);
}

function statOf(path: string): Stats | undefined {
	return statSync(path, { throwIfNoEntry: false });
}

function isSame(one: Stats | undefined, other: Stats | undefined): boolean {
	return one?.ino === other?.ino && one?.size === other?.size && one?.mtimeMs === other?.mtimeMs;
}
