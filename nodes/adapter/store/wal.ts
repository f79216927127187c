/**
 * Looks through a write-ahead log for damage. SQLite itself takes the first frame that is not valid for the end of the log, also
 * where commits stand behind it. Source: "WAL-mode File Format" of sqlite.org.
 */

const HEADER = 32;
const FRAME_HEADER = 24;
/** The last bit of the magic number tells the byte order of the checksums. */
const MAGIC = 0x377f0682;

type Sums = readonly [number, number];

/**
 * Says what is wrong with a log, if anything is.
 * @param log the whole file; an empty one is no log
 */
export function damageOf(log: Buffer): string | undefined {
	if (log.length < HEADER) return undefined;
	const magic = log.readUInt32BE(0);
	const sums = checksum(log.subarray(0, 24), [0, 0], magic === MAGIC);
	const isWhole = (magic | 1) === (MAGIC | 1) && isSum(log, 24, sums);
	if (!isWhole) return log.every((byte) => byte === 0) ? undefined : 'the header of the log';
	return damageOfFrames(log, sums, magic === MAGIC);
}

function damageOfFrames(log: Buffer, first: Sums, isLittleEndian: boolean): string | undefined {
	const size = FRAME_HEADER + log.readUInt32BE(8);
	let sums = first;
	let isValid = true;
	for (let at = HEADER; at + size <= log.length; at += size) {
		const frame = log.subarray(at, at + size);
		if (isValid) {
			const body = checksum(frame.subarray(0, 8), sums, isLittleEndian);
			sums = checksum(frame.subarray(FRAME_HEADER), body, isLittleEndian);
			isValid = isOfThisLog(frame, log, 'both') && isSum(frame, 16, sums);
		}
		// Frames of an earlier run of the log have other salts; those of an unfinished commit no commit behind them.
		if (!isValid && isCommit(frame) && isOfThisLog(frame, log, 'one'))
			return `a commit at byte ${at} of the log`;
	}
	return undefined;
}

function isCommit(frame: Buffer): boolean {
	return frame.readUInt32BE(4) !== 0;
}

/** Each run of a log has two salts of its own. One that does not fit beside one that does is damaged. */
function isOfThisLog(frame: Buffer, log: Buffer, how: 'both' | 'one'): boolean {
	const first = frame.readUInt32BE(8) === log.readUInt32BE(16);
	const second = frame.readUInt32BE(12) === log.readUInt32BE(20);
	return how === 'both' ? first && second : first || second;
}

function isSum(buffer: Buffer, at: number, [first, second]: Sums): boolean {
	return buffer.readUInt32BE(at) === first && buffer.readUInt32BE(at + 4) === second;
}

function checksum(buffer: Buffer, [first, second]: Sums, isLittleEndian: boolean): Sums {
	let [one, two] = [first, second];
	for (let at = 0; at + 8 <= buffer.length; at += 8) {
		one = (one + word(buffer, at, isLittleEndian) + two) >>> 0;
		two = (two + word(buffer, at + 4, isLittleEndian) + one) >>> 0;
	}
	return [one, two];
}

function word(buffer: Buffer, at: number, isLittleEndian: boolean): number {
	return isLittleEndian ? buffer.readUInt32LE(at) : buffer.readUInt32BE(at);
}
