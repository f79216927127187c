/**
 * Things that all have the same time to finish. One shared timer watches them while there are any, since a timer
 * for each would cost more than reading the small bodies that it guards.
 */
export class Timeouts<T extends object> {
	private readonly due = new Map<T, number>();
	private timer: NodeJS.Timeout | undefined;

	/**
	 * @param time milliseconds that each has
	 * @param expired is called once for each that took longer, while it is still watched; must not throw
	 */
	constructor(
		private readonly time: number,
		private readonly expired: (item: T) => void,
	) {}

	get size(): number {
		return this.due.size;
	}

	add(item: T): void {
		this.due.set(item, performance.now() + this.time);
		if (this.timer !== undefined) return;
		this.timer = setInterval(() => this.sweep(), Math.max(1, Math.min(1000, this.time / 4)));
		this.timer.unref();
	}

	/** Whether the item was still watched. */
	delete(item: T): boolean {
		return this.due.delete(item);
	}

	private sweep(): void {
		const now = performance.now();
		for (const [item, due] of this.due) {
			if (due > now) break;
			this.expired(item);
			this.due.delete(item);
		}
		if (this.due.size > 0) return;
		clearInterval(this.timer);
		this.timer = undefined;
	}
}
