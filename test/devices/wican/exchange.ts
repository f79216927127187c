import { patience } from '../../patience.js';
import { type Answer, headerValues, parseAnswer, type Unfinished } from '../common/answer.js';
import {
	type ConnectionError,
	type ConnectionOptions,
	converse,
	type Outcome as OutcomeWith,
	type ReadAnswer,
} from '../common/connection.js';
import { ANSWER_BYTES_READ, type Firmware } from './firmware.js';
import type { Post, Unsendable } from './wire.js';

type Unusable = Unsendable | 'incomplete';

/** Why an exchange brought no usable answer. */
export type ExchangeError = ConnectionError | Unusable;

/** What came of one POST. */
export interface Outcome extends OutcomeWith<Unusable> {
	/** How many redirects were followed, where there was a network. */
	readonly redirects?: number;
}

export type ExchangeOptions = ConnectionOptions;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What one call of `recv` brings at most. */
const FIRST_BYTES = 511;

/** Waits for the end of the body only as long as there is not too much of it. */
function readHead(raw: Buffer, ended: boolean): Answer | Unfinished {
	const bodyAt = raw.indexOf('\r\n\r\n') + 4;
	return parseAnswer(raw, ended || (bodyAt > 4 && raw.length - bodyAt >= ANSWER_BYTES_READ));
}

/** Looks at nothing but the status in what arrives first. */
function readFirstBytes(raw: Buffer): Answer | Unfinished {
	if (raw.length === 0) {
		return 'need-more';
	}
	const status = /^HTTP\/1\.[01] (\d{3})/.exec(raw.toString('latin1', 0, FIRST_BYTES))?.[1];
	return status === undefined
		? 'malformed'
		: { status: Number(status), headers: [], body: Buffer.alloc(0), complete: true };
}

const READERS: Readonly<Record<Firmware['answer'], ReadAnswer>> = {
	complete: parseAnswer,
	head: readHead,
	'first-bytes': readFirstBytes,
};

/**
 * One POST, and those that follow from redirects, each over a connection of its own. Never rejects: what went
 * wrong is in the outcome.
 */
export async function exchange(post: Post, options: ExchangeOptions = {}): Promise<Outcome> {
	const { firmware } = post;
	const read: ReadAnswer = (raw, ended) => READERS[firmware.answer](raw, ended);
	for (let current = post, redirects = 0; ; redirects++) {
		const { target, head, body } = current;
		if (typeof target === 'string') {
			return { answer: undefined, error: target, received: 0, redirects };
		}
		const outcome = await converse({ target, parts: [head, body] }, read, {
			timeoutMs: patience(firmware.timeout),
			...options,
		});
		const { answer } = outcome;
		const location = answer && REDIRECTS.has(answer.status) && headerValues(answer.headers, 'location')[0];
		if (location && redirects < firmware.redirects) {
			current = current.redirectedTo(location);
			continue;
		}
		const cut = answer && !answer.complete && answer.status !== 401 && firmware.answer === 'complete';
		return { ...outcome, redirects, ...(cut ? { error: 'incomplete' as const } : {}) };
	}
}
