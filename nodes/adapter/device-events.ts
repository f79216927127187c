/** The second output of nodes that ask a device: whether it answers; and errors that only repeat that it does not. */
import type { NodeContext } from './node.js';
import { oneOf } from './values.js';

/** An event of a device, which becomes the payload of a message. */
export interface DeviceEvent {
	readonly event: string;
	/** The name of the device, which becomes the topic. */
	readonly device: string;
	/** Milliseconds since the epoch. */
	readonly time: number;
	readonly reason?: string;
}

/** A device that has events. */
export interface EventSource {
	subscribe(listener: (event: DeviceEvent) => void): {
		/** Whether an error says only that the device is away, and was said before. */
		isRepeated(error: unknown): boolean;
		end(): void;
	};
}

/** What a node does with the devices that it asks. */
export interface DeviceEvents {
	/** Sends the events of a device from the second output from now on. @returns what ends that */
	follow(source: EventSource): () => void;
	/**
	 * Asks a device.
	 * @returns undefined where the device is away, the node reports that once (`errors: once`), and has reported it
	 * @throws what `ask` throws
	 */
	asking<T>(source: EventSource, ask: () => Promise<T>): Promise<T | undefined>;
}

/** @throws ProtocolError `config-invalid` where `errors` is neither `each` nor `once` */
export function deviceEvents(context: NodeContext): DeviceEvents {
	const { config, node } = context;
	const errors = oneOf(config, 'errors', ['each', 'once']);
	const subscriptions = new Map<EventSource, ReturnType<EventSource['subscribe']>>();
	context.onClose(() => {
		for (const subscription of subscriptions.values()) subscription.end();
	});

	function subscriptionOf(source: EventSource): ReturnType<EventSource['subscribe']> {
		const known = subscriptions.get(source);
		if (known !== undefined) return known;
		const subscription = source.subscribe((payload) => node.send([null, { topic: payload.device, payload }]));
		subscriptions.set(source, subscription);
		return subscription;
	}

	return {
		follow(source) {
			const subscription = subscriptionOf(source);
			return () => {
				subscription.end();
				subscriptions.delete(source);
			};
		},
		async asking(source, ask) {
			const subscription = subscriptionOf(source);
			try {
				return await ask();
			} catch (error) {
				if (errors === 'once' && subscription.isRepeated(error)) return undefined;
				throw error;
			}
		},
	};
}
