/**
 * The one table of the database. It has a row per entry, nonce and due time of a scope, and each has a checksum, since SQLite does not
 * look into cells. The sum of all checksums tells whether a row is missing.
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
	CREATE TABLE rows (scope INTEGER, kind INTEGER, name TEXT, value, sum INTEGER, PRIMARY KEY (scope, kind, name)) WITHOUT ROWID;
	PRAGMA user_version = ${VERSION}`;

/** Numbers of the columns come as doubles, for a damaged one may be larger than Node.js can read. */
const COLUMNS = `CAST(scope AS REAL) AS id, CAST(kind AS REAL) AS type, name,
	iif(typeof(value) = 'integer', NULL, value) AS content, CAST(sum AS REAL) AS checksum`;

/** Kinds of rows. The scope 0 has one row, whose value is the sum of all checksums. */
const [NAME, DUE, ENTRY, NONCE] = [0, 1, 2, 3];
const ALL = 0;

export class Rows {
	private readonly database: DatabaseSync;
	private readonly statements: Readonly<
		Record<'sum' | 'set' | 'remove' | 'load' | 'any' | 'upwards' | 'downwards', StatementSync>
	>;
	private ids = new Map<string, number>();
	private lastId = 0;
	private total = 0;
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
			if (version !== 0) return;
			// A database without a table has no log, so that a damaged log is never taken for that of a new one.
			this.transaction(true, () => undefined);
			this.checkpoint();
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
			this.statements.set.run(ALL, NAME, '', this.total, sumOf(ALL, NAME, '', this.total));
			database.exec('COMMIT');
		} catch (error) {
			rollBack(database);
			throw error;
		}
	}

	/** Within a transaction. */
	change({ scope, entries, nonces, due }: ScopeChange): void {
		const id = this.ids.get(scope) ?? this.add(scope);
		if (due !== undefined) this.put(id, DUE, '', due);
		for (let at = 0; at < entries.length; at += 2)
			this.put(id, ENTRY, JSON.stringify(entries[at]), entries[at + 1] as string | null);
		for (let at = 0; at < nonces.length; at += 2)
			this.put(id, NONCE, JSON.stringify(nonces[at]), nonces[at + 1] as number | null);
		if ((due !== null && !entries.includes(null)) || this.statements.any.get(id) !== undefined) return;
		this.put(id, NAME, '', null);
		this.ids.delete(scope);
	}

	/** Within a transaction: a row of another database. */
	insert({ id, type, name, content }: Row): void {
		if (id !== ALL) this.put(id, type, name, content);
	}

	/** @throws Damaged when a row is damaged */
	load(scope: string): StoredScope {
		const id = this.ids.get(scope);
		const rows = id === undefined ? [] : (this.statements.load.all(id) as unknown as Row[]);
		if (!rows.every(isIntactRow)) throw new Damaged('checksum');
		const named = (kind: number) =>
			rows
				.filter(({ type }) => type === kind)
				.map(({ name, content }) => [JSON.parse(name), content] as const);
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
		const names = new Map([...this.ids].map(([scope, id]) => [id, scope]));
		const dues = this.database
			.prepare(`SELECT ${COLUMNS} FROM rows WHERE kind = ${DUE}`)
			.all() as unknown as Row[];
		return dues.flatMap(({ id, content }) => {
			const scope = names.get(id);
			return scope === undefined ? [] : [[scope, Number(content)] as const];
		});
	}

	/**
	 * Reads all rows, and takes over what scopes there are.
	 * @param take is given the undamaged ones
	 * @returns whether none is damaged or missing
	 */
	scan(take: (row: Row) => void): boolean {
		// Only with a change that is not written yet SQLite reads every page by way of its memory.
		this.database.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${VERSION}`);
		try {
			return this.scanAll(take);
		} finally {
			rollBack(this.database);
		}
	}

	private scanAll(take: (row: Row) => void): boolean {
		this.ids = new Map();
		this.lastId = 0;
		this.total = 0;
		let sum = 0;
		let isIntact = isConsistent(this.database);
		const look = (row: Row): void => {
			if (isIntactRow(row)) sum = (sum + this.adopt(row, take)) | 0;
			else isIntact = false;
		};
		return scanRows(this.statements, look) && isIntact && sum === this.total;
	}

	/** @returns what it adds to the sum of all checksums */
	private adopt(row: Row, take: (row: Row) => void): number {
		take(row);
		this.lastId = Math.max(this.lastId, row.id);
		if (row.id === ALL) this.total = Number(row.content);
		else if (row.type === NAME) this.ids.set(JSON.parse(String(row.content)), row.id);
		return row.id === ALL ? 0 : row.checksum;
	}

	private prepare(): typeof this.statements {
		const prepare = (sql: string) => this.database.prepare(sql);
		return {
			sum: prepare('SELECT sum FROM rows WHERE scope = ? AND kind = ? AND name = ?'),
			set: prepare(
				'INSERT INTO rows VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum',
			),
			remove: prepare('DELETE FROM rows WHERE scope = ? AND kind = ? AND name = ?'),
			load: prepare(`SELECT ${COLUMNS} FROM rows WHERE scope = ? AND kind >= ${ENTRY}`),
			// The first versions of Node.js with SQLite free a statement that nothing refers to while it is read.
			upwards: prepare(`SELECT ${COLUMNS} FROM rows ORDER BY scope, kind, name`),
			downwards: prepare(`SELECT ${COLUMNS} FROM rows ORDER BY scope DESC, kind DESC, name DESC`),
			any: prepare(`SELECT 1 FROM rows WHERE scope = ? AND kind > ${NAME} LIMIT 1`),
		};
	}

	private add(scope: string): number {
		const id = ++this.lastId;
		this.ids.set(scope, id);
		this.put(id, NAME, '', JSON.stringify(scope));
		return id;
	}

	private put(id: number, kind: number, name: string, value: string | number | null): void {
		const { sum, set, remove } = this.statements;
		const before = sum.get(id, kind, name) as { sum: number } | undefined;
		this.total = (this.total - (before?.sum ?? 0)) | 0;
		if (value === null) {
			remove.run(id, kind, name);
			return;
		}
		const checksum = sumOf(id, kind, name, value);
		this.total = (this.total + checksum) | 0;
		set.run(id, kind, name, value, checksum);
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
