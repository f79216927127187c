import {
	createServer,
	type IncomingMessage,
	type Server,
	type ServerOptions,
	type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { ProtocolError } from '../../protocol/common/errors.js';
import { Connections } from './connections.js';
import { Deadlines } from './deadlines.js';
import { type Host, serve } from './exchange.js';
import type { EndpointHost } from './host.js';
import type { Limits } from './limits.js';
import { parseTarget } from './paths.js';
import type { RouteTable } from './routes.js';
import { endRudely } from './rude-clients.js';
import type { EndpointSettings } from './settings.js';
import { serverTlsOptions } from './tls.js';

function serverOptions(limits: Limits): ServerOptions & { handshakeTimeout: number } {
	return {
		requireHostHeader: false,
		headersTimeout: limits.headTime,
		// A backstop: bodies have a deadline of their own, which is answered and then drained.
		requestTimeout: limits.headTime + limits.bodyTime + limits.drainTime,
		keepAliveTimeout: limits.idleTime,
		connectionsCheckingInterval: limits.checkTime,
		handshakeTimeout: limits.headTime,
	};
}

/** An HTTP or HTTPS server that serves one table of routes and nothing else. */
export class OwnServer {
	readonly server: Server;
	private readonly connections: Connections;
	private readonly lingering: Deadlines<Socket>;

	/** @throws ProtocolError `endpoint-tls-invalid` */
	constructor(
		settings: EndpointSettings,
		private readonly limits: Limits,
		private readonly routes: RouteTable<Host>,
		private readonly host: EndpointHost,
	) {
		const secure = settings.tlsRequested;
		if (!secure && settings.clientCert !== 'none') {
			// Who asks for certificates must not get a listener that cannot ask for them.
			throw new ProtocolError('endpoint-tls-invalid', { reason: 'no-tls-config' });
		}
		const options = serverOptions(limits);
		this.server = secure
			? createSecureServer({ ...serverTlsOptions(settings.tls, settings.clientCert), ...options })
			: createServer(options);
		this.connections = new Connections(limits.connections);
		this.lingering = new Deadlines(limits.drainTime, (socket) => socket.destroy());
		this.connections.attach(this.server, secure);
		this.listen();
	}

	/** Ends requests in progress within their time, everything else at once. */
	close(): Promise<void> {
		return new Promise((resolve) => {
			const last = setTimeout(() => this.connections.closeAll(), this.limits.closeTime);
			this.server.close(() => {
				clearTimeout(last);
				resolve();
			});
			this.connections.closeSilent();
		});
	}

	private listen(): void {
		const take = (req: IncomingMessage, res: ServerResponse): void => this.take(req, res);
		this.server.on('request', take);
		// With listeners of these Node neither sends a 100, which such a device takes for the final answer, nor a 417.
		this.server.on('checkContinue', take);
		this.server.on('checkExpectation', take);
		this.server.on('clientError', (error, socket) => {
			try {
				endRudely(error, socket, this.connections.of(socket), this.lingering);
			} catch (thrown) {
				this.host.problem(thrown);
				socket.destroy();
			}
		});
	}

	private take(req: IncomingMessage, res: ServerResponse): void {
		try {
			const connection = this.connections.of(req.socket);
			if (connection) connection.response = res;
			const target = parseTarget(req.url ?? '');
			const match = this.routes.find(target.path);
			const vacant = match === undefined ? this.routes.vacancies.at(target.path) : undefined;
			if (vacant) void vacant.then(() => this.take(req, res));
			else serve(req, res, target, this.routes, match, this.host, connection);
		} catch (error) {
			this.host.problem(error);
			req.socket.destroy();
		}
	}
}
