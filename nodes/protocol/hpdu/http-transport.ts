/** Requests over one kept-alive HTTP connection. */
import { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { buildConnector, Client, type Dispatcher } from 'undici';
import type { Timers } from '../common/time.js';
import {
	type PduAnswer,
	type PduRequest,
	type Transport,
	TransportError,
	type TransportFailure,
} from './transport.js';

/** What a connection over TLS may need. */
export type TlsSettings = Pick<
	ConnectionOptions,
	'key' | 'cert' | 'ca' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'
>;

/** Where a PDU is. */
export interface PduAddress {
	/** Name or address; an IPv6 address with or without brackets, a zone behind `%` included. */
	readonly host: string;
	readonly port: number;
	/** For HTTPS. */
	readonly tls?: TlsSettings;
}

/** Larger answers are no PDU's: every register of one is some forty kilobytes. */
const MAX_ANSWER = 1 << 20;
/** How long a connection is kept for another request: an embedded server has few of them. Milliseconds. */
const KEEP_ALIVE = 4_000;
/** A connection that has idled longer may be closed by the PDU at any moment, too risky for a write. Milliseconds. */
const FRESH = 500;

/** Codes of what is an answer, but none that can be read; where undici has one code for several things, their words. */
const NO_ANSWERS: ReadonlySet<string> = new Set([
	...['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
	...['bad response', 'bad upgrade'],
]);

interface Connection {
	readonly client: Client;
	/** The newest one, perhaps not connected yet. */
	socket?: Socket;
}

export class HttpTransport implements Transport {
	private connection: Connection | undefined;
	/** Requests on the present connection. */
	private requests = 0;
	private idleSince = Number.NEGATIVE_INFINITY;
	private readonly watch = new AbortWatch();
	/** Remembers TLS sessions: a whole handshake is hard work for a PDU. Each request has a time limit of its own. */
	private readonly connect: buildConnector.connector;

	/** @param monotonic milliseconds */
	constructor(
		private readonly address: PduAddress,
		private readonly timers: Timers,
		private readonly monotonic: () => number,
	) {
		this.connect = buildConnector({ ...address.tls, timeout: 0 });
	}

	async send(request: PduRequest): Promise<PduAnswer> {
		const isStale = this.monotonic() - this.idleSince > FRESH;
		if (!request.isRepeatable && isStale) await this.disconnect();
		const exchange = this.begin(request);
		await exchange.over;
		// A connection that is not there yet would still be waited for; the next request shall have one of its own.
		if (exchange.wasGivenUp) await this.disconnect();
		this.rest();
		if (!request.isRepeatable || !exchange.wasOvertaken) return exchange.result();
		const again = this.begin(request);
		await again.over;
		if (again.wasGivenUp) await this.disconnect();
		this.rest();
		return again.result();
	}

	close(): Promise<void> {
		return this.disconnect();
	}

	private begin(request: PduRequest): Exchange {
		this.connection ??= this.open();
		const exchange = new Exchange(request, this.watch, this.timers, () => ++this.requests > 1);
		const { method, path, headers, body = null } = request;
		if (!exchange.wasGivenUp)
			this.connection.client.dispatch({ method, path, headers, body, reset: false }, exchange);
		return exchange;
	}

	private rest(): void {
		this.watch.rest();
		this.idleSince = this.monotonic();
	}

	private open(): Connection {
		const { host, port, tls } = this.address;
		const bare = host.replace(/^\[(.*)\]$/, '$1');
		const isIPv6 = bare.includes(':');
		const name = isIPv6 ? `[${bare.replace(/%.*$/, '')}]` : bare;
		const client = new Client(`${tls ? 'https' : 'http'}://${name}:${port}`, {
			pipelining: 1,
			keepAliveTimeout: KEEP_ALIVE,
			keepAliveMaxTimeout: KEEP_ALIVE,
			headersTimeout: 0,
			bodyTimeout: 0,
			// A URL cannot hold the zone of a link-local address.
			connect: (options, callback) => {
				// Its type does not tell that it returns the socket.
				const hostname = isIPv6 ? bare : options.hostname;
				const socket: unknown = this.connect({ ...options, hostname }, callback);
				if (socket instanceof Socket) connection.socket = socket;
			},
		});
		client.on('connect', () => {
			this.requests = 0;
		});
		const connection: Connection = { client };
		return connection;
	}

	private async disconnect(): Promise<void> {
		const { connection } = this;
		this.connection = undefined;
		const destroyed = connection?.client.destroy(new TransportError('unreachable', 'closed'));
		// undici leaves to itself what is not connected yet.
		connection?.socket?.destroy();
		await destroyed;
	}
}

/** Listens to the signals of requests, once to each: most requests of a PDU share one. */
class AbortWatch {
	private readonly known = new WeakSet<AbortSignal>();
	private followed: AbortSignal | undefined;
	private stop: () => void = () => undefined;

	/** From now on this signal stops, at once if it has been given. */
	follow(signal: AbortSignal, stop: () => void): void {
		this.followed = signal;
		this.stop = stop;
		if (signal.aborted) stop();
		else if (!this.known.has(signal)) {
			this.known.add(signal);
			signal.addEventListener('abort', () => this.followed === signal && this.stop());
		}
	}

	/** Nothing is to be stopped. */
	rest(): void {
		this.followed = undefined;
	}
}

/** One request and its answer. */
class Exchange implements Dispatcher.DispatchHandler {
	/** Resolves when there is an answer or an error. */
	readonly over: Promise<void>;
	error: TransportError | undefined;
	/** Whether it was ended from here. */
	wasGivenUp = false;
	/** Whether anything of the answer has come. */
	private hasBegun = false;
	/** Whether the connection had served another request before. */
	private wasReused = false;
	private status = 0;
	private mediaType = '';
	private readonly pieces: Buffer[] = [];
	private length = 0;
	private settle: () => void = () => undefined;
	private controller: Dispatcher.DispatchController | undefined;
	private readonly timer: unknown;

	constructor(
		{ timeout, signal }: PduRequest,
		watch: AbortWatch,
		private readonly timers: Timers,
		private readonly countRequest: () => boolean,
	) {
		this.over = new Promise((resolve) => {
			this.settle = resolve;
		});
		this.timer = timers.set(() => this.giveUp('timeout', String(timeout)), timeout);
		watch.follow(signal, () => this.giveUp('unreachable', 'closed'));
	}

	/** Whether the PDU closed a connection just when it was used again: it has not looked at the request then. */
	get wasOvertaken(): boolean {
		return this.error?.failure === 'unreachable' && this.wasReused;
	}

	/** @throws TransportError */
	result(): PduAnswer {
		if (this.error !== undefined) throw this.error;
		const [only] = this.pieces;
		const body = this.pieces.length === 1 && only ? only : Buffer.concat(this.pieces);
		return { status: this.status, mediaType: this.mediaType, body };
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.controller = controller;
		this.wasReused = this.countRequest();
		if (this.error !== undefined) controller.abort(this.error);
	}

	onResponseStart(
		_controller: Dispatcher.DispatchController,
		status: number,
		headers: Record<string, string | string[] | undefined>,
	): void {
		this.hasBegun = true;
		this.status = status;
		const type = headers['content-type'];
		this.mediaType = (typeof type === 'string' ? type : '').replace(/;.*$/s, '').trim().toLowerCase();
	}

	onResponseData(_controller: Dispatcher.DispatchController, piece: Buffer): void {
		this.length += piece.length;
		if (this.length > MAX_ANSWER) this.giveUp('bad-response', `more than ${MAX_ANSWER} bytes`);
		else this.pieces.push(piece);
	}

	onResponseEnd(): void {
		this.end();
	}

	onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
		this.error ??= this.explain(error);
		this.end();
	}

	private giveUp(failure: TransportFailure, reason: string): void {
		if (this.error !== undefined) return;
		this.wasGivenUp = true;
		this.error = new TransportError(failure, reason);
		// Before a connection there is nobody to tell; the request then ends as soon as it would begin.
		this.controller?.abort(this.error);
		this.end();
	}

	private end(): void {
		this.timers.clear(this.timer);
		this.settle();
	}

	private explain(error: Error): TransportError {
		if (error instanceof TransportError) return error;
		const { code = error.name } = error as { code?: string };
		// It holds the bytes that it could not read, among which may be a secret.
		if (error.name === 'HTTPParserError') return new TransportError('bad-response', code);
		const isAnswer = this.hasBegun || NO_ANSWERS.has(code) || NO_ANSWERS.has(error.message);
		return new TransportError(isAnswer ? 'bad-response' : 'unreachable', code, error);
	}
}
