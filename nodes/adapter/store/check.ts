/**
 * Runs in a process of its own, as `node check.js <file>`: opens a data file and reads all of it. A damaged one may
 * end a process that maps it, without any error to catch, and that must not be Node-RED.
 */
import { constants } from 'node:os';
import type * as Lmdb from 'lmdb';
import { FORMAT } from './database.js';
import { DAMAGED, SOUND, UNDECIDED } from './examine.js';

const { EACCES, EAGAIN, EBUSY, EDQUOT, EINTR, EIO, EMFILE, ENFILE, ENOENT, ENOSPC, EPERM, EROFS } =
	constants.errno;

/** Errors of the system that say nothing of what is in the file. LMDB passes them on as positive codes. */
const NO_VERDICT = new Set<unknown>([
	...[EACCES, EAGAIN, EBUSY, EDQUOT, EINTR, EIO],
	...[EMFILE, ENFILE, ENOENT, ENOSPC, EPERM, EROFS],
]);

function read(path: string): void {
	const lmdb = require('lmdb') as typeof Lmdb;
	const options = { path, overlappingSync: false, eventTurnBatching: false, permissionsMode: 0o600 };
	const root = lmdb.open(options as Lmdb.RootDatabaseOptionsWithPath);
	for (const name of [...root.getKeys()] as string[]) {
		// As bytes: whether a value makes sense is looked at when it is loaded.
		const table = root.openDB(name, { encoding: 'binary' });
		for (const entry of table.getRange({})) void entry;
	}
	const format = root.openDB('meta', { encoding: 'json', useVersions: true }).get('format') ?? FORMAT;
	// The list of free pages is read by whoever writes, and only then.
	if (format <= FORMAT) root.openDB('check', { encoding: 'json' }).putSync('at', Date.now());
}

function verdict(error: unknown): number {
	const { code } = error as { code?: unknown };
	// Text codes are those of Node.js, such as a module that is not found.
	return typeof code === 'string' || NO_VERDICT.has(code) ? UNDECIDED : DAMAGED;
}

try {
	read(process.argv[2] ?? '');
	process.exit(SOUND);
} catch (error) {
	process.exit(verdict(error));
}
