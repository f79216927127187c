import type { Clock } from '../common/time.js';

/** The machine slept, or its clock was set: in both cases it cannot be said what the PDU's clock shows. Milliseconds. */
const MAX_JUMP = 5_000;
/** How long the two clocks are trusted to go alike: half an hour of the worst crystal is less than a second. */
const MAX_AGE = 1_800_000;

/** A moment at which the PDU's time was learned. Milliseconds, but for `time`. */
interface Sync {
	/** The PDU's time in seconds, fractions included. */
	readonly time: number;
	readonly monotonic: number;
	readonly wall: number;
}

/**
 * The PDU's clock as it can be told here. It goes on by the monotonic clock, which nobody sets; but that may stand still
 * while the machine sleeps, which only a look at the wall clock tells.
 */
export class PduClock {
	private sync: Sync | undefined;

	constructor(private readonly clock: Clock) {}

	/**
	 * Sets the clock by an answer of the PDU.
	 * @param seconds its time, whole seconds: on average half a second has passed since
	 * @param sentAt when the request was sent, monotonic milliseconds; the answer was given half way between then and now
	 */
	set(seconds: number, sentAt: number): void {
		const monotonic = this.clock.monotonic();
		const sinceAnswer = (monotonic - sentAt) / 2000;
		this.sync = { time: seconds + 0.5 + sinceAnswer, monotonic, wall: this.clock.now() };
	}

	/** Whether the PDU's time is known, and still for sure. */
	get isSure(): boolean {
		if (this.sync === undefined) return false;
		const passed = this.clock.monotonic() - this.sync.monotonic;
		const byWall = this.clock.now() - this.sync.wall;
		return passed <= MAX_AGE && Math.abs(byWall - passed) <= MAX_JUMP;
	}

	/** Monotonic milliseconds of this machine. */
	get now(): number {
		return this.clock.monotonic();
	}

	/** The PDU's time in whole seconds, as well as it can be told; 0 while it was never set. */
	get seconds(): number {
		if (this.sync === undefined) return 0;
		return Math.floor(this.sync.time + (this.clock.monotonic() - this.sync.monotonic) / 1000);
	}
}
