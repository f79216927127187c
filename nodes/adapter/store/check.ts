/**
 * Runs in a process of its own, since a damaged file may end a process that maps it without any error to catch, and
 * that must not be Node-RED.
 *
 * - `node check.js <file>` opens a data file, reads all of it, and tries to change all of it in a transaction that is
 *   given up; unless another process uses the file, a small one is kept as well
 * - `node check.js <file> peek` writes nothing, and sends the content to the parent process
 */
import { constants } from 'node:os';
import type * as Lmdb from 'lmdb';
import { Database, FORMAT } from './database.js';
import { DAMAGED, PEEK, type Snapshot, SOUND, UNDECIDED } from './examine.js';
import { lookForProcess, ownIdentity } from './identity.js';
import { isFree, type Owner } from './lease.js';

const { EACCES, EAGAIN, EBUSY, EDQUOT, EINTR, EIO, EMFILE, ENFILE, ENOENT, ENOSPC, EPERM, EROFS } =
	constants.errno;

/** Errors of the system that say nothing of what is in the file. LMDB passes them on as positive codes. */
const NO_VERDICT = new Set<unknown>([
	...[EACCES, EAGAIN, EBUSY, EDQUOT, EINTR, EIO],
	...[EMFILE, ENFILE, ENOENT, ENOSPC, EPERM, EROFS],
]);

const GROWTH = Buffer.alloc(24);

function check(path: string): void {
	const lmdb = require('lmdb') as typeof Lmdb;
	const options = { path, overlappingSync: false, eventTurnBatching: false, permissionsMode: 0o600 };
	const root = lmdb.open(options as Lmdb.RootDatabaseOptionsWithPath);
	const meta = root.openDB('meta', { encoding: 'json', useVersions: true });
	const format = meta.get('format') ?? FORMAT;
	const owner: Owner | undefined = meta.get('owner');
	// As bytes: whether a value makes sense is looked at when it is loaded.
	const tables = [...root.getKeys()].map((name) => root.openDB(String(name), { encoding: 'binary' }));
	for (const table of tables) for (const entry of table.getRange({})) void entry;
	if (format > FORMAT) return;
	root.transactionSync(() => {
		for (const table of tables) rewrite(table);
		return lmdb.ABORT;
	});
	// To whoever uses the file a write of somebody else looks as if it had been spoiled.
	if (owner !== undefined && isUsed(owner)) return;
	// What was aborted has not touched the list of free pages as a commit does.
	root.openDB('check', { encoding: 'json' }).putSync('at', Date.now());
}

/** Whether the file belongs to a living process other than the one that has it checked. */
function isUsed(owner: Owner): boolean {
	return !isFree(owner, { ...ownIdentity(), pid: process.ppid }, Date.now(), lookForProcess);
}

/** Some damage shows only when pages are changed: each record grows, which moves and splits pages, and goes. */
function rewrite(table: Lmdb.Database<Buffer>): void {
	const records = [...table.getRange({})].map(({ key, value }) => ({ key, value: Buffer.from(value) }));
	for (const { key, value } of records) table.put(key, Buffer.concat([value, GROWTH]));
	for (const { key } of records) table.remove(key);
}

function verdict(error: unknown): number {
	const { code } = error as { code?: unknown };
	// Text codes are those of Node.js, such as a module that is not found.
	return typeof code === 'string' || NO_VERDICT.has(code) ? UNDECIDED : DAMAGED;
}

/** Resolves when the parent has the content. */
async function peek(path: string): Promise<void> {
	const db = Database.open(path, true);
	const { content, seq } = await db.load();
	const scopes = [...content].map(([scope, { entries, tokens }]) => ({
		scope,
		entries: [...entries],
		tokens: [...tokens],
	}));
	const snapshot: Snapshot = { lease: db.lease(), seq, scopes };
	await new Promise((resolve) => process.send?.(snapshot, resolve));
}

async function run([path = '', mode]: string[]): Promise<number> {
	try {
		if (mode === PEEK) await peek(path);
		else check(path);
		return SOUND;
	} catch (error) {
		return verdict(error);
	}
}

void run(process.argv.slice(2)).then((code) => process.exit(code));
