/**
 * The one table of the database. It has a row per entry, nonce and due time of a scope, and each has a checksum, since SQLite does not
 * look into cells.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ProtocolError } from '../../protocol/common/errors.js';
import type { ScopeChange } from './batch.js';
import { Damaged, isConsistent, isIntactRow, type Row, scanRows, sumOf } from './integrity.js';
import type { StoredScope } from './sqlite-worker.js';

/** The version of the table. */
const VERSION = 1;
/** No version of the collection will have a number as high as this. */
const NO_VERSION = 1000;

/**
 * Small pages: a report changes a few hundred bytes, and every changed page is written whole. The memory holds the whole database
 * of all but very large installations, which rescues it where somebody damages the file.
 */
const SETTINGS = `
	PRAGMA locking_mode = EXCLUSIVE;
	PRAGMA page_size = 512;
	PRAGMA cache_size = -65536;
	PRAGMA wal_autocheckpoint = 0;`;

const SCHEMA = `
	CREATE TABLE rows (scope TEXT, kind INTEGER, name TEXT, value, sum INTEGER, PRIMARY KEY (scope, kind, name)) WITHOUT ROWID;
	PRAGMA user_version = ${VERSION}`;

/** Numbers of the columns come as doubles, for a damaged one may be larger than Node.js can read. */
const COLUMNS = `scope, CAST(kind AS REAL) AS kind, name,
	iif(typeof(value) = 'integer', NULL, value) AS value, CAST(sum AS REAL) AS sum`;

/** Kinds of rows. */
const [DUE, ENTRY, NONCE] = [0, 1, 2];

export class Rows {
	private readonly database: DatabaseSync;
	private readonly statements: Readonly<
		Record<'set' | 'remove' | 'load' | 'upwards' | 'downwards', StatementSync>
	>;
	private isSynced: boolean | undefined;

	/** @throws ProtocolError `store-too-new`, or an error of SQLite */
	constructor(path: string) {
		this.database = new (databaseClass())(path);
		try {
			this.database.exec(SETTINGS);
			const { user_version: version } = this.database.prepare('PRAGMA user_version').get() as Record<
				string,
				number
			>;
			if (version === undefined || version < 0 || version >= NO_VERSION) throw new Damaged('version');
			if (version > VERSION) throw new ProtocolError('store-too-new');
			this.database.exec(
				`PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; ${version === 0 ? SCHEMA : ''}; COMMIT`,
			);
			this.statements = this.prepare();
			// A database without a table has no log, so that a damaged log is never taken for that of a new one.
			if (version === 0) this.checkpoint();
		} catch (error) {
			this.database.close();
			throw error;
		}
	}

	close(): void {
		this.database.close();
	}

	/** Copies the log into the database file. The log is cut then: old frames at its end would look like damage. */
	checkpoint(): void {
		this.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
	}

	/**
	 * Does the work in one transaction.
	 * @throws what the work or SQLite throws; nothing has changed then
	 */
	transaction(isSynced: boolean, work: () => void): void {
		const { database } = this;
		if (this.isSynced !== isSynced) database.exec(`PRAGMA synchronous = ${isSynced ? 'FULL' : 'NORMAL'}`);
		this.isSynced = isSynced;
		database.exec('BEGIN IMMEDIATE');
		try {
			work();
			database.exec('COMMIT');
		} catch (error) {
			rollBack(database);
			throw error;
		}
	}

	/** Writes a page that is there anyway. @throws an error of SQLite where nothing can be written */
	probe(): void {
		this.transaction(true, () => this.database.exec(`PRAGMA user_version = ${VERSION}`));
	}

	/** Within a transaction. */
	change({ scope, entries, nonces, due }: ScopeChange): void {
		const id = JSON.stringify(scope);
		if (due !== undefined) this.put(id, DUE, '', due);
		for (let at = 0; at < entries.length; at += 2)
			this.put(id, ENTRY, JSON.stringify(entries[at]), entries[at + 1] as string | null);
		for (let at = 0; at < nonces.length; at += 2)
			this.put(id, NONCE, JSON.stringify(nonces[at]), nonces[at + 1] as number | null);
	}

