import { inspect } from 'node:util';
import { patience } from '../../patience.js';

/** How long a test waits for anything, in milliseconds, before it fails and says what came instead. */
export const PATIENCE = patience(10_000);

interface Waiter<T> {
	match(item: T): boolean;
	resolve(item: T): void;
	reject(error: Error): void;
	readonly timer: NodeJS.Timeout;
}

/** What has arrived and was not taken yet, and who waits for what has not arrived. */
export class Mailbox<T> {
	private items: T[] = [];
	private readonly waiting = new Set<Waiter<T>>();

	constructor(
		private readonly name: string,
		/** What else is known, for the text of a failure. */
		private readonly context: () => string,
	) {}

	add(item: T): void {
		for (const waiter of this.waiting) {
			if (!waiter.match(item)) continue;
			this.settle(waiter);
			waiter.resolve(item);
			return;
		}
		this.items.push(item);
	}

	/**
	 * Takes the oldest item that matches, waiting for it where none has arrived: two calls take two items, in order.
	 * @throws Error after `limit` milliseconds.
	 */
	take(what: string, match: (item: T) => boolean, limit = PATIENCE): Promise<T> {
		const index = this.items.findIndex(match);
		const [found] = index < 0 ? [] : this.items.splice(index, 1);
		if (found !== undefined) return Promise.resolve(found);
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.settle(waiter);
				reject(this.failure(`waited ${limit} ms for ${this.name} ${what}`));
			}, limit);
			const waiter: Waiter<T> = { match, resolve, reject, timer };
			this.waiting.add(waiter);
		});
	}

	/** What has arrived and was not taken. */
	untaken(match: (item: T) => boolean = () => true): T[] {
		return this.items.filter(match);
	}

	forget(): void {
		this.items = [];
	}

	/** Fails everybody who waits: nothing will come any more. */
	close(reason: string): void {
		for (const waiter of this.waiting) {
			this.settle(waiter);
			waiter.reject(this.failure(`waited for a ${this.name}, but ${reason}`));
		}
	}

	private settle(waiter: Waiter<T>): void {
		clearTimeout(waiter.timer);
		this.waiting.delete(waiter);
	}

	private failure(text: string): Error {
		const instead = this.items.slice(-10).map((item) => inspect(item, { depth: 5, breakLength: 120 }));
		const list = instead.length > 0 ? instead.join('\n') : 'nothing';
		return new Error(`${text}; untaken are (the last 10)\n${list}\n${this.context()}`);
	}
}
