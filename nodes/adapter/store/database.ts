/** The database file in its folder: opened, examined, written, and made anew where it is damaged or somebody else touched it. */
import {
	closeSync,
	copyFileSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	type Stats,
	statSync,
} from 'node:fs';
import { join } from 'node:path';
import { ProtocolError } from '../../protocol/common/errors.js';
import type { ScopeChange } from './batch.js';
import { Damaged, isLogIntact, type Row } from './integrity.js';
import { Rows } from './rows.js';
import type { Failure, StoredScope } from './sqlite-worker.js';

const FILE = 'store.db';

/** The log is copied into the database file when it has grown to this. Bytes. */
const LONGEST_LOG = 2 << 20;

/** How many damaged files are kept. */
const KEPT = 3;

/** Result codes of SQLite. Source: "Result and Error Codes" of sqlite.org. */
const BUSY = 5;
/** Corrupt, not a database, and an error in SQL: where the schema is damaged there is no such table. */
const DAMAGES = [11, 26, 1];

export class Database {
	private readonly path: string;
	private rows: Rows | undefined;
	private findings: Failure[] = [];
	/** Whether the log was found damaged; what SQLite reads of it is not all. */
	private isLogDamaged = false;
	/** The database and its log as this process left them. */
	private known: readonly [Stats | undefined, Stats | undefined] = [undefined, undefined];

	constructor(private readonly directory: string) {
		this.path = join(directory, FILE);
	}

	/**
	 * Opens the file, or examines it again after trouble, and writes to it.
	 * @returns all due times
	 * @throws an error that `failureOf` explains
	 */
	open(): (readonly [scope: string, due: number])[] {
		if (this.rows === undefined) this.connect();
		if (this.isFileSuspicious() || this.isLogSuspicious()) this.compare();
		this.examine(this.isTouched());
		this.checkpoint();
		const { rows } = this;
		if (rows === undefined) throw new Error('closed');
		rows.probe();
		this.noteFiles();
		return rows.dues();
	}

	/** Looks whether somebody else has touched the files, and writes them anew then. */
	check(): void {
		if (this.isTouched()) this.examine(true);
		else if (this.isFileSuspicious() || this.isLogSuspicious()) this.compare();
	}

	/** What happened since it was called last. */
	takeFindings(): readonly Failure[] {
		return this.findings.splice(0);
	}

	/** @throws an error that `failureOf` explains; nothing has changed then */
	write(changes: readonly ScopeChange[], isDurable: boolean): void {
		const { rows } = this;
		if (rows === undefined) throw new Error('closed');
		if (changes.length === 0) return;
		rows.transaction(isDurable, () => {
			for (const change of changes) rows.change(change);
		});
		// What was touched meanwhile must not be taken for what this process left.
		if (this.isTouched() || this.isFileSuspicious()) return;
		this.noteFiles();
		if ((this.known[1]?.size ?? 0) < LONGEST_LOG) return;
		try {
			this.checkpoint();
		} catch {
			// The changes are committed; the log is copied some other time.
		}
	}

	load(scope: string): StoredScope {
		if (this.rows === undefined) throw new Error('closed');
		return this.rows.load(scope);
	}

	/** How many entries begin like this. @throws an error that `failureOf` explains */
	count(prefix: string): number {
		if (statOf(this.path) === undefined) return 0;
		if (this.rows === undefined) this.connect();
		return this.rows?.count(prefix) ?? 0;
	}

	/** Copies the log into the database and closes it. Never throws. */
	close(): void {
		try {
			if (this.isTouched() || this.isFileSuspicious() || !this.isLogIntact()) this.examine(true);
		} catch {
			// What can be closed is closed all the same.
		}
		this.disconnect();
	}

	private get log(): string {
		return `${this.path}-wal`;
	}

	private connect(): void {
		mkdirSync(this.directory, { recursive: true, mode: 0o700 });
		const size = statOf(this.path)?.size;
		// SQLite deletes the log of an empty database.
		const isCutOff = size === 0 && (statOf(this.log)?.size ?? 0) > 0;
		// To open and close it is to lose all locks on it, so this is done for a new file only.
		if (size === undefined) closeSync(openSync(this.path, 'a', 0o600));
		try {
			if (isCutOff) throw new Damaged('empty');
			this.rows = new Rows(this.path);
			this.isLogDamaged = !this.isLogIntact();
			this.noteFiles();
		} catch (error) {
			if (!isDamage(error)) throw error;
			this.renew('store-damaged', this.readable());
		}
	}

	private disconnect(): void {
		try {
			this.rows?.close();
		} catch {
			// A file that cannot be closed is of no use any more either way.
		}
		this.rows = undefined;
	}

	private isLogIntact(): boolean {
		return statOf(this.log) === undefined || isLogIntact(readFileSync(this.log));
	}

