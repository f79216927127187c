/** Moves what has its time by the machine's clock when that clock is set, where the store has no time of its own. */
import type { Store } from '../common/store.js';
import type { Clock } from '../common/time.js';
import { applyClockStep } from './apply-time.js';
import type { LiveUps } from './device.js';
import type { UpsRegistry } from './registry.js';
import type { UpsRepository } from './repository.js';

/** A smaller step is no more than a clock being kept right. Milliseconds. */
const STEP = 10_000;

/**
 * Notices when the machine's clock is set. A small computer without a battery for its clock starts with the time of
 * its last shutdown and jumps once the network is there: what waits for its time must not be over by that.
 */
export class ClockWatch {
	private offset: number;

	constructor(private readonly clock: Clock) {
		this.offset = clock.now() - clock.monotonic();
	}

	/** By how many milliseconds the clock was set since the last call; 0 when it was not. */
	takeStep(): number {
		const offset = this.clock.now() - this.clock.monotonic();
		const step = offset - this.offset;
		if (Math.abs(step) < STEP) return 0;
		this.offset = offset;
		return step;
	}
}

/** What it needs from the service. */
interface Service {
	readonly environment: { readonly store: Store; readonly clock: Clock };
	readonly registry: UpsRegistry;
	readonly repository: UpsRepository;
}

export class ClockSteps {
	private readonly watch: ClockWatch;
	/** By how many milliseconds the clock was set, for each UPS for which that could not be stored yet. */
	private readonly behind = new Map<LiveUps, number>();
	private followed: Promise<void> = Promise.resolve();

	constructor(private readonly service: Service) {
		this.watch = new ClockWatch(service.environment.clock);
	}

	/**
	 * Moves the deadlines of all UPSes when the clock was set since the last call. Never rejects: what cannot be stored is stored
	 * by a later call.
	 */
	follow(): Promise<void> {
		const { store } = this.service.environment;
		if (store.shared) return this.followed;
		const step = this.watch.takeStep();
		if (step !== 0)
			for (const ups of this.service.registry.all()) this.behind.set(ups, (this.behind.get(ups) ?? 0) + step);
		// Whoever comes while deadlines are being moved waits too, or would judge by the new clock and the old deadline.
		if (this.behind.size > 0 && store.state.name !== 'unavailable')
			this.followed = this.followed.then(() => this.catchUp());
		return this.followed;
	}

	private async catchUp(): Promise<void> {
		const moves = [...this.behind].map(async ([ups, step]) => {
			this.behind.delete(ups);
			try {
				await this.service.repository.update(ups.deviceId, (stored) => ({
					...applyClockStep(stored, step),
					result: undefined,
				}));
			} catch {
				this.behind.set(ups, (this.behind.get(ups) ?? 0) + step);
			}
		});
		await Promise.all(moves);
	}
}
