import { connect as connectTcp, isIP, isIPv4, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Answer, Unfinished } from './answer.js';

/** Why a request over a connection brought no answer. */
export type ConnectionError = 'unreachable' | 'timeout' | 'closed' | 'malformed' | 'lost' | 'abandoned';

/** What came of one request; `Error` is what a device adds to the reasons for which there is none. */
export interface Outcome<Error extends string = never> {
	readonly answer: Answer | undefined;
	readonly error: ConnectionError | Error | undefined;
	/** Bytes received, the head of the answer included. */
	readonly received: number;
	/** The error of the socket, if there was one. */
	readonly cause?: globalThis.Error;
}

/** TLS as the device has it, and what tests need beyond. PEM texts. */
export interface TlsOptions {
	readonly ca?: string;
	readonly insecure?: boolean;
	readonly cert?: string;
	readonly key?: string;
	readonly servername?: string;
}

export interface ConnectionOptions {
	/**
	 * `read` as the device does; `lose` waits until the server answers and then forgets what it said; `cut`
	 * keeps half of the body; `abandon` closes as soon as everything is written.
	 */
	readonly answer?: 'read' | 'lose' | 'cut' | 'abandon';
	/** Largest write. Default: each part in one write. */
	readonly chunkBytes?: number;
	/** Awaited between two writes, with the number of bytes sent so far. */
	readonly between?: (sent: number) => Promise<void>;
	readonly timeoutMs?: number;
	/** The device's own address; that of the machine's choice without it. */
	readonly from?: string;
	readonly tls?: TlsOptions;
	readonly signal?: AbortSignal;
}

/** Bytes for a server. Each part begins a segment of its own. */
export interface Request {
	readonly target: {
		readonly secure: boolean;
		readonly host: string;
		readonly port: number;
		/** An address in place of a name is not compared with the certificate. */
		readonly trustsAnyNameOfAddress?: boolean;
	};
	readonly parts: readonly Buffer[];
}

/** Looks at everything received so far; `ended` when the server has closed the connection. */
export type ReadAnswer = (raw: Buffer, ended: boolean) => Answer | Unfinished;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

function open({ target }: Request, { tls = {}, from }: ConnectionOptions): Socket {
	const { host, port } = target;
	const address = { host, port, family: 4, ...(from !== undefined && { localAddress: from }) };
	if (!target.secure) {
		return connectTcp(address);
	}
	const { insecure, ...identity } = tls;
	const anyName = target.trustsAnyNameOfAddress && isIPv4(host);
	return connectTls({
		...address,
		// Both devices name the server that they want, and a server with several names needs to hear it.
		...(isIP(host) === 0 ? { servername: host } : {}),
		...identity,
		...(anyName ? { checkServerIdentity: () => undefined } : {}),
		rejectUnauthorized: insecure !== true,
	});
}

function write(socket: Socket, bytes: Buffer): Promise<void> {
	return new Promise((resolve) => socket.write(bytes, () => resolve()));
}

async function send(socket: Socket, parts: readonly Buffer[], options: ConnectionOptions): Promise<void> {
	const { chunkBytes = Number.POSITIVE_INFINITY, between = nextTurn } = options;
	let sent = 0;
	for (const part of parts) {
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
	readonly #read: ReadAnswer;
	readonly #options: ConnectionOptions;
	readonly #resolve: (outcome: Outcome) => void;
	readonly #abandon = () => this.#finish('abandoned');
	#raw: Buffer = Buffer.alloc(0);
	#connected = false;

	constructor(
		request: Request,
		read: ReadAnswer,
		options: ConnectionOptions,
		resolve: (outcome: Outcome) => void,
	) {
		this.#read = read;
		this.#options = options;
		this.#resolve = resolve;
		this.#socket = open(request, options);
		this.#socket.setNoDelay(true);
		this.#socket.setTimeout(options.timeoutMs ?? 0, () => this.#finish('timeout'));
		this.#socket.on('error', (cause) =>
			this.#finish(this.#connected ? 'closed' : 'unreachable', undefined, cause),
		);
		this.#socket.on('data', (chunk) => this.#receive(chunk));
		this.#socket.on('end', () => this.#look(true));
		this.#socket.on('close', () => this.#finish('closed'));
		this.#socket.once(request.target.secure ? 'secureConnect' : 'connect', () => this.#send(request.parts));
		options.signal?.addEventListener('abort', this.#abandon);
		if (options.signal?.aborted) {
			this.#abandon();
		}
	}

	#send(parts: readonly Buffer[]): void {
		this.#connected = true;
		send(this.#socket, parts, this.#options)
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
		const answer = this.#read(this.#raw, ended);
		if (typeof answer !== 'string') {
			this.#finish(undefined, this.#options.answer === 'cut' ? cutInHalf(answer) : answer);
		} else if (answer === 'malformed' || ended) {
			this.#finish(answer === 'malformed' ? 'malformed' : 'closed');
		}
	}

	#finish(error: ConnectionError | undefined, answer?: Answer, cause?: Error): void {
		this.#socket.destroy();
		this.#options.signal?.removeEventListener('abort', this.#abandon);
		this.#resolve({ answer, error, received: this.#raw.length, ...(cause ? { cause } : {}) });
	}
}

/**
 * One request over a connection of its own. Never rejects: what went wrong is in the outcome.
 *
 * @param read what the device makes of the bytes that come back
 */
export function converse(request: Request, read: ReadAnswer, options: ConnectionOptions): Promise<Outcome> {
	return new Promise<Outcome>((resolve) => new Connection(request, read, options, resolve)).catch(
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

/** No outcome at all: nobody answered. */
export const UNREACHABLE: Outcome = { answer: undefined, error: 'unreachable', received: 0 };
