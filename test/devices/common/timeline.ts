/** Takes a scheduled action back; harmless when it has already run. */
export type Cancel = () => void;

interface Entry {
	readonly at: number;
	readonly action: () => void;
	cancelled: boolean;
}

/**
 * Simulated time in milliseconds since the epoch. It moves only by `advance`, which runs what was scheduled
 * on the way, each action at its own moment and in the order of the moments: a day can pass in a second.
 */
export class Timeline {
	#now: number;
	#entries: Entry[] = [];

	constructor(startAt: number) {
		this.#now = startAt;
	}

	get now(): number {
		return this.#now;
	}

	/** Runs `action` once, `delay` milliseconds from now. */
	in(delay: number, action: () => void): Cancel {
		const entry: Entry = { at: this.#now + Math.max(0, delay), action, cancelled: false };
		const later = this.#entries.findIndex((other) => other.at > entry.at);
		this.#entries.splice(later < 0 ? this.#entries.length : later, 0, entry);
		return () => {
			entry.cancelled = true;
		};
	}

	/** Runs `action` after `first` milliseconds and then every `period` milliseconds. */
	every(period: number, action: () => void, first = period): Cancel {
		let cancelNext: Cancel = () => undefined;
		let cancelled = false;
		const run = () => {
			action();
			if (!cancelled) {
				cancelNext = this.in(period, run);
			}
		};
		cancelNext = this.in(first, run);
		return () => {
			cancelled = true;
			cancelNext();
		};
	}

	/** Lets `ms` milliseconds pass. */
	advance(ms: number): void {
		const end = this.#now + Math.max(0, ms);
		for (let entry = this.#entries[0]; entry && entry.at <= end; entry = this.#entries[0]) {
			this.#entries.shift();
			this.#now = entry.at;
			if (!entry.cancelled) {
				entry.action();
			}
		}
		this.#now = end;
	}
}
