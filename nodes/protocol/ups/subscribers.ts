/** The nodes that receive messages and events of UPSes, each at one endpoint. */
import type { Clock } from '../common/time.js';
import type { UpsEvent } from './events.js';
import type { TelemetryMessage } from './messages.js';

/** What a receiving node gets. */
export interface UpsListener {
	message(message: TelemetryMessage): void;
	event(event: UpsEvent): void;
	/** The badge has to change without a message or an event. */
	view(): void;
	/** A POST was answered, but could not be stored. */
	failure(error: unknown): void;
}

export interface Subscriber extends UpsListener {
	/** Names the endpoint, the same after a restart. */
	readonly endpoint: string;
	/** Undefined: every UPS. */
	readonly deviceId: string | undefined;
}

/** Milliseconds within which the nodes of a start or a deploy subscribe. */
const DEPLOY_TIME = 10_000;

export class Subscribers {
	private readonly all = new Set<Subscriber>();
	private changedAt: number;

	constructor(private readonly clock: Pick<Clock, 'monotonic'>) {
		this.changedAt = clock.monotonic();
	}

	/** @returns what removes it */
	add(subscriber: Subscriber): () => void {
		this.all.add(subscriber);
		this.changedAt = this.clock.monotonic();
		return () => {
			if (this.all.delete(subscriber)) this.changedAt = this.clock.monotonic();
		};
	}

	/** Those of a UPS at an endpoint; undefined: at any. */
	of(deviceId: string, endpoint: string | undefined): Subscriber[] {
		return [...this.all].filter(
			(one) =>
				(endpoint === undefined || one.endpoint === endpoint) &&
				(one.deviceId === undefined || one.deviceId === deviceId),
		);
	}

	/**
	 * Those who get an event: the nodes at the endpoint of the UPS's last report. If there is none, and no deploy can bring one,
	 * those at other endpoints: an alarm must reach somebody.
	 * @param endpoint undefined for a UPS that never reported
	 */
	recipients(deviceId: string, endpoint: string | undefined): Subscriber[] {
		const found = this.of(deviceId, endpoint);
		if (found.length > 0 || endpoint === undefined) return found;
		const isDeploying = this.clock.monotonic() - this.changedAt < DEPLOY_TIME;
		return isDeploying ? [] : this.of(deviceId, undefined);
	}
}
