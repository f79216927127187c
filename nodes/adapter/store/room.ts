import { statfsSync } from 'node:fs';

/** More than a group of commits takes, and than others write while LMDB does (bytes). */
const MARGIN = 128 * 1024;

/**
 * A write of LMDB must not be the one to find out that the disk is full: what it then does to the memory of the
 * process is not always survived.
 * @param bytes what is to be written
 * @throws Error with the code `ENOSPC`
 */
export function requireRoom(directory: string, bytes = 0): void {
	if (roomIn(directory) < MARGIN + 1.5 * bytes)
		throw Object.assign(new Error('There is hardly any room left'), { code: 'ENOSPC' });
}

function roomIn(directory: string): number {
	const { blocks, bavail, bsize } = statfsSync(directory);
	// File systems without a limit have no size either.
	return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
}
