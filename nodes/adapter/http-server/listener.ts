import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { ListenOptions, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { GracePeriod } from '../../protocol/common/time.js';
import { senderAddress, senderKey } from './client-address.js';
import { answerClientError } from './client-errors.js';
import { Connections } from './connections.js';
import { parseTarget } from './paths.js';
import { type RequestContext, RequestHandler } from './request-handler.js';
import type { Router } from './router.js';
import type { Limits } from './settings.js';
import { Timeouts } from './timeouts.js';

function serverOptions(limits: Limits) {
	return {
		requireHostHeader: false,
		headersTimeout: limits.headTimeout,
		// A backstop: bodies have a deadline of their own, which is answered and then drained.
		requestTimeout: limits.headTimeout + limits.bodyTimeout + limits.drainTimeout,
		keepAliveTimeout: limits.keepAliveTimeout,
		connectionsCheckingInterval: limits.checkTime,
		handshakeTimeout: limits.headTimeout,
	};
}

/** The endpoint that a listener serves at present. */
export interface ListenerOwner {
	/** For requests to paths that have no route. */
	readonly context: RequestContext;
	opened(): void;
	failed(error: NodeJS.ErrnoException): void;
}

/** An HTTP or HTTPS server that serves one router and nothing else. */
export class Listener {
	private readonly server: Server;
	private readonly connections: Connections;
	private readonly lingering: Timeouts<Socket>;
	private isClosing = false;

	constructor(
		/** Host and port at which it listens, as one text. */
		readonly address: string,
		private readonly tls: TlsOptions | undefined,
		private readonly limits: Limits,
		readonly router: Router<RequestContext>,
		/** The next endpoint may take over while requests are in progress. */
		public owner: ListenerOwner,
	) {
		const options = serverOptions(limits);
		this.server = tls ? createSecureServer({ ...tls, ...options }) : createServer(options);
		this.connections = new Connections(limits.connections);
		this.lingering = new Timeouts(limits.drainTimeout, (socket) => socket.destroy());
		this.connections.attach(this.server, tls !== undefined);
		this.server.on('listening', () => this.owner.opened());
		this.server.on('error', (error) => this.owner.failed(error));
		this.serve();
	}

	get context(): RequestContext {
		return this.owner.context;
	}

	get listening(): boolean {
		return this.server.listening;
	}

	/** The port in use, undefined while there is none. */
	get port(): number | undefined {
		const address = this.server.address();
		return typeof address === 'object' ? address?.port : undefined;
	}

	/** Whether clients would find no difference to one that speaks TLS like this. */
	speaks(tls: TlsOptions | undefined): boolean {
		return isDeepStrictEqual(this.tls, tls);
	}

	/** @throws Error for what is no port */
	listen(options: ListenOptions): void {
		this.server.listen(options);
	}

	/** Closes for good; no request waits for the next owner of its route any longer. */
	giveUp(): void {
		void this.close();
		this.router.endGracePeriods();
	}

	/** Ends requests in progress within their time, everything else at once. */
	close(): Promise<void> {
		this.isClosing = true;
		this.connections.endWithAnswers();
		return new Promise((resolve) => {
			const last = setTimeout(() => this.connections.closeAll(), this.limits.closeTimeout);
			this.server.close(() => {
				clearTimeout(last);
				resolve();
			});
			this.connections.closeSilent();
		});
	}

	private serve(): void {
		const take = (req: IncomingMessage, res: ServerResponse): void =>
			this.guard(req.socket, () => this.take(req, res));
		this.server.on('request', take);
		// With listeners of these Node neither sends a 100, which such a device takes for the final answer, nor a 417.
		this.server.on('checkContinue', take);
		this.server.on('checkExpectation', take);
		this.server.on('clientError', (error, socket) =>
			this.guard(socket, () => answerClientError(error, socket, this.connections.of(socket), this.lingering)),
		);
	}

	private guard(socket: { destroy(): unknown }, step: () => void): void {
		try {
			step();
		} catch (error) {
			this.context.problem(error);
			socket.destroy();
		}
	}

	private take(req: IncomingMessage, res: ServerResponse): void {
		const connection = this.connections.of(req.socket);
		if (req.socket.destroyed) return;
		if (connection && connection.count() > this.limits.requestsAtOnce) return void req.socket.destroy();
		if (connection) connection.response = res;
		if (this.isClosing) res.shouldKeepAlive = false;
		const target = parseTarget(req.url ?? '');
		this.router.whenFound(target.path, (match) =>
			this.guard(req.socket, () => {
				if (this.isClosing) res.shouldKeepAlive = false;
				const { trustProxy } = match?.context ?? this.context;
				if (trustProxy) connection?.belongsTo(senderKey(senderAddress(req, true)));
				new RequestHandler(req, res, this, target, match, connection).start();
			}),
		);
	}
}

/**
 * Listeners whose endpoint has closed a moment ago. At a redeploy the next endpoint comes within milliseconds and takes the
 * listener over with all its connections: closing one of them may hit a request that is on its way, and a listener that is
 * closed resets what the system has accepted for it.
 */
export class ReusableListeners {
	private readonly kept = new Map<string, { readonly listener: Listener; readonly cancel: () => void }>();

	constructor(private readonly gracePeriod: (time: number) => GracePeriod) {}

	/** Keeps a listener for the next endpoint at its address, and closes it when none comes. @param time milliseconds */
	keep(listener: Listener, time: number): void {
		const { address } = listener;
		const cancel = this.gracePeriod(time)(() => this.take(address)?.giveUp());
		this.kept.set(address, { listener, cancel });
	}

	/** The listener that was kept at an address; it is the caller's from now on. */
	take(address: string): Listener | undefined {
		const found = this.kept.get(address);
		this.kept.delete(address);
		found?.cancel();
		return found?.listener;
	}

	/** Closes what is kept at a port, whatever the host: it is in the way of another listener. */
	closeAt(port: number): void {
		for (const [address, { listener }] of [...this.kept])
			if (listener.port === port) this.take(address)?.giveUp();
	}
}
