import { RateLimiterMemory } from 'rate-limiter-flexible';
import { senderKey } from './client-address.js';

/** RateLimiter that one sender is answered in full within a minute. */
const REFUSALS_PER_MINUTE = 60;
const MINUTE = 60;
/** Senders that are counted at once. Who makes up more addresses pushes out the count of the one that came least lately. */
const MOST_SENDERS = 4096;

/** `report`: the first one above the limit in this minute that has a route to be reported to. */
export interface RateLimit {
	readonly limited: boolean;
	readonly report: boolean;
}

function consumed(limiter: RateLimiterMemory, key: string): Promise<boolean> {
	return limiter.consume(key).then(
		() => true,
		() => false,
	);
}

/**
 * Counts refused requests per sender. Accepted requests are not counted, so that no sender can block a device that shares
 * its address.
 */
export class RateLimiter {
	private readonly counts = new RateLimiterMemory({ points: REFUSALS_PER_MINUTE, duration: MINUTE });
	private readonly reports = new RateLimiterMemory({ points: 1, duration: MINUTE });
	private readonly senders = new Set<string>();

	/** How many senders are counted. */
	get size(): number {
		return this.senders.size;
	}

	/**
	 * Counts one refusal.
	 * @param address the sender's
	 * @param canReport whether there is a route that the limit could be reported to
	 */
	async count(address: string, canReport: boolean): Promise<RateLimit> {
		const sender = senderKey(address);
		this.makeRoomFor(sender);
		const limited = !(await consumed(this.counts, sender));
		return { limited, report: limited && canReport && (await consumed(this.reports, sender)) };
	}

	private makeRoomFor(sender: string): void {
		this.senders.delete(sender);
		this.senders.add(sender);
		if (this.senders.size <= MOST_SENDERS) return;
		const [oldest = ''] = this.senders;
		this.senders.delete(oldest);
		for (const limiter of [this.counts, this.reports]) limiter.delete(oldest).catch(() => undefined);
	}
}
