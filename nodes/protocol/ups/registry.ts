/** Which UPSes are configured, and under which ids they report. */
import { ProtocolError } from '../common/errors.js';
import type { GracePeriod } from '../common/time.js';
import { UpsDevice } from './device.js';
import { idsOf, type UpsKey, type UpsSettings } from './settings.js';

export class UpsRegistry {
	/** By the configured id; also those that no node configures any more. */
	private readonly devices = new Map<string, UpsDevice>();
	/** The configured id by each id under which a UPS may report. */
	private readonly configuredIds = new Map<string, string>();

	/** @param gracePeriod how long a POST waits for a UPS whose node a redeploy has closed */
	constructor(private readonly gracePeriod: GracePeriod) {}

	/** @throws ProtocolError `ups-duplicate-device` */
	add(settings: UpsSettings): UpsDevice {
		const { deviceId, key } = settings;
		const ids = idsOf(deviceId);
		const others = this.configured();
		if (others.some((other) => idsOf(other.deviceId).some((id) => ids.includes(id))))
			throw new ProtocolError('ups-duplicate-device', { deviceId });
		for (const other of others) {
			if (!other.key.secret.equals(key.secret)) continue;
			other.onSameKey?.(settings);
			settings.onSameKey?.(other);
		}
		for (const id of ids) this.configuredIds.set(id, deviceId);
		const device = this.devices.get(deviceId) ?? new UpsDevice(deviceId);
		this.devices.set(deviceId, device);
		device.settings = settings;
		device.returning?.settle();
		return device;
	}

	/** Removes a UPS, unless other settings have replaced these. */
	remove(device: UpsDevice, settings: UpsSettings): void {
		if (device.settings !== settings) return;
		device.settings = undefined;
		const { promise: back, resolve } = Promise.withResolvers<void>();
		let cancel = () => {};
		const settle = (): void => {
			cancel();
			device.returning = undefined;
			resolve();
		};
		device.returning = { back, settle, key: settings.key };
		cancel = this.gracePeriod(settle);
	}

	/** All UPSes that were ever configured in this process. */
	all(): UpsDevice[] {
		return [...this.devices.values()];
	}

	/** One of them by its configured id. */
	get(deviceId: string): UpsDevice | undefined {
		return this.devices.get(deviceId);
	}

	/** A configured UPS by any of its ids. */
	find(deviceId: string): UpsDevice | undefined {
		const device = this.devices.get(this.configuredId(deviceId));
		return device?.settings && device;
	}

	/** The configured id of a UPS by any of its ids; an unknown id stays as it is. */
	configuredId(deviceId: string): string {
		return this.configuredIds.get(deviceId) ?? deviceId;
	}

	/** The key of a UPS, also of one whose node a redeploy has closed. */
	keyOf(deviceId: string): UpsKey | undefined {
		const device = this.devices.get(this.configuredId(deviceId));
		return device?.settings?.key ?? device?.returning?.key;
	}

	/** Resolves when a UPS whose node a redeploy has closed is back, or stays away; undefined for any other. */
	returnOf(deviceId: string): Promise<void> | undefined {
		return this.devices.get(this.configuredId(deviceId))?.returning?.back;
	}

	/** The other UPSes that have the key of this one. */
	withSameKey(deviceId: string): UpsSettings[] {
		const own = this.find(deviceId)?.settings;
		return this.configured().filter((other) => other !== own && own?.key.secret.equals(other.key.secret));
	}

	private configured(): UpsSettings[] {
		return this.all().flatMap(({ settings }) => settings ?? []);
	}
}
