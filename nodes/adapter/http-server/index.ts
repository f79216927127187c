/** One way in: what serves a `wattpost-endpoint`, for every device family. */
import type { Route } from '../../protocol/common/http.js';
import { localise } from '../errors.js';
import type { NodeRed } from '../node-red.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { NodeRedServer } from './node-red-server.js';
import { canonicalPath, type PathPattern } from './paths.js';
import type { Owner, RouteRegistration } from './router.js';
import { runtimeOf } from './runtime.js';
import type { EndpointSettings } from './settings.js';
import { StandaloneServer } from './standalone-server.js';
import type { EndpointState, StateListener } from './state.js';

export type { Limits } from './limits.js';
export { DEFAULT_LIMITS } from './limits.js';
export type { PathPattern } from './paths.js';
export { reservedPaths } from './reserved-paths.js';
export type { Owner, RouteRegistration } from './router.js';
export type { EndpointSettings } from './settings.js';
export type { EndpointState, EndpointStateName, StateListener } from './state.js';
export type { ClientCert, TlsConfig } from './tls.js';
export { type UnmatchedRequest, unmatchedRequests } from './unmatched-requests.js';

export interface Endpoint {
	/** Names what devices reach: server, address and path. The same after a restart, and for every node with these settings. */
	readonly id: string;
	/**
	 * Joins the route of `kind` at a place below the endpoint's path; the first one creates it, and it goes with the
	 * last release.
	 * @param owner names the node, for the error of another one that wants the place
	 * @throws ProtocolError `endpoint-path-taken` {path, owner} when another kind or a `claim` holds the place,
	 * `config-invalid` where Node-RED itself needs it
	 */
	share<T extends Route>(
		pattern: PathPattern,
		kind: string,
		create: () => T,
		owner?: Owner,
	): RouteRegistration<T>;
	/**
	 * Takes a place for one owner alone.
	 * @param owner names the node, for the error of another one that wants the place
	 * @throws ProtocolError `endpoint-path-taken` {path, owner}, `config-invalid` where Node-RED itself needs the place
	 */
	claim<T extends Route>(pattern: PathPattern, route: T, owner?: Owner): RouteRegistration<T>;
	readonly state: EndpointState;
	/** The port of an own listener that is open. */
	readonly port: number | undefined;
	/** Tells the present state at once and every change; the result ends that. */
	onState(listener: StateListener): () => void;
	/**
	 * Gives back all routes. An own listener with a port of its own choice stays open for a moment, for the endpoint
	 * that comes next at a redeploy; any other takes no more requests, and those in progress get a little time.
	 * Resolves when that is done, never rejects.
	 */
	close(): Promise<void>;
}

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
	const endpoint =
		settings.server === 'own'
			? new StandaloneServer(runtime, settings, limits)
			: new NodeRedServer(RED, runtime, settings);
	return {
		id: endpointId(settings),
		share: (pattern, kind, create, owner) => endpoint.host.share(pattern, kind, create, owner),
		claim: (pattern, route, owner) => endpoint.host.claim(pattern, route, owner),
		get state() {
			return endpoint.state.get();
		},
		get port() {
			return endpoint.port;
		},
		onState: (listener) => endpoint.state.watch(listener),
		close: () => endpoint.close(),
	};
}

function endpointId({ server, host, port, path }: EndpointSettings): string {
	const listener = server === 'own' ? `own ${host}:${port}` : 'node-red';
	return `${listener} ${canonicalPath(path)}/`;
}

const defaults = new WeakMap<object, Endpoint>();

/** Node-RED's own server with path `/`: what a node uses that names no `wattpost-endpoint`. One per process. */
export function defaultEndpoint(RED: NodeRed): Endpoint {
	const known = defaults.get(RED.events);
	if (known !== undefined) return known;
	const endpoint = openEndpoint(RED, {
		server: 'node-red',
		host: '',
		port: 0,
		path: '/',
		clientCert: 'none',
		maxBody: 1024 * 1024,
		trustProxy: false,
		tlsRequested: false,
		report: (error) => RED.log.error(localise(RED, error).message),
	});
	defaults.set(RED.events, endpoint);
	return endpoint;
}
