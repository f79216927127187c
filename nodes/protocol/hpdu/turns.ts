/** Lets things be done one after the other, in the order in which they were asked for. */
export class Turns {
	private last: Promise<unknown> = Promise.resolve();

	/** Does something once everything that was asked for before is over, however it ended. */
	take<T>(job: () => Promise<T>): Promise<T> {
		const result = this.last.then(job);
		this.last = result.catch(() => undefined);
		return result;
	}
}
