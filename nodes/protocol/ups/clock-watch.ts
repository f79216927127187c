import type { Clock } from '../common/time.js';

/** A smaller step is no more than a clock being kept right. Milliseconds. */
const STEP = 10_000;

/**
 * Notices when the machine's clock is set. A small computer without a battery for its clock starts with the time of
 * its last shutdown and jumps once the network is there: what waits for its time must not be over by that.
 */
export class ClockWatch {
	private offset: number;

	constructor(private readonly clock: Clock) {
		this.offset = clock.now() - clock.monotonic();
	}

	/** By how many milliseconds the clock was set since the last call; 0 when it was not. */
	takeStep(): number {
		const offset = this.clock.now() - this.clock.monotonic();
		const step = offset - this.offset;
		if (Math.abs(step) < STEP) return 0;
		this.offset = offset;
		return step;
	}
}
