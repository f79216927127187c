import { mkdir, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The names inside the store's folder. */
export const DATA_FILE = 'store.mdb';
const LOCK_FILE = `${DATA_FILE}-lock`;
const PROBE_FILE = 'probe.tmp';

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
