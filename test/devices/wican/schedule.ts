import type { ExchangeError, Outcome } from './exchange.js';
import { FIRST_POST_AFTER, type Firmware } from './firmware.js';

/** What the device makes of an outcome. Everything but `ok` is a failure to it. */
export type PostResult = 'ok' | 'status' | 'unauthorized' | 'rebooted' | ExchangeError;

export interface ScheduleOptions {
	/** Milliseconds. Default: that of the firmware. */
	readonly period?: number;
	/** What is posted: JSON, or the form that A Better Routeplanner takes. */
	readonly form?: 'json' | 'abrp';
	/** Milliseconds from a boot to the first POST. */
	readonly firstPostAfter?: number;
}

/** When a device posts, which depends on what came of the POSTs before. True time in milliseconds. */
export class Schedule {
	readonly period: number;
	readonly #firmware: Firmware;
	readonly #options: ScheduleOptions;
	/** Destinations that have taken config and status since the boot. */
	readonly #settingsSent = new Set<string>();
	#nextPostAt = 0;
	#failures = 0;
	#forbidden = 0;

	constructor(firmware: Firmware, options: ScheduleOptions) {
		this.#firmware = firmware;
		this.#options = options;
		this.period = options.period ?? firmware.period;
	}

	/** Failures in a row. */
	get failures(): number {
		return this.#failures;
	}

	/** Infinity while a webhook waits to be registered anew. */
	get nextPostAt(): number {
		const { pausesAfter403 = Number.POSITIVE_INFINITY } = this.#firmware;
		return this.#forbidden >= pausesAfter403 ? Number.POSITIVE_INFINITY : this.#nextPostAt;
	}

	boot(now: number): void {
		this.#settingsSent.clear();
		this.#failures = 0;
		this.#nextPostAt = now + (this.#options.firstPostAfter ?? FIRST_POST_AFTER);
	}

	/** Whether this destination still has to be told config and status. */
	lacksSettings(url: string): boolean {
		return !this.#settingsSent.has(this.#markOf(url));
	}

	/** Takes what came of a POST that was made at `at`. */
	take(post: { url: string; at: number; full: boolean }, outcome: Outcome, now: number): PostResult {
		const status = outcome.answer?.status ?? 0;
		this.#forbidden = status === 403 ? this.#forbidden + 1 : 0;
		this.#nextPostAt = Math.max(now, post.at + this.period);
		if (outcome.error || status < 200 || status > 299) {
			this.#fail(now);
			return outcome.error ?? (status === 401 ? 'unauthorized' : 'status');
		}
		this.#failures = 0;
		if (post.full) {
			this.#settingsSent.add(this.#markOf(post.url));
		}
		return 'ok';
	}

	#fail(now: number): void {
		this.#failures++;
		const { after, wait } = this.#firmware.backoff;
		if (this.#failures >= after) {
			this.#nextPostAt = now + wait(this.#failures, this.period, this.#options.form ?? 'json');
		}
	}

	#markOf(url: string): string {
		return this.#firmware.settingsOnce === 'per-device' ? 'any' : url;
	}
}
