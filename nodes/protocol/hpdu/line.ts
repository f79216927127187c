import type { Clock, Timers } from '../common/time.js';
import type { ChangedLogins } from './login-change.js';
import { PriorityQueue } from './priority-queue.js';
import type { Login } from './token.js';

/** Who asks a PDU by a login. */
export interface LoginHolder {
	/** A login of the PDU is another one now. */
	changeLogin(from: Login, to: Login): void;
}

/**
 * The way to one host and port. A PDU's processor is weak and its databus is one for all, so that whoever names the same
 * PDU shares one queue: one request at a time.
 */
export class PduLine {
	/** Of requests. */
	readonly requests = new PriorityQueue();
	/** Of whoever looks at the display or turns its pages: a look may take several requests. */
	readonly display = new PriorityQueue();
	readonly sessions = new Set<LoginHolder>();
	private startedAt = Number.NEGATIVE_INFINITY;

	/** @param logins is told of logins that requests change */
	constructor(
		private readonly clock: Clock,
		private readonly timers: Timers,
		readonly logins: ChangedLogins,
	) {}

	/**
	 * Waits until a request may start, or nobody wants it any more.
	 * @param interval milliseconds from the start of the one before
	 */
	async ready(interval: number, signal: AbortSignal): Promise<void> {
		const left = this.startedAt + interval - this.clock.monotonic();
		if (left > 0 && !signal.aborted) await this.pause(left, signal);
	}

	/** A request starts now. */
	begin(): void {
		this.startedAt = this.clock.monotonic();
	}

	/** Waits so many milliseconds, or until nobody wants it any more. */
	pause(delay: number, signal: AbortSignal): Promise<void> {
		return new Promise((resolve) => {
			const end = (): void => {
				this.timers.clear(timer);
				signal.removeEventListener('abort', end);
				resolve();
			};
			const timer = this.timers.set(end, delay);
			signal.addEventListener('abort', end);
		});
	}
}
