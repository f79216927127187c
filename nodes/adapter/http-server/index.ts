/** The HTTP server to which devices connect: what serves a `wattpost-endpoint`, for every device family. */
import { localise } from '../errors.js';
import type { NodeRed } from '../node-red.js';
import { perRuntime } from '../per-runtime.js';
import type { Endpoint } from './endpoint.js';
import { NodeRedServer } from './node-red-server.js';
import { runtimeOf } from './runtime.js';
import { DEFAULT_LIMITS, type EndpointSettings, type Limits } from './settings.js';
import { StandaloneServer } from './standalone-server.js';

export type { Endpoint } from './endpoint.js';
export type { PathPattern } from './paths.js';
export { reservedPaths } from './reserved-paths.js';
export type { OwnerName, Registration } from './router.js';
export { type UnmatchedRequest, unmatchedRequests } from './runtime.js';
export type { ClientCert, EndpointSettings, Limits, TlsConfig } from './settings.js';
export { DEFAULT_LIMITS } from './settings.js';
export type { EndpointState, EndpointStateName, StateListener } from './state.js';

/**
 * Opens an endpoint. Whatever keeps it from listening is its state and is reported, never thrown. Routes may be
 * added before it listens. Endpoints on Node-RED's own server see one another's paths.
 */
export function openEndpoint(
	RED: NodeRed,
	settings: EndpointSettings,
	limits: Limits = DEFAULT_LIMITS,
): Endpoint {
	const runtime = runtimeOf(RED, limits);
	return settings.server === 'own'
		? new StandaloneServer(RED, runtime, settings, limits)
		: new NodeRedServer(RED, runtime, settings);
}

/** Node-RED's own server with path `/`: what a node uses that names no `wattpost-endpoint`. One per process. */
export const defaultEndpoint = perRuntime((RED) =>
	openEndpoint(RED, {
		...{ server: 'node-red', host: '', port: 0, path: '/', clientCert: 'none', maxBody: 1024 * 1024 },
		...{ trustProxy: false, tlsRequested: false },
		report: (error) => RED.log.error(localise(RED, error).message),
	}),
);
