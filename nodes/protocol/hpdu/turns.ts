/** Lets things be done one after the other, in the order in which they were asked for. */
export class Turns {
	private last: Promise<unknown> = Promise.resolve();
	private count = 0;

	/** How many are under way or wait. */
	get length(): number {
		return this.count;
	}

	/** Does something once everything that was asked for before is over, however it ended. */
	take<T>(job: () => Promise<T>): Promise<T> {
		this.count++;
		const result = this.count === 1 ? begin(job) : this.last.then(job);
		const over = (): void => void this.count--;
		this.last = result.then(over, over);
		return result;
	}
}

/** Begins at once; what is thrown is the promise's. */
async function begin<T>(job: () => Promise<T>): Promise<T> {
	return job();
}
