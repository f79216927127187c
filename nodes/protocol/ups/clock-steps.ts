/**
 * Moves what has its time by the machine's clock when that clock is set, where the store has no time of its own. A small computer
 * without a battery for its clock starts with the time of its last shutdown and jumps once the network is there: what waits for
 * its time must not be over by that.
 */
import { applyClockStep } from './apply-time.js';
import type { LiveUps } from './device.js';
import type { UpsService } from './service.js';

/** A smaller step is no more than a clock being kept right. Milliseconds. */
const SMALLEST = 10_000;

export class ClockSteps {
	private offset: number;
	/** By how many milliseconds the clock was set, for each UPS for which that could not be stored yet. */
	private readonly behind = new Map<LiveUps, number>();
	private followed: Promise<void> = Promise.resolve();

	constructor(private readonly service: UpsService) {
		this.offset = this.currentOffset;
	}

	/**
	 * Moves the deadlines of all UPSes when the clock was set since the last call. Never rejects: what cannot be stored is stored
	 * by a later call.
	 */
	follow(): Promise<void> {
		const { store } = this.service.environment;
		if (store.shared) return this.followed;
		const step = this.currentOffset - this.offset;
		if (Math.abs(step) >= SMALLEST) {
			this.offset += step;
			for (const ups of this.service.registry.all()) this.fallBehind(ups, step);
		}
		// Whoever comes while deadlines are being moved waits too, or would judge by the new clock and the old deadline.
		if (this.behind.size > 0 && store.state.name !== 'unavailable')
			this.followed = this.followed.then(() => this.catchUp());
		return this.followed;
	}

	private get currentOffset(): number {
		const { clock } = this.service.environment;
		return clock.now() - clock.monotonic();
	}

	private fallBehind(ups: LiveUps, step: number): void {
		this.behind.set(ups, (this.behind.get(ups) ?? 0) + step);
	}

	private async catchUp(): Promise<void> {
		const { repository } = this.service;
		const moves = [...this.behind].map(async ([ups, step]) => {
			this.behind.delete(ups);
			await repository
				.update(ups.deviceId, (stored) => ({ ...applyClockStep(stored, step), result: undefined }))
				.catch(() => this.fallBehind(ups, step));
		});
		await Promise.all(moves);
	}
}
