/** What panels tell of requests that came lately. Kept in memory only: whoever still sends is seen again soon. */
import type { RefusedRequest } from './http.js';

/** When something was last accepted, milliseconds since the epoch, and from where if that is known. */
export interface Seen {
	readonly at: number;
	readonly remoteAddress?: string | undefined;
}

/** A request that was refused, and when. */
export interface RefusedSight {
	readonly at: number;
	readonly reason: string;
	readonly status: number;
	readonly remoteAddress: string;
	/** Seconds by which the device's clock is ahead of this machine's, where that is why. */
	readonly clockOffset?: number;
}

/** What is known of one device. */
export interface Sighting {
	readonly online: boolean;
	readonly seen: Seen | null;
	readonly refused: RefusedSight | null;
}

/** Somebody nobody knows, or a place that nobody owns. */
export interface Stranger extends Seen {
	readonly count: number;
}

/** Notes a refusal as panels tell it. */
export function refusedSight(
	{ reason, status, remoteAddress, clockOffset }: RefusedRequest,
	at: number,
): RefusedSight {
	return { at, reason, status, remoteAddress, ...(clockOffset !== undefined && { clockOffset }) };
}

/** More than anybody wants to read; whoever makes up names pushes out only what came before. */
const MOST = 16;

/** The strangers that came last, each once however often it came. */
export class Strangers {
	private readonly byName = new Map<string, Stranger>();

	note(name: string, at: number, remoteAddress: string): void {
		const count = (this.byName.get(name)?.count ?? 0) + 1;
		this.byName.delete(name);
		this.byName.set(name, { at, remoteAddress, count });
		for (const oldest of this.byName.keys()) {
			if (this.byName.size <= MOST) break;
			this.byName.delete(oldest);
		}
	}

	/** Newest first. */
	list(): (readonly [name: string, stranger: Stranger])[] {
		return [...this.byName].reverse();
	}
}
