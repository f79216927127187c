import type { Timeline } from '../common/timeline.js';
import { electric } from './electric.js';
import { type Motion, Stopwatch } from './motion.js';
import { inOrder, type Parameter } from './parameters.js';
import { PETROL } from './petrol.js';
import { STANDARD_SET } from './standard-set.js';

export interface CarOptions {
	/** Default petrol. */
	readonly car?: 'petrol' | 'electric';
	/** An electric car that tells every cell: 246 parameters, one of them twice. */
	readonly large?: boolean;
	/** The whole table of standard PIDs is configured too, and none of them is read. */
	readonly standardSet?: boolean;
	/** Parameters of the user's own, after those of the car. */
	readonly parameters?: readonly Parameter[];
	/** A parked car has frozen values from the beginning. Default true. */
	readonly driving?: boolean;
	/** How long reading one parameter takes: one that was not read since the boot has no value yet. Default 20. */
	readonly pollTakes?: number;
	/** Makes the way longer than speed and time do, so that charge and position change before one's eyes. Default 1. */
	readonly distance?: number;
}

const POLL_TAKES = 20;

/** Speeds up and slows down without ever standing still; km/h. */
const speedAfter = (s: number) => 62 + 28 * Math.sin(s / 37) + 9 * Math.sin(s / 11);

/** The integral of the speed. */
const kilometresAfter = (s: number) =>
	(62 * s + 28 * 37 * (1 - Math.cos(s / 37)) + 9 * 11 * (1 - Math.cos(s / 11))) / 3600;

/** A car as the device reads it. While it is parked nothing changes. */
export class Car {
	/** All that is configured, disabled ones too. */
	readonly parameters: readonly Parameter[];
	/** Whether the charging cable is plugged in, for a car that has one. */
	plugged = false;
	readonly #pollTakes: number;
	readonly #distance: number;
	readonly #driven: Stopwatch;
	/** Runs while the device reads parameters, since its boot. */
	readonly #polled: Stopwatch;
	#ecuOnline = true;
	#polling = true;
	#deviceRuns = false;
	#swept = false;

	constructor(timeline: Timeline, options: CarOptions) {
		this.parameters = [
			...(options.car === 'electric' ? electric(options.large ?? false) : PETROL),
			...(options.standardSet ? STANDARD_SET : []),
			...(options.parameters ?? []),
		];
		this.#pollTakes = options.pollTakes ?? POLL_TAKES;
		this.#distance = options.distance ?? 1;
		this.#driven = new Stopwatch(timeline);
		this.#polled = new Stopwatch(timeline);
		this.#driven.run(options.driving ?? true);
	}

	get driving(): boolean {
		return this.#driven.running;
	}

	get ecuOnline(): boolean {
		return this.#ecuOnline;
	}

	/** Whether the device has tried to read parameters since its boot. */
	get swept(): boolean {
		return this.#swept;
	}

	get motion(): Motion {
		const seconds = this.#driven.elapsed / 1000;
		const parked = !this.driving;
		return {
			seconds,
			kilometres: this.#distance * kilometresAfter(seconds),
			speed: parked ? 0 : speedAfter(seconds),
			parked,
			plugged: this.plugged,
		};
	}

	/** The parameters that were read since the boot, in order. */
	get readSoFar(): Parameter[] {
		const enabled = inOrder(this.parameters).filter((one) => one.enabled ?? true);
		const isRead = (n: number) => this.#polled.started && n * this.#pollTakes <= this.#polled.elapsed;
		return enabled.filter((_one, n) => isRead(n));
	}

	drive(): void {
		this.#driven.run(true);
		this.setEcu(true);
	}

	park(): void {
		this.#driven.run(false);
	}

	setEcu(online: boolean): void {
		if (!online) {
			this.park();
		}
		this.#ecuOnline = online;
		this.#poll();
	}

	setPolling(polling: boolean): void {
		this.#polling = polling;
		this.#poll();
	}

	/** The device boots: it has read nothing yet. */
	beginReading(): void {
		this.#polled.reset();
		this.#swept = false;
		this.#deviceRuns = true;
		this.#poll();
	}

	/** The device sleeps. */
	endReading(): void {
		this.#deviceRuns = false;
		this.#poll();
	}

	#poll(): void {
		const sweeps = this.#polling && this.#deviceRuns;
		this.#swept ||= sweeps;
		this.#polled.run(sweeps && this.#ecuOnline);
	}
}
