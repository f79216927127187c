/** Questions that may be under way at once. */
const MOST = 20;

/** What panels want to know: a question that is under way is asked once, and only so many are under way. */
export class PanelQuestions {
	private readonly asked = new Map<string, Promise<unknown>>();

	/** @param busy makes the error of a question that is one too many */
	constructor(private readonly busy: () => Error) {}

	/**
	 * @param key what tells this question from others
	 * @throws what `busy` makes; what the question throws
	 */
	ask<T>(key: string, question: () => Promise<T>): Promise<T> {
		const known = this.asked.get(key) as Promise<T> | undefined;
		if (known !== undefined) return known;
		if (this.asked.size >= MOST) return Promise.reject(this.busy());
		const answer = Promise.resolve()
			.then(question)
			.finally(() => this.asked.delete(key));
		this.asked.set(key, answer);
		return answer;
	}
}
