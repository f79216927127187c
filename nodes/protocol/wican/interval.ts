/** How often a device usually reports. */

/** So many gaps between POSTs are looked at: a night in the garage is one of them. */
const GAPS = 9;
/** One gap says nothing: it may be the night. */
const ENOUGH = 2;

/** Learns the usual time between POSTs, in milliseconds. */
export class UsualInterval {
	private readonly gaps: number[] = [];
	private last: number | undefined;

	/** Notes a POST at a moment of the monotonic clock. */
	note(at: number): void {
		if (this.last !== undefined) this.gaps.push(at - this.last);
		if (this.gaps.length > GAPS) this.gaps.shift();
		this.last = at;
	}

	/** The lower median of the last gaps; undefined until there are enough. */
	get usual(): number | undefined {
		if (this.gaps.length < ENOUGH) return undefined;
		const sorted = [...this.gaps].sort((one, other) => one - other);
		return sorted[(sorted.length - 1) >> 1];
	}
}
