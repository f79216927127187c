import type { Timeline } from '../common/timeline.js';

/** The timestamp has 29 bits. */
const SECONDS_WRAP = 2 ** 29;

/** The clock of a PDU: seconds since its boot, which is all the time it knows. */
export class DeviceClock {
	readonly #timeline: Timeline;
	#rate = 1;
	#seconds: number;
	#at: number;

	/** @param uptime seconds since the boot */
	constructor(timeline: Timeline, uptime: number) {
		this.#timeline = timeline;
		this.#seconds = uptime;
		this.#at = timeline.now;
	}

	/** Whole seconds, as `/userid` tells them. */
	get seconds(): number {
		return Math.floor(this.#exact) % SECONDS_WRAP;
	}

	/** Seconds of this clock in a second of true time. */
	get rate(): number {
		return this.#rate;
	}

	set rate(rate: number) {
		this.#set(this.#exact);
		this.#rate = rate;
	}

	restart(): void {
		this.#set(0);
	}

	/** Puts the clock forth, or back with a negative number. */
	step(seconds: number): void {
		this.#set(Math.max(0, this.#exact + seconds));
	}

	/** How many seconds a timestamp is away from now, on a circle of 29 bits. */
	distance(timestamp: number): number {
		const apart = Math.abs(this.seconds - timestamp);
		return Math.min(apart, SECONDS_WRAP - apart);
	}

	get #exact(): number {
		return this.#seconds + ((this.#timeline.now - this.#at) / 1000) * this.#rate;
	}

	#set(seconds: number): void {
		this.#seconds = seconds;
		this.#at = this.#timeline.now;
	}
}
