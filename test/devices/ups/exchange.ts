import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Answer, parseAnswer } from './answer.js';
import { FIRMWARE } from './firmware.js';
import { answerSignature, type Post, type Target } from './wire.js';

/** Why an exchange brought no usable answer. */
export type ExchangeError =
	| 'bad-url'
	| 'unreachable'
	| 'timeout'
	| 'closed'
	| 'incomplete'
	| 'malformed'
	| 'lost'
	| 'abandoned';

/** What came of one POST. */
export interface Outcome {
	readonly answer: Answer | undefined;
	readonly error: ExchangeError | undefined;
	/** Bytes received, the head of the answer included. */
	readonly received: number;
	/** The error of the socket, if there was one. */
	readonly cause?: Error;
}

/** TLS as the device has it, and what tests need beyond. PEM texts. */
export interface TlsOptions {
	readonly ca?: string;
	readonly insecure?: boolean;
	readonly cert?: string;
	readonly key?: string;
	readonly servername?: string;
}

export interface ExchangeOptions {
	/**
	 * `read` as the device does; `lose` waits until the server answers and then forgets what it said; `cut`
	 * keeps half of the body; `abandon` closes as soon as everything is written.
	 */
	readonly answer?: 'read' | 'lose' | 'cut' | 'abandon';
	/** Largest write. Default: head and body in one write each. */
	readonly chunkBytes?: number;
	/** Awaited between two writes, with the number of bytes sent so far. */
	readonly between?: (sent: number) => Promise<void>;
	readonly timeoutMs?: number;
	readonly tls?: TlsOptions;
	/** Waits for the body of a 401 too, which the device does not. */
	readonly readUnauthorized?: boolean;
	readonly signal?: AbortSignal;
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

function open(target: Target, tls: TlsOptions): Socket {
	const address = { host: target.host, port: target.port, family: 4 };
	if (!target.secure) {
		return connectTcp(address);
	}
	const { insecure, ...identity } = tls;
	return connectTls({ ...address, ...identity, rejectUnauthorized: insecure !== true });
}

function write(socket: Socket, bytes: Buffer): Promise<void> {
	return new Promise((resolve) => socket.write(bytes, () => resolve()));
}

/** Writes head and body; each begins a segment of its own. */
async function send(socket: Socket, post: Post, options: ExchangeOptions): Promise<void> {
	const { chunkBytes = Number.POSITIVE_INFINITY, between = nextTurn } = options;
	let sent = 0;
	for (const part of [post.head, post.body]) {
		for (let at = 0; at < part.length && !socket.destroyed; at += chunkBytes) {
			if (sent > 0) {
				await between(sent);
			}
			const piece = part.subarray(at, at + chunkBytes);
			await write(socket, piece);
			sent += piece.length;
		}
	}
}

function cutInHalf(answer: Answer): Answer {
	return { ...answer, body: answer.body.subarray(0, answer.body.length >> 1), complete: false };
}

/** One connection. Whatever happens first ends it; what happens after that changes nothing. */
class Connection {
	readonly #socket: Socket;
	readonly #options: ExchangeOptions;
	readonly #resolve: (outcome: Outcome) => void;
	readonly #abandon = () => this.#finish('abandoned');
	#raw: Buffer = Buffer.alloc(0);
	#connected = false;

	constructor(post: Post, target: Target, options: ExchangeOptions, resolve: (outcome: Outcome) => void) {
		this.#options = options;
		this.#resolve = resolve;
		this.#socket = open(target, options.tls ?? {});
		this.#socket.setNoDelay(true);
		this.#socket.setTimeout(options.timeoutMs ?? FIRMWARE.socketTimeout, () => this.#finish('timeout'));
		this.#socket.on('error', (cause) =>
			this.#finish(this.#connected ? 'closed' : 'unreachable', undefined, cause),
		);
		this.#socket.on('data', (chunk) => this.#receive(chunk));
		this.#socket.on('end', () => this.#look(true));
		this.#socket.on('close', () => this.#finish('closed'));
		this.#socket.once(target.secure ? 'secureConnect' : 'connect', () => this.#send(post));
		options.signal?.addEventListener('abort', this.#abandon);
		if (options.signal?.aborted) {
			this.#abandon();
		}
	}

	#send(post: Post): void {
		this.#connected = true;
		send(this.#socket, post, this.#options)
			.then(() => (this.#options.answer === 'abandon' ? this.#abandon() : undefined))
			.catch((cause: Error) => this.#finish('closed', undefined, cause));
	}

	#receive(chunk: Buffer): void {
		this.#raw = Buffer.concat([this.#raw, chunk]);
		if (this.#options.answer === 'lose') {
			this.#finish('lost');
		} else {
			this.#look(false);
		}
	}

	#look(ended: boolean): void {
		const answer = parseAnswer(this.#raw, ended, this.#options.readUnauthorized);
		if (typeof answer !== 'string') {
			const kept = this.#options.answer === 'cut' ? cutInHalf(answer) : answer;
			this.#finish(kept.complete || kept.status === 401 ? undefined : 'incomplete', kept);
		} else if (answer === 'malformed' || ended) {
			this.#finish(answer === 'malformed' ? 'malformed' : 'closed');
		}
	}

	#finish(error: ExchangeError | undefined, answer?: Answer, cause?: Error): void {
		this.#socket.destroy();
		this.#options.signal?.removeEventListener('abort', this.#abandon);
		this.#resolve({ answer, error, received: this.#raw.length, ...(cause ? { cause } : {}) });
	}
}

/** One POST over a connection of its own. Never rejects: what went wrong is in the outcome. */
export function exchange(post: Post, options: ExchangeOptions = {}): Promise<Outcome> {
	const { target } = post;
	if (!target) {
		return Promise.resolve({ answer: undefined, error: 'bad-url', received: 0 });
	}
	return new Promise<Outcome>((resolve) => new Connection(post, target, options, resolve)).catch(
		// A certificate that cannot be read, for instance, is thrown before there is a socket.
		(cause: Error) => ({ answer: undefined, error: 'unreachable', received: 0, cause }),
	);
}

/** An outcome without any network: a complete answer with these values. */
export function answered(
	status: number,
	body: Buffer | string = '',
	headers: Answer['headers'] = [],
): Outcome {
	const bytes = Buffer.from(body);
	return {
		answer: { status, headers, body: bytes, complete: true },
		error: undefined,
		received: bytes.length + 120,
	};
}

/** As `answered` with status 200, signed with the key for this POST. `body` is sent as JSON. */
export function answeredSigned(post: Post, key: string, body: unknown): Outcome {
	const bytes = Buffer.from(JSON.stringify(body));
	return answered(200, bytes, [['X-W3PUPS-Sig', answerSignature(key, post.nonce, bytes)]]);
}

/** No outcome at all: nobody answered. */
export const UNREACHABLE: Outcome = { answer: undefined, error: 'unreachable', received: 0 };
