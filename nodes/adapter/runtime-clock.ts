import type { Clock, Timers } from '../protocol/common/time.js';

/** The machine's own clocks. */
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** Node.js timers that never keep a process from ending. */
export const systemTimers: Timers = {
	set: (callback, delay) => setTimeout(callback, delay).unref(),
	clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
};
