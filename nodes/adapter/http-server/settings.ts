import type { TlsOptions } from 'node:tls';
import type { ProtocolError } from '../../protocol/common/errors.js';

/** Whether a client must show a certificate. */
export type ClientCert = 'none' | 'optional' | 'required';

/** What Node-RED's own `tls-config` node offers. */
export interface TlsConfig {
	addTLSOptions(options: TlsOptions): TlsOptions;
	readonly valid?: boolean;
}

/** What a `wattpost-endpoint` node is configured to be. */
export interface EndpointSettings {
	readonly server: 'node-red' | 'own';
	/** Bind address of an own listener; blank = all interfaces. */
	readonly host: string;
	/** Port of an own listener; 0 = any free one. */
	readonly port: number;
	/** In front of every path of a route. */
	readonly path: string;
	readonly clientCert: ClientCert;
	/** Bytes of the largest body that is taken. */
	readonly maxBody: number;
	/** Take the sender's address from X-Forwarded-For. */
	readonly trustProxy: boolean;
	/** Node-RED's `tls-config` node. */
	readonly tls?: TlsConfig;
	/** Whether the own listener is to speak HTTPS; without a usable `tls` it then does not open at all. */
	readonly tlsRequested: boolean;
	/** Is called once with each thing that keeps the endpoint from working. */
	report(error: ProtocolError): void;
}

/** Timeouts (milliseconds) and sizes (bytes) that keep one sender from using up the server. */
export interface Limits {
	/** From the end of a request's head to the end of its body. */
	readonly bodyTimeout: number;
	/** Bodies that are read at once; one more pushes out the oldest one of the sender that has most. */
	readonly bodies: number;
	/** What all bodies that are being read may hold together, before one of the sender that holds most is pushed out. */
	readonly bodyMemory: number;
	/** How long a refused body is read on and thrown away, so that the answer arrives. */
	readonly drainTimeout: number;
	/** How much of a refused body is read on. */
	readonly drainBytes: number;
	/** Open connections of one own listener; one more pushes out the oldest idle one of the sender that has most. */
	readonly connections: number;
	/**
	 * Requests that a connection may send at once; one more closes it. Devices and proxies wait for each answer, and a flood of
	 * small requests would take turns of seconds in which no device is answered.
	 */
	readonly requestsAtOnce: number;
	/**
	 * Connections that the system keeps while Node-RED is busy; it drops what is over, devices too. Node's own 511 are
	 * full after a third of a second with 1,500 new ones a second. Linux takes no more than net.core.somaxconn.
	 */
	readonly backlog: number;
	/** From a connection's start (or its previous request) to the end of a request's head; also for the TLS handshake. */
	readonly headTimeout: number;
	/** How long a connection may idle between two requests. */
	readonly keepAliveTimeout: number;
	/** How often an own listener looks for connections that are over their time. */
	readonly checkTime: number;
	/** How long requests in progress may go on once the listener closes. */
	readonly closeTimeout: number;
	/** How long an own listener stays open for the next endpoint after its endpoint has gone, as at a redeploy. */
	readonly listenerReuse: number;
	/** How long at most a request waits for the next owner of a path whose owner has just gone, as at a redeploy. */
	readonly routeGracePeriod: number;
	/** Attempts at a used port before it is called in use: a listener that is just closing gives it free. */
	readonly quietAttempts: number;
	/** Pause between those attempts. */
	readonly quietPause: number;
	/** Pause between later attempts. */
	readonly retryPause: number;
}

const MEBIBYTE = 1 << 20;

export const DEFAULT_LIMITS: Limits = {
	bodyTimeout: 20_000,
	bodies: 1024,
	bodyMemory: 64 * MEBIBYTE,
	drainTimeout: 5_000,
	drainBytes: 4 * MEBIBYTE,
	connections: 1024,
	requestsAtOnce: 16,
	backlog: 4096,
	headTimeout: 15_000,
	keepAliveTimeout: 5_000,
	checkTime: 2_500,
	closeTimeout: 2_000,
	listenerReuse: 3_000,
	routeGracePeriod: 1_000,
	quietAttempts: 10,
	quietPause: 100,
	retryPause: 5_000,
};
