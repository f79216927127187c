import { type BigIntStats, statSync } from 'node:fs';

/** How often a file may look written to without being any different, before times are no sign any more. */
const FALSE_ALARMS = 3;

/** `replaced`: gone, emptied, or another file. `cut`: its end is missing. `written`: there are signs of a write. */
export type Touch = 'replaced' | 'cut' | 'written';

/**
 * Notices that somebody else touched a file that is mapped into memory. To read a part that was cut off ends the
 * process at once, and rubbish may do so, which nothing could catch: so a look is taken before each use. It is taken
 * synchronously, for the less time there is between look and use the better.
 */
export class FileGuard {
	private known: BigIntStats | undefined;
	private alarms = 0;

	constructor(private readonly path: string) {}

	/** Takes the file as it is now for what this process left; but what was cut off stays noticed. */
	note(): void {
		const found = this.look();
		if (this.known === undefined || !this.isOther(found)) this.known = found;
	}

	/** Knows nothing any more, as when the file is closed. */
	forget(): void {
		this.known = undefined;
	}

	/** What somebody else did to the file. */
	get touched(): Touch | undefined {
		if (this.known === undefined) return undefined;
		const found = this.look();
		if (this.isOther(found)) return isSame(found, this.known) && found.size > 0n ? 'cut' : 'replaced';
		// Not every file system tells the time of the last write reliably.
		const isWritten = this.alarms < FALSE_ALARMS && found?.mtimeNs !== this.known.mtimeNs;
		return isWritten ? 'written' : undefined;
	}

	/** What looked written to turned out to be in order. */
	falseAlarm(): void {
		this.alarms++;
	}

	private isOther(found: BigIntStats | undefined): boolean {
		const { known } = this;
		if (known === undefined) return false;
		return !isSame(found, known) || found.size < known.size;
	}

	private look(): BigIntStats | undefined {
		try {
			return statSync(this.path, { bigint: true, throwIfNoEntry: false });
		} catch {
			// A file that can't be asked for can't be used either; whoever opens it next is told why.
			return undefined;
		}
	}
}

function isSame(found: BigIntStats | undefined, known: BigIntStats): found is BigIntStats {
	return found?.dev === known.dev && found.ino === known.ino;
}
