import { ProtocolError } from '../common/errors.js';

/** Questions that may be under way at once. */
const MOST = 20;

/** What panels want to know: a question that is under way is asked once, and only so many are under way. */
export class PanelQuestions {
	private readonly asked = new Map<string, Promise<unknown>>();

	/**
	 * @param device the name of the PDU, for an error
	 * @param key what tells this question from others
	 * @throws ProtocolError `hpdu-busy` for one question too many; what the question throws
	 */
	ask<T>(device: string, key: string, question: () => Promise<T>): Promise<T> {
		const known = this.asked.get(key) as Promise<T> | undefined;
		if (known !== undefined) return known;
		if (this.asked.size >= MOST) return Promise.reject(new ProtocolError('hpdu-busy', { device }));
		const answer = Promise.resolve()
			.then(question)
			.finally(() => this.asked.delete(key));
		this.asked.set(key, answer);
		return answer;
	}
}
