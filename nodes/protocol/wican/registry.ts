import { isStoreError } from '../common/errors.js';
import type { Store } from '../common/store.js';
import type { Clock, Timers } from '../common/time.js';
import { VehicleRepository } from './repository.js';
import { Vehicle } from './vehicle.js';

/** What vehicles need from outside. */
export interface VehicleEnvironment {
	readonly store: Store;
	readonly clock: Clock;
	readonly timers: Timers;
	/** Names this process: different for every process and every start. */
	readonly instance: string;
	/** Takes what went wrong and concerns nobody's request. */
	report(error: unknown): void;
}

/** All vehicles of one process. What it knows of one outlives the node that shows it, as at a redeploy. */
export class VehicleRegistry {
	private readonly vehicles = new Map<string, Vehicle>();
	private readonly repository: VehicleRepository;

	constructor(readonly environment: VehicleEnvironment) {
		const { store, clock, instance } = environment;
		const report = (error: unknown): void => environment.report(error);
		this.repository = new VehicleRepository(
			{ store, instance, report, monotonic: () => clock.monotonic() },
			{
				tell: (key, event) => this.find(key)?.tell(event) ?? false,
				silenceDue: (key, stored, now) => {
					const vehicle = this.find(key);
					if (vehicle?.isOpen) return vehicle.silenceDue(stored, now);
					// One that no node of this process shows may be shown in another.
					return store.shared ? undefined : null;
				},
			},
		);
		this.repository.onDue((key) => this.due(key));
		store.onState(({ name }) => {
			if (name !== 'unavailable') for (const vehicle of this.vehicles.values()) vehicle.storeIsBack();
		});
	}

	/**
	 * A vehicle, with what it lives in.
	 * @param key by which it is remembered; the same for the same vehicle at every start
	 */
	join(key: string): { readonly environment: VehicleEnvironment; readonly vehicle: Vehicle } {
		return { environment: this.environment, vehicle: this.vehicle(key) };
	}

	/** The vehicle that is remembered by this key, if this process knows it. */
	find(key: string): Vehicle | undefined {
		return this.vehicles.get(key);
	}

	/** The vehicle that is remembered by this key. */
	vehicle(key: string): Vehicle {
		const vehicle = this.vehicles.get(key) ?? new Vehicle(key, this.environment, this.repository);
		this.vehicles.set(key, vehicle);
		return vehicle;
	}

	private due(key: string): void {
		const vehicle = this.find(key);
		if (vehicle?.isOpen) vehicle.timePassed();
		else if (!this.environment.store.shared)
			this.repository.update(key, () => ({ isRescheduled: true })).catch((error) => this.report(error));
	}

	/** The store tells of its own trouble. */
	private report(error: unknown): void {
		if (!isStoreError(error)) this.environment.report(error);
	}
}