	/** Looks at every row, and makes the file anew where one is damaged or missing, or somebody else touched the file. */
	private examine(isTouched: boolean): void {
		const rows: Row[] = [];
		// A file that was touched can be read once only: what SQLite has in memory of it goes with the end of the reading.
		const isIntact = this.rows?.scan((row) => isTouched && rows.push(row)) ?? false;
		if (isIntact && !this.isLogDamaged && !isTouched) return;
		this.renew(
			isIntact && !this.isLogDamaged ? 'store-replaced' : 'store-damaged',
			isTouched ? rows : this.readable(),
		);
	}

	/** Looks into files whose times are not those of this process's last write: not every file system keeps times. */
	private compare(): void {
		const rows = this.readable();
		if (this.isLogIntact() && this.rows?.holds(rows)) this.noteFiles();
		else this.renew('store-replaced', rows);
	}

	private readable(): Row[] {
		const rows: Row[] = [];
		this.rows?.scan((row) => rows.push(row));
		return rows;
	}

	private checkpoint(): void {
		// SQLite copies what is in the log, whatever it is. Its memory still has what it has written.
		if (this.isTouched() || !this.isLogIntact()) this.examine(true);
		else {
			this.rows?.checkpoint();
			this.noteFiles();
		}
	}

	/** Writes rows into a new file, which takes the place of the old one. */
	private renew(code: 'store-damaged' | 'store-replaced', rows: readonly Row[]): void {
		const fresh = `${this.path}.new`;
		for (const name of [fresh, `${fresh}-wal`]) rmSync(name, { force: true });
		mkdirSync(this.directory, { recursive: true, mode: 0o700 });
		closeSync(openSync(fresh, 'a', 0o600));
		const copy = new Rows(fresh);
		try {
			copy.transaction(true, () => {
				for (const { scope, kind, name, value } of rows) copy.put(scope, kind, name, value);
			});
		} finally {
			copy.close();
		}
		const file = code === 'store-damaged' ? this.moveAside() : FILE;
		this.disconnect();
		for (const name of [this.log, `${this.path}-shm`]) rmSync(name, { force: true });
		renameSync(fresh, this.path);
		this.isLogDamaged = false;
		this.findings.push({ code, params: { file } });
		this.rows = new Rows(this.path);
		this.rows.scan(() => undefined);
		this.noteFiles();
	}

	/** @returns the new name of the database */
	private moveAside(): string {
		const name = `${FILE}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
		const aside = join(this.directory, name);
		// Closing the database changes its log, and deletes it.
		if (statOf(this.log) !== undefined) copyFileSync(this.log, `${aside}-wal`);
		this.disconnect();
		if (statOf(this.path) !== undefined) renameSync(this.path, aside);
		const all = readdirSync(this.directory).filter((file) => /\.damaged-[^.]*Z$/.test(file));
		for (const old of all.sort().slice(0, -KEPT))
			for (const path of [old, `${old}-wal`]) rmSync(join(this.directory, path), { force: true });
		return name;
	}

	private noteFiles(): void {
		this.known = [statOf(this.path), statOf(this.log)];
	}

	private isTouched(): boolean {
		if (this.rows === undefined) return false;
		const [file, log] = [statOf(this.path), statOf(this.log)];
		const [knownFile, knownLog] = this.known;
		const isOther = file?.ino !== knownFile?.ino || file?.size !== knownFile?.size;
		const isOtherLog = log?.ino !== knownLog?.ino || (log?.size ?? 0) < (knownLog?.size ?? 0);
		return isOther || isOtherLog;
	}

	/** Whether somebody else may have written into the file. */
	private isFileSuspicious(): boolean {
		return this.rows !== undefined && statOf(this.path)?.mtimeMs !== this.known[0]?.mtimeMs;
	}

	/** The same of the log, unless this process has written to it since. */
	private isLogSuspicious(): boolean {
		return this.rows !== undefined && statOf(this.log)?.mtimeMs !== this.known[1]?.mtimeMs;
	}
}

/** Explains an error of the database or of the file system. */
export function failureOf(error: unknown): Failure {
	if (error instanceof ProtocolError) return { code: error.code, params: error.params };
	const { code, errstr, message } = error as { code?: unknown; errstr?: unknown; message?: unknown };
	const reason = String(errstr ?? code ?? message ?? error);
	return { code: resultCode(error) === BUSY ? 'store-in-use' : 'store-unavailable', params: { reason } };
}

function isDamage(error: unknown): boolean {
	return error instanceof Damaged || DAMAGES.includes(resultCode(error));
}

/** Extended codes have more in their higher bytes. */
function resultCode(error: unknown): number {
	return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}

function statOf(path: string): Stats | undefined {
	return statSync(path, { throwIfNoEntry: false });
}
