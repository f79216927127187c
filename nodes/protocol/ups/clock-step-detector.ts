/**
 * Moves deadlines when the machine's clock is set, where the store has no time of its own. A small computer without a battery for
 * its clock starts with the time of its last shutdown and jumps once the network is up; no deadline may pass by that.
 */
import { applyClockStep } from './apply-time.js';
import type { UpsDevice } from './device.js';
import type { UpsService } from './service.js';

/** A smaller step is only the clock being kept right. Milliseconds. */
const SMALLEST = 10_000;

export class ClockStepDetector {
	private offset: number;
	/** Milliseconds by which the deadlines of a UPS still have to move. */
	private readonly unsaved = new Map<UpsDevice, number>();
	private saved: Promise<void> = Promise.resolve();

	constructor(private readonly service: UpsService) {
		this.offset = this.currentOffset;
	}

	/** Moves all deadlines when the clock was set since the last call. Never rejects: the next call tries again. */
	correct(): Promise<void> {
		const { store } = this.service.environment;
		if (store.shared) return this.saved;
		const step = this.currentOffset - this.offset;
		if (Math.abs(step) >= SMALLEST) {
			this.offset += step;
			for (const device of this.service.registry.all()) this.add(device, step);
		}
		// A call during the update waits too: it must not compare the new clock with an old deadline.
		if (this.unsaved.size > 0 && store.state.name !== 'unavailable')
			this.saved = this.saved.then(() => this.save());
		return this.saved;
	}

	private get currentOffset(): number {
		const { clock } = this.service.environment;
		return clock.now() - clock.monotonic();
	}

	private add(device: UpsDevice, step: number): void {
		this.unsaved.set(device, (this.unsaved.get(device) ?? 0) + step);
	}

	private async save(): Promise<void> {
		const { repository } = this.service;
		const updates = [...this.unsaved].map(([device, step]) => {
			this.unsaved.delete(device);
			return repository
				.update(device.deviceId, (stored) => ({ ...applyClockStep(stored, step), result: undefined }))
				.catch(() => this.add(device, step));
		});
		await Promise.all(updates);
	}
}
