import {
	createServer,
	type IncomingMessage,
	type Server,
	type ServerOptions,
	type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { ListenOptions, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { ProtocolError } from '../../protocol/common/errors.js';
import { senderAddress, senderKey } from './client-address.js';
import { answerClientError } from './client-errors.js';
import { Connections } from './connections.js';
import type { Limits } from './limits.js';
import { parseTarget } from './paths.js';
import { type RequestContext, serve } from './request-handler.js';
import type { Router } from './router.js';
import type { EndpointSettings } from './settings.js';
import { Timeouts } from './timeouts.js';
import { serverTlsOptions } from './tls.js';

function serverOptions(limits: Limits): ServerOptions & { handshakeTimeout: number } {
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

/**
 * What a listener needs to speak TLS; undefined for one that does not.
 * @throws ProtocolError `endpoint-tls-invalid`
 */
export function tlsOf({ tlsRequested, tls, clientCert }: EndpointSettings): TlsOptions | undefined {
	if (tlsRequested) return serverTlsOptions(tls, clientCert);
	if (clientCert === 'none') return undefined;
	// Who asks for certificates must not get a listener that cannot ask for them.
	throw new ProtocolError('endpoint-tls-invalid', { reason: 'no-tls-config' });
}

/** Whom a listener serves at present. */
export interface Owner {
	/** Answers for requests to paths that nobody owns. */
	readonly host: RequestContext;
	opened(): void;
	failed(error: NodeJS.ErrnoException): void;
}

/** An HTTP or HTTPS server that serves one table of routes and nothing else. */
export class Listener {
	private readonly server: Server;
	private readonly connections: Connections;
	private readonly lingering: Timeouts<Socket>;
	private closing = false;

	constructor(
		/** Names the address at which it listens. */
		readonly place: string,
		private readonly tls: TlsOptions | undefined,
		private readonly limits: Limits,
		readonly routes: Router<RequestContext>,
		/** Another one may take its place while requests are in progress. */
		public owner: Owner,
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

	/** Closes for good, where nobody comes any more for whom requests could wait. */
	giveUp(): void {
		void this.close();
		this.routes.vacancies.end();
	}

	/** Ends requests in progress within their time, everything else at once. */
	close(): Promise<void> {
		this.closing = true;
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
		const take = (req: IncomingMessage, res: ServerResponse): void => this.take(req, res);
		this.server.on('request', take);
		// With listeners of these Node neither sends a 100, which such a device takes for the final answer, nor a 417.
		this.server.on('checkContinue', take);
		this.server.on('checkExpectation', take);
		this.server.on('clientError', (error, socket) => {
			try {
				answerClientError(error, socket, this.connections.of(socket), this.lingering);
			} catch (thrown) {
				this.owner.host.problem(thrown);
				socket.destroy();
			}
		});
	}

	private take(req: IncomingMessage, res: ServerResponse): void {
		try {
			const connection = this.connections.of(req.socket);
			if (connection) connection.response = res;
			if (this.closing) res.shouldKeepAlive = false;
			const target = parseTarget(req.url ?? '');
			const match = this.routes.find(target.path);
			const { trustProxy } = match?.host ?? this.owner.host;
			if (trustProxy) connection?.belongsTo(senderKey(senderAddress(req, true)));
			const vacant = match === undefined ? this.routes.vacancies.at(target.path) : undefined;
			if (vacant) void vacant.then(() => this.take(req, res));
			else serve(req, res, target, this.routes, match, this.owner.host, connection);
		} catch (error) {
			this.owner.host.problem(error);
			req.socket.destroy();
		}
	}
}
