import { type BigIntStats, statSync, truncateSync } from 'node:fs';
import { lockOf } from './files.js';

/** How often a file may look written to without being any different, before times are no sign any more. */
const FALSE_ALARMS = 3;

/**
 * `replaced`: gone, emptied, or another file. `cut`: its end is missing. `written`: there are signs of a write.
 * `lock-cut`: the end of the lock file beside it is missing.
 */
export type Touch = 'replaced' | 'cut' | 'written' | 'lock-cut';

/**
 * Notices that somebody else touched a file that is mapped into memory. To read a part that was cut off ends the
 * process at once, and rubbish may do so, which nothing could catch: so a look is taken before each use. It is taken
 * synchronously, for the less time there is between look and use the better.
 */
export class FileGuard {
	private known: BigIntStats | undefined;
	private lock: BigIntStats | undefined;
	private alarms = 0;

	constructor(private readonly path: string) {}

	/** Takes the file as it is now for what this process left; but what was cut off stays noticed. */
	note(): void {
		const found = look(this.path);
		if (this.known === undefined || !isCutOrOther(found, this.known)) this.known = found;
		this.lock ??= look(lockOf(this.path));
	}

	/** Knows nothing any more, as when the file is closed. */
	forget(): void {
		this.known = undefined;
		this.lock = undefined;
	}

	/** Whether the file is known and nobody else touched it. */
	get intact(): boolean {
		return this.known !== undefined && this.touched === undefined;
	}

	/** What somebody else did to the file. */
	get touched(): Touch | undefined {
		const { known } = this;
		if (known === undefined) return undefined;
		const found = look(this.path);
		if (isCutOrOther(found, known)) return isSame(found, known) && found.size > 0n ? 'cut' : 'replaced';
		// Not every file system tells the time of the last write reliably.
		if (this.alarms < FALSE_ALARMS && found?.mtimeNs !== known.mtimeNs) return 'written';
		return this.isLockCut() ? 'lock-cut' : undefined;
	}

	/** What looked written to turned out to be in order. */
	falseAlarm(): void {
		this.alarms++;
	}

	/** Gives a lock file that was cut its length back, for closing reads it too. Never throws. */
	mendLock(): void {
		if (!this.isLockCut()) return;
		try {
			truncateSync(lockOf(this.path), Number(this.lock?.size));
		} catch {
			// Who may cut it may also keep it from being mended.
		}
	}

	/** One that is gone does no harm to whoever has it open. */
	private isLockCut(): boolean {
		if (this.lock === undefined) return false;
		const found = look(lockOf(this.path));
		return isSame(found, this.lock) && found.size < this.lock.size;
	}
}

/**
 * A file as it was found sound, or left in good order, so that it need not be examined again. Opening a damaged one
 * may end the process, though LMDB has an error for it: so this is asked right before.
 */
export class Trust {
	private state: string | undefined;
	private isGiven = false;

	constructor(private readonly path: string) {}

	/** Takes the file (or that there is none) for sound as it is now. */
	give(): void {
		this.state = stateOf(this.path);
		this.isGiven = true;
	}

	/** Takes nothing for sound any more. */
	withdraw(): void {
		this.isGiven = false;
	}

	/** Whether the file is what was taken for sound. */
	get holds(): boolean {
		return this.isGiven && this.state === stateOf(this.path);
	}

	/** @throws Error when the file is not what was taken for sound */
	require(): void {
		if (this.holds) return;
		this.withdraw();
		throw new Error('The file was changed just now');
	}
}

function stateOf(path: string): string | undefined {
	const found = look(path);
	if (found === undefined || found.size === 0n) return undefined;
	return `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`;
}

function look(path: string): BigIntStats | undefined {
	try {
		return statSync(path, { bigint: true, throwIfNoEntry: false });
	} catch {
		// A file that can't be asked for can't be used either; whoever opens it next is told why.
		return undefined;
	}
}

function isCutOrOther(found: BigIntStats | undefined, known: BigIntStats): boolean {
	return !isSame(found, known) || found.size < known.size;
}

function isSame(found: BigIntStats | undefined, known: BigIntStats): found is BigIntStats {
	return found?.dev === known.dev && found.ino === known.ino;
}
