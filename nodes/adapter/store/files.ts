import { mkdir, open, readdir, readFile, realpath, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The names inside the store's folder. */
export const DATA_FILE = 'store.mdb';
const PROBE_FILE = 'probe.tmp';
/** Takes the place of the data file until a new one holds everything. */
const PREVIOUS_FILE = `${DATA_FILE}.previous`;
/** How many starts in a row have ended before the first beat. */
const STARTS_FILE = 'starts.txt';

/** The log of recent commits bears the boot of the system in its name. */
const RECENT = 'recent-';

/** What LMDB keeps beside a file for the processes that use it. */
export function lockOf(path: string): string {
	return `${path}-lock`;
}

const LOCK_FILE = lockOf(DATA_FILE);
const PROBE_BYTES = 64 * 1024;
const DAMAGED_KEPT = 3;

/**
 * Makes the folder and tries whether it can be written. LMDB itself must not be the one to find out: a failure inside
 * its opening is not always survived, and each failed write prints to the console.
 * @returns the folder's one true name
 */
export async function prepareFolder(directory: string): Promise<string> {
	await mkdir(directory, { recursive: true, mode: 0o700 });
	const path = join(directory, PROBE_FILE);
	try {
		const probe = await open(path, 'w', 0o600);
		try {
			await probe.writeFile(Buffer.alloc(PROBE_BYTES, 1));
			await probe.datasync();
		} finally {
			await probe.close();
		}
	} finally {
		await unlink(path).catch(() => {});
	}
	// Files that cannot be opened for writing fail here, with a plain error.
	for (const name of [DATA_FILE, LOCK_FILE]) await writable(join(directory, name));
	return realpath(directory);
}

/** Makes sure that files that are new or have a new name are found after a loss of power, where the system can. */
export async function flushFolder(directory: string): Promise<void> {
	try {
		const folder = await open(directory, 'r');
		await folder.sync().finally(() => folder.close());
	} catch {
		// Windows does not open folders.
	}
}

/** Tells one file from another that took its place; undefined when there is none, or an empty one. */
export async function fileId(path: string): Promise<string | undefined> {
	try {
		const found = await stat(path, { bigint: true });
		return found.size === 0n ? undefined : `${found.dev}:${found.ino}`;
	} catch (error) {
		if (isMissing(error)) return undefined;
		throw error;
	}
}

/** Changes whenever somebody writes to the file; undefined when there is none. */
export async function fileState(path: string): Promise<string | undefined> {
	try {
		const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
		return `${dev}:${ino}:${size}:${mtimeNs}`;
	} catch (error) {
		if (isMissing(error)) return undefined;
		throw error;
	}
}

/**
 * Moves the data file out of the way and forgets all but the latest of those that were moved before.
 * @returns the new name
 */
export async function moveAside(directory: string, now: number): Promise<string> {
	const stamp = new Date(now).toISOString().replaceAll(/[:.]/g, '-');
	const name = `${DATA_FILE}.damaged-${stamp}`;
	await rename(join(directory, DATA_FILE), join(directory, name));
	await unlink(join(directory, LOCK_FILE)).catch(() => {});
	const all = (await readdir(directory)).filter((file) => file.startsWith(`${DATA_FILE}.damaged-`)).sort();
	for (const old of all.slice(0, -DAMAGED_KEPT)) await unlink(join(directory, old)).catch(() => {});
	return name;
}

/** Sets the data file aside; if the new one is not finished, `restorePrevious` brings it back at the next start. */
export async function keepPrevious(directory: string): Promise<void> {
	await rename(join(directory, DATA_FILE), join(directory, PREVIOUS_FILE));
	await unlink(join(directory, LOCK_FILE)).catch(() => {});
}

export async function restorePrevious(directory: string): Promise<void> {
	try {
		await rename(join(directory, PREVIOUS_FILE), join(directory, DATA_FILE));
		await unlink(join(directory, LOCK_FILE));
	} catch (error) {
		if (!isMissing(error)) throw error;
	}
}

export function forgetPrevious(directory: string): Promise<void> {
	return unlink(join(directory, PREVIOUS_FILE)).catch(() => {});
}

/** Counts a start, and returns how many there were since the last that `forgetStarts` was called for. */
export async function countStart(directory: string): Promise<number> {
	const path = join(directory, STARTS_FILE);
	const before = await readFile(path, 'utf8').catch(() => '');
	const count = (Number.parseInt(before, 10) || 0) + 1;
	await writeFile(path, `${count}\n`, { mode: 0o600 });
	return count;
}

export function forgetStarts(directory: string): Promise<void> {
	return unlink(join(directory, STARTS_FILE)).catch(() => {});
}

async function writable(path: string): Promise<void> {
	try {
		await (await open(path, 'r+')).close();
	} catch (error) {
		if (!isMissing(error)) throw error;
	}
}

function isMissing(error: unknown): boolean {
	return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** The path of the log of recent commits in one boot of the system. */
export function recentPath(directory: string, boot: string): string {
	return join(directory, `${RECENT}${boot.replaceAll(/[^\w-]/g, '')}.mdb`);
}

/** Removes logs of recent commits, except one and the file beside it. */
export async function removeRecent(directory: string, except: string | undefined): Promise<void> {
	for (const name of await readdir(directory)) {
		const path = join(directory, name);
		const isKept = except !== undefined && path.startsWith(except);
		if (name.startsWith(RECENT) && !isKept) await unlink(path).catch(() => {});
	}
}
