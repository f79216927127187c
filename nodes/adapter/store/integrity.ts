/**
 * Notices damage that SQLite does not tell of: it does not look into cells, and takes the first frame of its write-ahead log that is
 * not valid for the end of the log, also where commits stand behind it. Source: "WAL-mode File Format" of sqlite.org.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

/** Thrown for what cannot be right. */
export class Damaged extends Error {}

/** Scope and name are JSON, since SQLite does not hold every text; the name of a due time is blank. */
export interface Row {
	readonly scope: string;
	readonly kind: number;
	readonly name: string;
	readonly value: string | number;
	readonly sum: number;
}

export function sumOf(scope: string, kind: number, name: string, value: string | number): number {
	return crc32(`${scope}/${kind}/${name}/${value}`) | 0;
}

export function isIntactRow({ scope, kind, name, value, sum }: Row): boolean {
	return sumOf(scope, kind, name, value) === sum;
}

/** Whether the structure of the database is in order. */
export function isConsistent(database: DatabaseSync): boolean {
	try {
		const { quick_check: found } = database.prepare('PRAGMA quick_check(1)').get() as Record<string, unknown>;
		return found === 'ok';
	} catch {
		return false;
	}
}

/**
 * Reads rows upwards, and from the other end what is behind a page that cannot be read.
 * @returns whether every page could be read
 */
export function scanRows(
	{ upwards, downwards }: Readonly<Record<'upwards' | 'downwards', StatementSync>>,
	look: (row: Row) => void,
): boolean {
	let last: Row | undefined;
	try {
		for (const row of iterate(upwards)) {
			last = row;
			look(row);
		}
		return true;
	} catch {
		// Then from the other end.
	}
	try {
		for (const row of iterate(downwards)) {
			if (row.scope === last?.scope && row.kind === last.kind && row.name === last.name) break;
			look(row);
		}
	} catch {
		// What is between two pages that cannot be read is lost.
	}
	return false;
}

function iterate(statement: StatementSync): Iterable<Row> {
	return statement.iterate() as unknown as Iterable<Row>;
}

const HEADER = 32;
const FRAME_HEADER = 24;
/** The last bit of the magic number tells the byte order of the checksums. */
const MAGIC = 0x377f0682;

/**
 * Whether every whole frame is valid. That is so after a killed process, since logs of this store are cut when they are
 * copied into the database, and so have no frames of earlier times at their end. After a loss of power the end may be zeros.
 */
export function isLogIntact(log: Buffer): boolean {
	if (log.length < HEADER) return true;
	const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
	const isLittleEndian = view.getUint32(0) === MAGIC;
	const size = view.getUint32(8);
	const sums = new Uint32Array(2);
	const isValid = (from: number, to: number, at: number): boolean => {
		for (let word = from; word < to; word += 8) {
			sums[0] = first(sums) + view.getUint32(word, isLittleEndian) + second(sums);
			sums[1] = second(sums) + view.getUint32(word + 4, isLittleEndian) + first(sums);
		}
		return at < 0 || (view.getUint32(at) === first(sums) && view.getUint32(at + 4) === second(sums));
	};
	const isMagic = (view.getUint32(0) | 1) >>> 0 === (MAGIC | 1);
	if (!isMagic || !isValid(0, 24, 24)) return isUnwritten(log, log.length);
	const salts = view.getBigUint64(16);
	for (let at = HEADER; at + FRAME_HEADER + size <= log.length; at += FRAME_HEADER + size) {
		isValid(at, at + 8, -1);
		const isWhole = isValid(at + FRAME_HEADER, at + FRAME_HEADER + size, at + 16);
		if (!isWhole || view.getBigUint64(at + 8) !== salts) return isUnwritten(log, size);
	}
	return true;
}

const first = (sums: Uint32Array): number => sums[0] as number;
const second = (sums: Uint32Array): number => sums[1] as number;

/** Whether the end of the log has never reached the disk. A page that was written has something in it. */
function isUnwritten(log: Buffer, size: number): boolean {
	return log.subarray(-size).every((byte) => byte === 0);
}
