/**
 * Looks through a write-ahead log for damage: SQLite takes the first frame that is not valid for the end of the log, also where
 * commits stand behind it. Source: "WAL-mode File Format" of sqlite.org.
 */

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
