/** Which scopes are due: one sorted set on the server for all of them, which each process looks at about once a second. */
import type { Clock } from '../../protocol/common/time.js';
import type { RedisConnection } from './redis-connection.js';
import { nameOf } from './redis-scope.js';

/** How long a listener has to move a due time that has passed before it is called again, milliseconds. */
const CALL_AGAIN_AFTER = 5_000;

/** How many scopes the server is asked for at once, and how many times in one round. */
const PAGE = 500;
const MAX_PAGES = 20;

/** A due time for which listeners were called, and when. */
interface Called {
	readonly due: string;
	readonly at: number;
}

export class RedisDueTimes {
	private readonly listeners = new Set<{ prefix: string; listener: (scope: string) => void }>();
	private called = new Map<string, Called>();

	/** @param report takes what a listener throws */
	constructor(
		private readonly clock: Clock,
		private readonly report: (error: unknown) => void,
	) {}

	/** @see Store.onDue */
	onDue(prefix: string, listener: (scope: string) => void): () => void {
		const entry = { prefix, listener };
		this.listeners.add(entry);
		return () => this.listeners.delete(entry);
	}

	/**
	 * Calls the listeners of all scopes that are due.
	 * @param now the server's time
	 * @throws ProtocolError where the server does not answer
	 */
	async look(connection: RedisConnection, key: string, now: number): Promise<void> {
		const called = new Map<string, Called>();
		for (let page = 0; page < MAX_PAGES; page++) {
			const limit = ['LIMIT', String(page * PAGE), String(PAGE)];
			const range = ['ZRANGEBYSCORE', key, '-inf', String(now), 'WITHSCORES', ...limit];
			const found = (await connection.send(range)) as string[];
			for (let at = 0; at < found.length; at += 2) this.note(called, found[at] ?? '', found[at + 1] ?? '');
			if (found.length < 2 * PAGE) break;
		}
		this.called = called;
	}

	private note(called: Map<string, Called>, name: string, due: string): void {
		const before = this.called.get(name);
		const at = this.clock.monotonic();
		const isRecent = before?.due === due && at - before.at < CALL_AGAIN_AFTER;
		called.set(name, isRecent ? before : { due, at });
		if (!isRecent) this.call(nameOf(name));
	}

	private call(scope: string): void {
		for (const { prefix, listener } of this.listeners) {
			if (!scope.startsWith(prefix)) continue;
			try {
				listener(scope);
			} catch (error) {
				this.report(error);
			}
		}
	}
}
