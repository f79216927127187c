/** Which jobs go first: those of the first kind that has any, each kind in the order in which it was asked for. */
const PRIORITIES = ['write', 'read', 'panel'] as const;

/** A write is late sooner than a reading; a panel that somebody looks at must not keep a flow waiting. */
export type Priority = (typeof PRIORITIES)[number];

/** Does one job after the other. */
export class PriorityQueue {
	private readonly waiting: Readonly<Record<Priority, (() => void)[]>> = { write: [], read: [], panel: [] };
	private isBusy = false;

	/** How many are in progress or wait. */
	get length(): number {
		return PRIORITIES.reduce((sum, priority) => sum + this.waiting[priority].length, this.isBusy ? 1 : 0);
	}

	/** How many of a kind wait. */
	waitingOf(priority: Priority): number {
		return this.waiting[priority].length;
	}

	/** Does something once all that goes before it is over, however that ended. What is thrown is the promise's. */
	take<T>(job: () => Promise<T>, priority: Priority): Promise<T> {
		if (!this.isBusy) return this.run(job);
		return new Promise((resolve, reject) => {
			this.waiting[priority].push(() => void this.run(job).then(resolve, reject));
		});
	}

	private async run<T>(job: () => Promise<T>): Promise<T> {
		this.isBusy = true;
		try {
			return await job();
		} finally {
			this.isBusy = false;
			this.next();
		}
	}

	private next(): void {
		const first = PRIORITIES.find((priority) => this.waiting[priority].length > 0);
		if (first !== undefined) this.waiting[first].shift()?.();
	}
}
