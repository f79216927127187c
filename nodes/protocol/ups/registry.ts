/** Which UPSes are configured, and under which ids they report. */
import { ProtocolError } from '../common/errors.js';
import type { GracePeriod } from '../common/time.js';
import { idsOf, LiveUps, type UpsSettings } from './device.js';
import type { UpsKey } from './key.js';

export class UpsRegistry {
	/** By the id as it is configured; also those that no node configures any more. */
	private readonly known = new Map<string, LiveUps>();
	/** The configured id by any other id under which a UPS may report. */
	private readonly configuredIds = new Map<string, string>();

	/** @param gracePeriod how long a POST waits for a UPS whose node was just taken away */
	constructor(private readonly gracePeriod: GracePeriod) {}

	/**
	 * Takes a UPS up.
	 * @throws ProtocolError `ups-duplicate-device`
	 */
	add(settings: UpsSettings): LiveUps {
		const { deviceId, key } = settings;
		const ids = idsOf(deviceId);
		const isTaken = this.configured().some((other) => idsOf(other.deviceId).some((id) => ids.includes(id)));
		if (isTaken) throw new ProtocolError('ups-duplicate-device', { deviceId });
		for (const other of this.configured())
			if (other.key.secret.equals(key.secret)) warnOfSameKey(other, settings);
		for (const id of ids) this.configuredIds.set(id, deviceId);
		const ups = this.known.get(deviceId) ?? new LiveUps(deviceId);
		this.known.set(deviceId, ups);
		ups.settings = settings;
		ups.returning?.settle();
		return ups;
	}

	/** Gives a UPS up, unless other settings have taken the place of these. */
	remove(ups: LiveUps, settings: UpsSettings): void {
		if (ups.settings !== settings) return;
		ups.settings = undefined;
		this.awaitRedeploy(ups, settings.key);
	}

	/** All UPSes that were ever configured in this process. */
	all(): Iterable<LiveUps> {
		return this.known.values();
	}

	/** One of them by its configured id. */
	get(deviceId: string): LiveUps | undefined {
		return this.known.get(deviceId);
	}

	/** A configured UPS by any of its ids, or undefined. */
	find(deviceId: string): LiveUps | undefined {
		const ups = this.known.get(this.configuredId(deviceId));
		return ups?.settings === undefined ? undefined : ups;
	}

	/** The id under which a UPS is configured, by one under which it may report; an unknown id stays as it is. */
	configuredId(deviceId: string): string {
		return this.configuredIds.get(deviceId) ?? deviceId;
	}

	/** The key of a UPS, also of one whose node was just taken away; undefined for an unknown one. */
	keyOf(deviceId: string): UpsKey | undefined {
		const ups = this.known.get(this.configuredId(deviceId));
		return ups?.settings?.key ?? ups?.returning?.key;
	}

	/** Resolves when a UPS is back whose node was just taken away, or does not come back; undefined for any other. */
	returnOf(deviceId: string): Promise<void> | undefined {
		return this.known.get(this.configuredId(deviceId))?.returning?.back;
	}

	/** The other UPSes that have the key of this one. */
	withSameKey(deviceId: string): UpsSettings[] {
		const own = this.find(deviceId)?.settings;
		return this.configured().filter((other) => other !== own && own?.key.secret.equals(other.key.secret));
	}

	private configured(): UpsSettings[] {
		return [...this.known.values()].flatMap(({ settings }) => settings ?? []);
	}

	private awaitRedeploy(ups: LiveUps, key: UpsKey): void {
		const { promise: back, resolve } = Promise.withResolvers<void>();
		let cancel = () => {};
		const settle = (): void => {
			cancel();
			ups.returning = undefined;
			resolve();
		};
		ups.returning = { back, settle, key };
		cancel = this.gracePeriod(settle);
	}
}

function warnOfSameKey(one: UpsSettings, other: UpsSettings): void {
	one.onSameKey?.(other);
	other.onSameKey?.(one);
}
