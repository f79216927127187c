import type { Clock } from '../common/time.js';

/** The first pause, and the longest. Milliseconds. */
const FIRST = 1_000;
const LONGEST = 60_000;

/**
 * How long a refused login waits before it is tried again: 1, 2, 4 ... 60 seconds. A wrong password would otherwise cost
 * a PDU several requests for each one of a flow, for ever.
 */
export class LoginBackoff {
	private refusals = 0;
	private until = Number.NEGATIVE_INFINITY;

	constructor(private readonly clock: Clock) {}

	/** Whether the last attempt was refused. */
	get isRefused(): boolean {
		return this.refusals > 0;
	}

	/** Milliseconds until the next attempt; 0 where it may be made now. */
	get left(): number {
		return this.refusals === 0 ? 0 : Math.max(0, this.until - this.clock.monotonic());
	}

	refused(): void {
		const pause = Math.min(LONGEST, FIRST * 2 ** this.refusals);
		this.refusals = Math.min(this.refusals + 1, 16);
		this.until = this.clock.monotonic() + pause;
	}

	accepted(): void {
		this.refusals = 0;
	}
}
