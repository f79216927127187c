/** Milliseconds since the epoch, from the machine's own clock, which may be set back or forth at any time. */
export type Now = () => number;

/** A running timer, to be given back to `clear`. */
export type TimerHandle = unknown;

/** Timers as an argument, so that a test can let a day pass in a moment. Delays are milliseconds. */
export interface Timers {
	set(callback: () => void, delay: number): TimerHandle;
	clear(handle: TimerHandle): void;
}

/** The longest delay that a Node.js timer can hold; a longer one would fire at once. */
export const MAX_TIMER_DELAY = 0x7fff_ffff;
