import type { ProtocolError } from '../../protocol/common/errors.js';
import type { ClientCert, TlsConfig } from './tls.js';

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
	/** Is told once of each thing that keeps the endpoint from working. */
	report(error: ProtocolError): void;
}
