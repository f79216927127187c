/**
 * Requests over one kept-alive HTTP connection.
 *
 * undici makes the connection (names, addresses, TLS and its sessions); head and answer are written and read here.
 * undici's own requests have `host`, `connection` and `content-length` in lower case whatever they are given, which
 * embedded servers that compare names with case do not find, and its parser refuses chunk sizes with blanks, line ends
 * of LF alone and a Content-Length that stands twice. node:http spells names as it is told to, but its parser refuses the
 * last of these also with `insecureHTTPParser`. As only one request is ever in flight, no more of a client is needed.
 * Beside them in one run (`npm run bench -- --only transports`) it reads at least as often a second as undici's own requests,
 * and twice as often as node:http.
 */
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { buildConnector } from 'undici';
import type { TimerHandle, Timers } from '../common/time.js';
import { encodeRequest, MalformedResponse } from './http-head.js';
import { ResponseReader } from './http-response.js';
import { type PduAnswer, type PduRequest, type Transport, TransportError } from './transport.js';

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

/** How long a connection is kept for another request: an embedded server has few of them. Milliseconds. */
const KEEP_ALIVE = 4_000;
/** A server that says how long it keeps a connection may close it so much earlier. Milliseconds. */
const KEEP_ALIVE_MARGIN = 500;
/** A connection that has idled longer may be closed by the PDU at any moment, too risky for a write. Milliseconds. */
const FRESH = 500;

export class HttpTransport implements Transport {
	private connection: Connection | undefined;
	private idleSince = Number.NEGATIVE_INFINITY;
	private idleTimer: TimerHandle | undefined;
	/** Remembers TLS sessions: a whole handshake is hard work for a PDU. */
	private readonly connect: () => Connection;
	/** As the header `Host` has it. */
	private readonly host: string;

	/** @param monotonic milliseconds */
	constructor(
		address: PduAddress,
		private readonly timers: Timers,
		private readonly monotonic: () => number,
	) {
		const [connect, host] = connectorTo(address);
		this.connect = connect;
		this.host = host;
	}

	async send(request: PduRequest): Promise<PduAnswer> {
		const isStale = this.monotonic() - this.idleSince > FRESH;
		if (!request.isRepeatable && isStale) this.disconnect();
		const exchange = this.begin(request);
		try {
			return await exchange.answer;
		} catch (error) {
			// A connection that the PDU closed just when it was used again: it has not looked at the request then.
			if (!request.isRepeatable || !exchange.wasOvertaken) throw error;
			return await this.begin(request).answer;
		}
	}

	async close(): Promise<void> {
		this.disconnect();
	}

	/** @throws TransportError where nobody wants the answer any more */
	private begin(request: PduRequest): Exchange {
		if (request.signal.aborted) throw new TransportError('unreachable', 'closed');
		if (this.connection?.isOver) this.disconnect();
		const connection = this.connection ?? this.connect();
		this.connection = connection;
		const exchange = new Exchange(request, encodeRequest(request, this.host), connection, this.timers);
		exchange.answer.then(
			() => this.rest(connection, exchange.keepAlive),
			() => this.drop(connection),
		);
		return exchange;
	}

	/** Keeps a connection for the next request. */
	private rest(connection: Connection, keepAlive: number): void {
		this.idleSince = this.monotonic();
		connection.keepFor = Math.min(KEEP_ALIVE, keepAlive - KEEP_ALIVE_MARGIN);
		if (connection.keepFor <= 0 || connection !== this.connection) this.drop(connection);
		else this.idleTimer ??= this.timers.set(() => this.dropIdle(), connection.keepFor);
	}

	/** One timer serves many requests: it looks only when it rings how long the connection has idled. */
	private dropIdle(): void {
		this.idleTimer = undefined;
		const { connection } = this;
		if (connection === undefined || connection.isInUse) return;
		const left = this.idleSince + connection.keepFor - this.monotonic();
		if (left <= 0) this.disconnect();
		else this.idleTimer = this.timers.set(() => this.dropIdle(), left);
	}

	private drop(connection: Connection): void {
		if (connection === this.connection) this.disconnect();
		else connection.destroy();
	}

	private disconnect(): void {
		this.timers.clear(this.idleTimer);
		this.idleTimer = undefined;
		this.connection?.destroy();
		this.connection = undefined;
	}
}

