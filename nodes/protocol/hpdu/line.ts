import type { Clock, TimerHandle, Timers } from '../common/time.js';
import { Turns } from './turns.js';

/** What a PDU is told to wait with is over, or nobody waits for it any more. */
type Settle = () => void;

/**
 * The way to one host and port. A PDU's processor is weak and its databus is one for all, so that whoever names the same
 * PDU shares one queue: one request at a time, in the order in which they were asked for.
 */
export class PduLine {
	/** Of requests. */
	readonly requests = new Turns();
	/** Of whoever looks at the display or turns its pages: a look may take several requests. */
	readonly display = new Turns();
	private startedAt = Number.NEGATIVE_INFINITY;
	private readonly pauses = new Map<TimerHandle, Settle>();

	constructor(
		private readonly clock: Clock,
		private readonly timers: Timers,
	) {}

	/**
	 * Waits until a request may start.
	 * @param interval milliseconds from the start of the one before
	 */
	async pace(interval: number): Promise<void> {
		const left = this.startedAt + interval - this.clock.monotonic();
		if (left > 0) await this.pause(left);
		this.startedAt = this.clock.monotonic();
	}

	/** Ends every pause at once: who waits finds out by itself that it is closed. */
	hurry(): void {
		for (const [timer, settle] of this.pauses) {
			this.timers.clear(timer);
			settle();
		}
		this.pauses.clear();
	}

	private pause(delay: number): Promise<void> {
		return new Promise((resolve) => {
			const timer = this.timers.set(() => {
				this.pauses.delete(timer);
				resolve();
			}, delay);
			this.pauses.set(timer, resolve);
		});
	}
}