	/** Within a transaction: null removes the row. */
	put(scope: string, kind: number, name: string, value: string | number | null): void {
		const { set, remove } = this.statements;
		if (value === null) remove.run(scope, kind, name);
		else set.run(scope, kind, name, value, sumOf(scope, kind, name, value));
	}

	/** @throws Damaged when a row is damaged */
	load(scope: string): StoredScope {
		const rows = this.statements.load.all(JSON.stringify(scope)) as unknown as Row[];
		if (!rows.every(isIntactRow)) throw new Damaged('checksum');
		const named = (wanted: number) =>
			rows.filter(({ kind }) => kind === wanted).map(({ name, value }) => [JSON.parse(name), value] as const);
		const nonces = named(NONCE) as [string, number][];
		return {
			entries: named(ENTRY) as [string, string][],
			nonces: nonces.sort(([, one], [, other]) => one - other),
		};
	}

	/** How many entries have a name that begins like this. */
	count(prefix: string): number {
		const start = JSON.stringify(prefix).slice(0, -1);
		const sql = `SELECT count(*) AS count FROM rows WHERE kind = ${ENTRY} AND substr(name, 1, ?) = ?`;
		return Number(this.database.prepare(sql).get(start.length, start)?.count ?? 0);
	}

	/** All due times. */
	dues(): (readonly [scope: string, due: number])[] {
		const sql = `SELECT ${COLUMNS} FROM rows WHERE kind = ${DUE}`;
		const dues = this.database.prepare(sql).all() as unknown as Row[];
		return dues.map(({ scope, value }) => [JSON.parse(scope) as string, Number(value)] as const);
	}

	/**
	 * Reads all rows.
	 * @param take is given the undamaged ones
	 * @returns whether none is damaged or missing
	 */
	scan(take: (row: Row) => void): boolean {
		// Only with a change that is not written yet SQLite reads every page by way of its memory.
		this.database.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${VERSION}`);
		try {
			let isIntact = isConsistent(this.database);
			const look = (row: Row): void => {
				if (isIntactRow(row)) take(row);
				else isIntact = false;
			};
			return scanRows(this.statements, look) && isIntact;
		} finally {
			rollBack(this.database);
		}
	}

	/** Whether the file holds these rows and no others, once the log is in it. What was in memory is gone afterwards. */
	holds(rows: readonly Row[]): boolean {
		let found = 0;
		const isKnown = ({ scope, kind, name, sum }: Row): boolean => {
			const row = rows[found++];
			return row?.scope === scope && row.kind === kind && row.name === name && row.sum === sum;
		};
		let areKnown = true;
		try {
			this.checkpoint();
			this.database.exec('PRAGMA shrink_memory');
			const isIntact = this.scan((row) => {
				areKnown &&= isKnown(row);
			});
			return isIntact && areKnown && found === rows.length;
		} catch {
			return false;
		}
	}

	private prepare(): typeof this.statements {
		const prepare = (sql: string) => this.database.prepare(sql);
		return {
			set: prepare(
				'INSERT INTO rows VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum',
			),
			remove: prepare('DELETE FROM rows WHERE scope = ? AND kind = ? AND name = ?'),
			load: prepare(`SELECT ${COLUMNS} FROM rows WHERE scope = ? AND kind >= ${ENTRY}`),
			// The first versions of Node.js with SQLite free a statement that nothing refers to while it is read.
			upwards: prepare(`SELECT ${COLUMNS} FROM rows ORDER BY scope, kind, name`),
			downwards: prepare(`SELECT ${COLUMNS} FROM rows ORDER BY scope DESC, kind DESC, name DESC`),
		};
	}
}

/** The class has another name in later versions of Node.js. */
function databaseClass(): typeof DatabaseSync {
	const sqlite = require('node:sqlite') as {
		Database?: typeof DatabaseSync;
		DatabaseSync: typeof DatabaseSync;
	};
	return sqlite.Database ?? sqlite.DatabaseSync;
}

function rollBack(database: DatabaseSync): void {
	try {
		database.exec('ROLLBACK');
	} catch {
		// SQLite itself has rolled back after some errors.
	}
}
