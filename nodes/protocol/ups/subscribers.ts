/** The nodes that receive messages and events of UPSes, each at one endpoint. */
import type { Clock } from '../common/time.js';
import type { UpsEvent } from './edges.js';
import type { TelemetryMessage } from './messages.js';

/** What a receiving node is given. */
export interface Sees {
	message(message: TelemetryMessage): void;
	event(event: UpsEvent): void;
	/** What badges tell has become known, without a message or an event: after a restart. */
	view(): void;
	/** A POST was answered, but what it changed could not be kept. */
	failure(error: unknown): void;
}

/** A node that receives at an endpoint. */
export interface Subscriber extends Sees {
	/** Names the endpoint, the same after a restart. */
	readonly endpoint: string;
	/** Undefined: every UPS. */
	readonly deviceId: string | undefined;
}

/** Milliseconds within which the nodes of a start or a deploy are there. */
const DEPLOY_TIME = 10_000;

export class Subscribers {
	private readonly all = new Set<Subscriber>();
	private changedAt: number;

	constructor(private readonly clock: Pick<Clock, 'monotonic'>) {
		this.changedAt = clock.monotonic();
	}

	/** @returns what removes it again */
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
	 * Those who are told of a UPS: the nodes at the endpoint at which it reported last, and no others. Where that endpoint has no
	 * such node any more, and a deploy brings none, those at other endpoints: an alarm must reach somebody.
	 * @param endpoint undefined where it never reported
	 */
	told(deviceId: string, endpoint: string | undefined): Subscriber[] {
		const found = this.of(deviceId, endpoint);
		if (found.length > 0 || endpoint === undefined) return found;
		const isDeploying = this.clock.monotonic() - this.changedAt < DEPLOY_TIME;
		return isDeploying ? [] : this.of(deviceId, undefined);
	}
}
