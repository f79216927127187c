/** Milliseconds since the epoch; a person or NTP may set the machine's clock back or forth at any time. */
export type Now = () => number;

/** The machine's clocks, passed in so that a test can set them. */
export interface Clock {
	readonly now: Now;
	/** Milliseconds since some moment of this process; only ever goes forth, and at an even pace. */
	monotonic(): number;
}

/** A running timer, to be given back to `clear`. */
export type TimerHandle = unknown;

/** Timers as an argument, so that a test can let a day pass in a moment. Delays are milliseconds. */
export interface Timers {
	set(callback: () => void, delay: number): TimerHandle;
	clear(handle: TimerHandle): void;
}

/**
 * Waits for the next owner of something that a redeploy has closed, such as a route or a device. Calls `over` where none has come
 * by the time the flows have started, or after about a second.
 * @returns cancels it: the next owner is there
 */
export type GracePeriod = (over: () => void) => () => void;

/** The longest delay that a Node.js timer can hold; a longer one would fire at once. */
export const MAX_TIMER_DELAY = 0x7fff_ffff;

/** What a promise gives, or undefined once so many milliseconds have passed; it goes on all the same. */
export async function within<T>(
	timers: Timers,
	milliseconds: number,
	work: Promise<T>,
): Promise<T | undefined> {
	let timer: TimerHandle;
	const over = new Promise<undefined>((resolve) => {
		// Where the process was busy meanwhile, both have come to an end: the work is looked at once more.
		timer = timers.set(() => {
			timer = timers.set(() => resolve(undefined), 0);
		}, milliseconds);
	});
	try {
		return await Promise.race([work, over]);
	} finally {
		timers.clear(timer);
	}
}
