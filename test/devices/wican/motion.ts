import type { Timeline } from '../common/timeline.js';

/** How a car moves at one moment; everything that it tells is made of this. */
export interface Motion {
	/** Driven so far. */
	readonly seconds: number;
	readonly kilometres: number;
	/** km/h */
	readonly speed: number;
	readonly parked: boolean;
	readonly plugged: boolean;
}

/** Counts simulated time while it runs. */
export class Stopwatch {
	readonly #timeline: Timeline;
	#counted = 0;
	#since: number | undefined;
	#started = false;

	constructor(timeline: Timeline) {
		this.#timeline = timeline;
	}

	get running(): boolean {
		return this.#since !== undefined;
	}

	/** Whether it has run since the last reset. */
	get started(): boolean {
		return this.#started;
	}

	/** Milliseconds. */
	get elapsed(): number {
		return this.#counted + (this.#since === undefined ? 0 : this.#timeline.now - this.#since);
	}

	run(running: boolean): void {
		this.#counted = this.elapsed;
		this.#since = running ? this.#timeline.now : undefined;
		this.#started ||= running;
	}

	reset(): void {
		this.#counted = 0;
		this.#since = undefined;
		this.#started = false;
	}
}
