/** When devices were last seen, who was refused, and requests that match no device. Kept in memory only, for badges and panels. */
import type { RefusedRequest } from './http.js';

/** When a request was last accepted, milliseconds since the epoch, and from where if that is known. */
export interface LastSeen {
	readonly at: number;
	readonly remoteAddress?: string | undefined;
}

/** The last refused request of a device. */
export interface LastRefusal {
	readonly at: number;
	readonly reason: string;
	readonly status: number;
	readonly remoteAddress: string;
	/** Seconds by which the device's clock is ahead of this machine's, where that is the reason. */
	readonly clockOffset?: number;
}

/** What a panel shows of one device. */
export interface Presence {
	readonly online: boolean;
	readonly seen: LastSeen | null;
	readonly refused: LastRefusal | null;
}

/** Requests under one name that match no device or no route. */
export interface UnmatchedRequest extends LastSeen {
	readonly count: number;
}

/** The refusal without the name of the device. */
export function lastRefusal(
	{ reason, status, remoteAddress, clockOffset }: RefusedRequest,
	at: number,
): LastRefusal {
	return { at, reason, status, remoteAddress, ...(clockOffset !== undefined && { clockOffset }) };
}

/**
 * For how long a device has been silent, milliseconds: the smaller of the stored time and the time that this process has
 * listened, so neither a restart nor a clock step makes it longer. A stored time in the future is ignored.
 * @param seenAt when it was last seen, milliseconds of the store's time
 * @param listened milliseconds by the monotonic clock
 */
export function silentFor(seenAt: number, listened: number, now: number): number {
	const stored = now - seenAt;
	return stored < 0 ? listened : Math.min(stored, listened);
}

/** More than anybody wants to read. */
const MAX_NAMES = 16;

/** The newest unmatched requests, counted by name. Made-up names push out only older ones. */
export class UnmatchedRequests {
	private readonly byName = new Map<string, UnmatchedRequest>();

	add(name: string, at: number, remoteAddress: string): void {
		const count = (this.byName.get(name)?.count ?? 0) + 1;
		this.byName.delete(name);
		this.byName.set(name, { at, remoteAddress, count });
		const [oldest] = this.byName.keys();
		if (this.byName.size > MAX_NAMES && oldest !== undefined) this.byName.delete(oldest);
	}

	/** Newest first. */
	list(): (readonly [name: string, request: UnmatchedRequest])[] {
		return [...this.byName].reverse();
	}
}
