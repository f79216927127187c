import { createHash, randomBytes } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { senderKey } from './address.js';

/** Refusals that one sender is answered in full within a minute. */
const REFUSALS_PER_MINUTE = 60;
const MINUTE = 60;

/** `tell`: the first one above the limit in this minute that has somebody to tell it to. */
export interface Verdict {
	readonly limited: boolean;
	readonly tell: boolean;
}

function consumed(limiter: RateLimiterMemory, key: string): Promise<boolean> {
	return limiter.consume(key).then(
		() => true,
		() => false,
	);
}

/**
 * Counts what is refused, per sender. It is asked only about requests that are refused anyway, so that nobody can
 * silence a device that shares an address with him.
 */
export class Refusals {
	private readonly counts = new RateLimiterMemory({ points: REFUSALS_PER_MINUTE, duration: MINUTE });
	private readonly tellings = new RateLimiterMemory({ points: 1, duration: MINUTE });
	private readonly salt = randomBytes(16);

	/**
	 * Counts one refusal.
	 * @param address the sender's
	 * @param canTell whether there is a route that could be told of the limit
	 */
	async count(address: string, canTell: boolean): Promise<Verdict> {
		const bucket = this.bucket(address);
		const limited = !(await consumed(this.counts, bucket));
		return { limited, tell: limited && canTell && (await consumed(this.tellings, bucket)) };
	}

	// 65,536 buckets bound the memory whatever addresses are made up; the salt keeps a stranger from choosing his.
	private bucket(address: string): string {
		return createHash('sha256').update(this.salt).update(senderKey(address)).digest('hex').slice(0, 4);
	}
}
