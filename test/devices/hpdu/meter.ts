import type { Timeline } from '../common/timeline.js';

/** How the outlets hang at the input. */
export interface Wiring {
	readonly phases: number;
	readonly outlets: number;
	/** @param outlet counted from 1 */
	isOn(outlet: number): boolean;
}

/** What is measured at an outlet or at a phase of the input. */
export interface Measured {
	volts: number;
	amps: number;
	/** Percent. */
	powerFactor: number;
	/** Highest current since the peaks were reset. */
	peakAmps: number;
	/** Lowest voltage since the peaks were reset. */
	dipVolts: number;
	/** Since the factory. */
	wattHours: number;
	/** Since the subtotal was reset. */
	subtotalWattHours: number;
}

const HOUR = 3_600_000;
/** What meters have counted before the story begins, in hours of their load. */
const HOURS_BEFORE = 9000;
const SUBTOTAL_HOURS_BEFORE = 700;

const wave = (seconds: number, period: number, shift: number) =>
	Math.sin((2 * Math.PI * seconds) / period + shift);

const nothing = (): Measured => ({
	volts: 0,
	amps: 0,
	powerFactor: 0,
	peakAmps: 0,
	dipVolts: Number.POSITIVE_INFINITY,
	wattHours: 0,
	subtotalWattHours: 0,
});

export const watts = ({ volts, amps, powerFactor }: Measured): number => (volts * amps * powerFactor) / 100;

/** Voltages, loads and counters. They follow from the time alone, so that each run measures the same. */
export class Meter {
	/** Multiplies all loads. */
	factor = 1;
	/** Multiplies the voltage of the mains. */
	mains = 1;
	readonly inputs: readonly Measured[];
	readonly outlets: readonly Measured[];
	readonly #timeline: Timeline;
	readonly #startAt: number;
	readonly #seed: number;
	#at: number;

	/** @param seed makes the loads of this unit different from those of others */
	constructor(timeline: Timeline, seed: number, channels: number) {
		this.#timeline = timeline;
		this.#startAt = timeline.now;
		this.#at = timeline.now;
		this.#seed = seed;
		this.inputs = [nothing(), nothing(), nothing()];
		this.outlets = Array.from({ length: channels }, nothing);
	}

	/** Measures everything anew and lets the counters run on. */
	update(wiring: Wiring): void {
		const now = this.#timeline.now;
		const first = this.outlets.every(({ wattHours }) => wattHours === 0);
		const hours = (now - this.#at) / HOUR;
		this.#at = now;
		this.outlets.forEach((outlet, n) => {
			this.#measureOutlet(outlet, n + 1, wiring);
			count(outlet, hours);
			if (first) {
				outlet.wattHours = watts(outlet) * HOURS_BEFORE;
				outlet.subtotalWattHours = watts(outlet) * SUBTOTAL_HOURS_BEFORE;
			}
		});
		this.inputs.forEach((input, n) => {
			this.#sumUp(input, n + 1, wiring);
		});
	}

	resetPeaks(): void {
		for (const one of [...this.inputs, ...this.outlets]) {
			one.peakAmps = one.amps;
			one.dipVolts = one.volts;
		}
	}

	/** Sets the subtotals to zero, of those outlets only that are meant. */
	resetSubtotals(meant: (outlet: number) => boolean = () => true): void {
		this.outlets.forEach((outlet, n) => {
			if (meant(n + 1)) {
				outlet.subtotalWattHours = 0;
			}
		});
	}

	#volts(phase: number): number {
		const seconds = (this.#timeline.now - this.#startAt) / 1000;
		return this.mains * (230 + 1.5 * wave(seconds, 600, phase * 2) + 0.4 * wave(seconds, 37, phase));
	}

	#measureOutlet(outlet: Measured, n: number, { phases, outlets, isOn }: Wiring): void {
		const seconds = (this.#timeline.now - this.#startAt) / 1000;
		const there = n <= outlets;
		const usual = 0.2 + ((n * 37 + this.#seed * 11) % 23) / 10;
		const wobble = 1 + 0.08 * wave(seconds, 600, n) + 0.02 * wave(seconds, 47, 2 * n);
		const on = there && isOn(n);
		outlet.volts = on ? this.#volts(((n - 1) % phases) + 1) : 0;
		outlet.amps = on ? usual * wobble * this.factor : 0;
		outlet.powerFactor = on ? 94 + 4 * wave(seconds, 300, n) : 0;
		notePeaks(outlet);
	}

	#sumUp(input: Measured, phase: number, { phases }: Wiring): void {
		const there = phase <= phases;
		const fed = there ? this.outlets.filter((_, n) => n % phases === phase - 1) : [];
		const sum = (pick: (outlet: Measured) => number) =>
			fed.reduce((total, outlet) => total + pick(outlet), 0);
		input.volts = there ? this.#volts(phase) : 0;
		input.amps = sum(({ amps }) => amps);
		input.powerFactor = input.amps > 0 ? (sum(watts) / (input.volts * input.amps)) * 100 : 0;
		input.wattHours = sum(({ wattHours }) => wattHours);
		input.subtotalWattHours = sum(({ subtotalWattHours }) => subtotalWattHours);
		notePeaks(input);
	}
}

function notePeaks(one: Measured): void {
	one.peakAmps = Math.max(one.peakAmps, one.amps);
	one.dipVolts = Math.min(one.dipVolts, one.volts);
}

function count(outlet: Measured, hours: number): void {
	outlet.wattHours += watts(outlet) * hours;
	outlet.subtotalWattHours += watts(outlet) * hours;
}
