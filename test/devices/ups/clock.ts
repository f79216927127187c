import type { Timeline } from '../common/timeline.js';

export interface ClockOptions {
	/** What the network time servers say. Default: the simulated time. */
	readonly wallClock?: () => number;
	/** When after a boot the clock is set; until then it is 1970. Infinity: never. Default 8000. */
	readonly clockSetAfter?: number;
	/** Seconds that the device's clock is ahead of true time once it is set. */
	readonly clockOffset?: number;
}

/** The clock of the ESP32, which begins at 1970 with every boot and is set by network time. */
export class DeviceClock {
	/** Milliseconds from a boot to the moment at which the clock is set. */
	readonly setAfter: number;
	/** Seconds that the clock is ahead of true time once it is set. */
	offset: number;
	readonly #timeline: Timeline;
	readonly #wallClock: () => number;
	#bootedAt: number;

	constructor(timeline: Timeline, options: ClockOptions) {
		this.setAfter = options.clockSetAfter ?? 8000;
		this.offset = options.clockOffset ?? 0;
		this.#timeline = timeline;
		this.#wallClock = options.wallClock ?? (() => timeline.now);
		this.#bootedAt = timeline.now;
	}

	restart(): void {
		this.#bootedAt = this.#timeline.now;
	}

	/** Seconds since the boot. */
	get uptime(): number {
		return Math.floor(this.#sinceBoot / 1000);
	}

	/** Seconds since the epoch as the device believes, `later` milliseconds from now. */
	seconds(later = 0): number {
		const isSet = this.#sinceBoot >= this.setAfter;
		const ms = isSet ? this.#wallClock() + this.offset * 1000 : this.#sinceBoot;
		return Math.floor((ms + later) / 1000);
	}

	get #sinceBoot(): number {
		return this.#timeline.now - this.#bootedAt;
	}
}