/** @returns what makes a connection, and the name of the host with its port */
function connectorTo({ host, port, tls }: PduAddress): readonly [connect: () => Connection, host: string] {
	const hostname = host.replace(/^\[(.*)\]$/, '$1');
	// A URL cannot hold the zone of a link-local address.
	const name = hostname.includes(':') ? `[${hostname.replace(/%.*$/s, '')}]` : hostname;
	const { protocol, host: written } = new URL(`${tls ? 'https' : 'http'}://${name}:${port}`);
	// Each request has a time limit of its own.
	const connect = buildConnector({ ...tls, allowH2: false, timeout: 0 });
	const target = { hostname, host: written, protocol, port: String(port) };
	return [() => new Connection((callback) => connect(target, callback)), written];
}

type Connect = (callback: buildConnector.Callback) => unknown;

/** One socket, connected or about to be. */
class Connection {
	/** Whether it has served a request before. */
	wasUsed = false;
	isOver = false;
	/** How long it is kept without a request, milliseconds. */
	keepFor = 0;
	private readonly socket: Socket;
	private isConnected = false;
	private waiting: string | undefined;
	private exchange: Exchange | undefined;

	constructor(connect: Connect) {
		// The connector's type does not tell that it returns the socket.
		this.socket = connect((...[error]) => (error ? this.end(error) : this.connected())) as Socket;
		this.socket.on('data', (bytes: Buffer) => {
			// Nobody has asked for this; the next answer must not begin with it.
			if (this.exchange === undefined) this.destroy();
			else this.exchange.take(bytes);
		});
		this.socket.on('end', () => this.end());
		this.socket.on('error', (error) => this.end(error));
		this.socket.on('close', () => this.end());
	}

	/** Whether a request waits for its answer. */
	get isInUse(): boolean {
		return this.exchange !== undefined;
	}

	/** Sends a request, as soon as there is a connection. */
	send(bytes: string, exchange: Exchange): void {
		this.exchange = exchange;
		if (this.isConnected) this.socket.write(bytes, 'latin1');
		else this.waiting = bytes;
	}

	/** The exchange is over: it wants to know nothing more. */
	release(): void {
		this.exchange = undefined;
		this.waiting = undefined;
		this.wasUsed = true;
	}

	destroy(): void {
		this.end(new TransportError('unreachable', 'closed'));
	}

	private connected(): void {
		this.isConnected = true;
		if (this.waiting !== undefined) this.socket.write(this.waiting, 'latin1');
		this.waiting = undefined;
	}

	private end(error?: Error): void {
		if (this.isOver) return;
		this.isOver = true;
		this.socket?.destroy();
		this.exchange?.connectionEnded(error);
	}
}

/** One request and its answer. */
class Exchange {
	readonly answer: Promise<PduAnswer>;
	private readonly response = new ResponseReader();
	private readonly wasReused: boolean;
	private error: TransportError | undefined;
	private settle: (error?: TransportError) => void = () => undefined;

	constructor({ timeout, signal }: PduRequest, bytes: string, connection: Connection, timers: Timers) {
		this.wasReused = connection.wasUsed;
		const abort = () => this.fail(new TransportError('unreachable', 'closed'));
		const timer = timers.set(() => this.fail(new TransportError('timeout', String(timeout))), timeout);
		signal.addEventListener('abort', abort);
		this.answer = new Promise((resolve, reject) => {
			this.settle = (error) => {
				this.settle = () => undefined;
				timers.clear(timer);
				signal.removeEventListener('abort', abort);
				connection.release();
				this.error = error;
				if (error === undefined) resolve(this.response.answer);
				else reject(error);
			};
		});
		connection.send(bytes, this);
	}

	/** Whether the connection was closed before anything of the answer came, after it had served another request. */
	get wasOvertaken(): boolean {
		const { failure, reason } = this.error ?? {};
		return this.wasReused && failure === 'unreachable' && reason !== 'closed' && !this.response.hasBegun;
	}

	get keepAlive(): number {
		return this.response.keepAlive;
	}

	take(bytes: Buffer): void {
		try {
			if (this.response.push(bytes)) this.settle();
		} catch (error) {
			// Its cause is not kept: nothing of an answer that cannot be read may get into an error.
			const reason = error instanceof MalformedResponse ? error.message : 'unreadable';
			this.fail(new TransportError('bad-response', reason));
		}
	}

	connectionEnded(error?: Error): void {
		if (error === undefined && this.response.end()) this.settle();
		else this.fail(error instanceof TransportError ? error : this.explain(error));
	}

	private explain(error?: Error): TransportError {
		const { code = error?.name ?? 'EOF' } = (error ?? {}) as { code?: string };
		return new TransportError(this.response.hasBegun ? 'bad-response' : 'unreachable', code, error);
	}

	private fail(error: TransportError): void {
		this.settle(error);
	}
}
