import { Vehicle, type VehicleEnvironment } from './vehicle.js';

/** All vehicles of one process. What it knows of one outlives the node that shows it, as at a redeploy. */
export class WicanFleet {
	private readonly vehicles = new Map<string, Vehicle>();

	constructor(readonly environment: VehicleEnvironment) {}

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
		const vehicle = this.vehicles.get(key) ?? new Vehicle(key, this.environment);
		this.vehicles.set(key, vehicle);
		return vehicle;
	}
}
