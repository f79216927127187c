import type { Timeline } from '../common/timeline.js';

/** How a car moves at one moment; everything that it tells is made of this. */
export interface Motion {
	/** Driven so far. */
	readonly seconds: number;
	readonly kilometres: number;
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

/** Speeds up and slows down without ever standing still; km/h. */
const speedAfter = (s: number) => 62 + 28 * Math.sin(s / 37) + 9 * Math.sin(s / 11);

/** The integral of the speed. */
const kilometresAfter = (s: number) =>
	(62 * s + 28 * 37 * (1 - Math.cos(s / 37)) + 9 * 11 * (1 - Math.cos(s / 11))) / 3600;

/** A car on the road or at its place. While it is parked nothing changes. */
export class Journey {
	/** Whether the charging cable is plugged in, for a car that has one. */
	plugged = false;
	readonly #driven: Stopwatch;

	constructor(timeline: Timeline) {
		this.#driven = new Stopwatch(timeline);
	}

	get driving(): boolean {
		return this.#driven.running;
	}

	drive(driving: boolean): void {
		this.#driven.run(driving);
	}

	get motion(): Motion {
		const seconds = this.#driven.elapsed / 1000;
		const parked = !this.driving;
		return {
			seconds,
			kilometres: kilometresAfter(seconds),
			speed: parked ? 0 : speedAfter(seconds),
			parked,
			plugged: this.plugged,
		};
	}
}
