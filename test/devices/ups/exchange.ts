import { patience } from '../../patience.js';
import { parseAnswer } from '../common/answer.js';
import {
	answered,
	type ConnectionError,
	type ConnectionOptions,
	converse,
	type Outcome as OutcomeWith,
} from '../common/connection.js';
import { FIRMWARE } from './firmware.js';
import { answerSignature, type Post } from './wire.js';

type UnusableAnswer = 'bad-url' | 'incomplete';

/** Why an exchange brought no usable answer. */
export type ExchangeError = ConnectionError | UnusableAnswer;

/** What came of one POST. */
export type Outcome = OutcomeWith<UnusableAnswer>;

export interface ExchangeOptions extends ConnectionOptions {
	/** Waits for the body of a 401 too, which the device does not. */
	readonly readUnauthorized?: boolean;
}

/** One POST over a connection of its own. Never rejects: what went wrong is in the outcome. */
export async function exchange(post: Post, options: ExchangeOptions = {}): Promise<Outcome> {
	const { target, head, body } = post;
	if (!target) {
		return { answer: undefined, error: 'bad-url', received: 0 };
	}
	const outcome = await converse(
		{ target, parts: [head, body] },
		(raw, ended) => parseAnswer(raw, ended, options.readUnauthorized),
		{ timeoutMs: patience(FIRMWARE.socketTimeout), ...options },
	);
	const usable = !outcome.answer || outcome.answer.complete || outcome.answer.status === 401;
	return usable ? outcome : { ...outcome, error: 'incomplete' };
}

/** An answer with status 200, signed with the key for this POST. `body` is sent as JSON. */
export function answeredSigned(post: Post, key: string, body: unknown): Outcome {
	const bytes = Buffer.from(JSON.stringify(body));
	return answered(200, bytes, [['X-W3PUPS-Sig', answerSignature(key, post.nonce, bytes)]]);
}
