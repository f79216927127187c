import type { Timeline } from '../common/timeline.js';

/** Temperatures in degrees Celsius, and what the sensors of the unit say. */
export class Climate {
	/** Degrees that it is warmer than usual. */
	heat = 0;
	insidePeak = 0;
	outsidePeak = 0;
	/** Whether the door with the contact is open. */
	doorOpen = false;
	readonly #timeline: Timeline;
	readonly #startAt: number;

	constructor(timeline: Timeline) {
		this.#timeline = timeline;
		this.#startAt = timeline.now;
		this.notePeaks();
	}

	get inside(): number {
		return 31 + this.heat + this.#wave(1800);
	}

	get outside(): number {
		return 24 + this.heat + this.#wave(2400);
	}

	/** Sensors 1 and 3 are thermometers, 2 is for humidity, 4 is the contact of a door. */
	sensor(channel: number): number {
		const values = [22 + this.heat + this.#wave(900), 45 + 3 * this.#wave(1500), 26 + this.#wave(700)];
		return values[channel - 1] ?? (channel === 4 && this.doorOpen ? 1 : 0);
	}

	notePeaks(): void {
		this.insidePeak = Math.max(this.insidePeak, this.inside);
		this.outsidePeak = Math.max(this.outsidePeak, this.outside);
	}

	resetPeaks(): void {
		this.insidePeak = this.inside;
		this.outsidePeak = this.outside;
	}

	#wave(period: number): number {
		return Math.sin((2 * Math.PI * (this.#timeline.now - this.#startAt)) / 1000 / period);
	}
}
