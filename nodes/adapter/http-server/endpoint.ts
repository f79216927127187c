import { ProtocolError } from '../../protocol/common/errors.js';
import type { Route } from '../../protocol/common/http.js';
import { canonicalPath, joinPath, type PathPattern } from './paths.js';
import type { RequestContext, RequestServer } from './request-handler.js';
import type { OwnerName, Registration, Router } from './router.js';
import type { Runtime } from './runtime.js';
import type { EndpointSettings } from './settings.js';
import { type EndpointState, StateHolder, type StateListener } from './state.js';

/** Where devices connect: what a `wattpost-endpoint` node shares. */
export interface Endpoint {
	/** Names what devices reach: server, address and path. The same after a restart, and for every node with these settings. */
	readonly id: string;
	/**
	 * Joins the route of `kind` at a place below the endpoint's path; the first call creates it, and it goes with the
	 * last release.
	 * @param owner names the node, for the error of another one that wants the place
	 * @throws ProtocolError `endpoint-path-taken` {path, owner} when another kind or a `claim` holds the place,
	 * `config-invalid` where Node-RED itself needs it
	 */
	share<T extends Route>(
		pattern: PathPattern,
		kind: string,
		create: () => T,
		owner?: OwnerName,
	): Registration<T>;
	/** The same for a place that one owner has alone. */
	claim<T extends Route>(pattern: PathPattern, route: T, owner?: OwnerName): Registration<T>;
	readonly state: EndpointState;
	/** The port of an own listener that is open. */
	readonly port: number | undefined;
	/** Calls the listener with the present state at once and with every change; the result ends that. */
	onState(listener: StateListener): () => void;
	/**
	 * Releases all routes. An own listener with a port of its own choice stays open for a moment, for the endpoint
	 * that comes next at a redeploy; any other takes no more requests, and those in progress get a little time.
	 * Resolves when that is done, never rejects.
	 */
	close(): Promise<void>;
}

/** Names the server, its address and the path. */
function idOf({ server, host, port, path }: EndpointSettings): string {
	const listener = server === 'own' ? `own ${host}:${port}` : 'node-red';
	return `${listener} ${canonicalPath(path)}/`;
}

/** What both kinds of endpoint have: their routes, their state, and the context in which their requests are handled. */
export abstract class BaseEndpoint implements Endpoint, RequestContext, RequestServer {
	readonly id: string;
	readonly maxBody: number;
	readonly trustProxy: boolean;
	readonly context: RequestContext = this;
	protected readonly status: StateHolder;
	private isConsumptionReported = false;
	private readonly registrations = new Set<Registration<Route>>();

	/** @param base path in front of every route, as the server sees it */
	constructor(
		readonly shared: Runtime,
		protected readonly settings: EndpointSettings,
		readonly router: Router<RequestContext>,
		private readonly base: string,
	) {
		this.id = idOf(settings);
		this.maxBody = settings.maxBody;
		this.trustProxy = settings.trustProxy;
		this.status = new StateHolder(
			(error) => settings.report(error),
			(error) => shared.problem(error),
		);
	}

	abstract readonly port: number | undefined;
	abstract close(): Promise<void>;
	/** What is wrong with a path that no route may have. */
	protected abstract faultOf(path: string): ProtocolError | undefined;

	get state(): EndpointState {
		return this.status.get();
	}

	onState(listener: StateListener): () => void {
		return this.status.watch(listener);
	}

	share<T extends Route>(pattern: PathPattern, kind: string, create: () => T, name: OwnerName = () => '') {
		this.check(pattern);
		return this.keep(this.router.share(this.base, pattern, kind, { context: this, name }, create));
	}

	claim<T extends Route>(pattern: PathPattern, route: T, name: OwnerName = () => '') {
		this.check(pattern);
		return this.keep(this.router.claim(this.base, pattern, { context: this, name }, route));
	}

	problem(error: unknown): void {
		if (error instanceof ProtocolError) this.report(error);
		else this.shared.problem(error);
	}

	unmatched(path: string, remoteAddress: string): void {
		this.shared.unmatched(this.settings.port, path, remoteAddress);
	}

	bodyConsumed(): void {
		if (this.isConsumptionReported) return;
		this.isConsumptionReported = true;
		this.report(new ProtocolError('endpoint-body-consumed', { path: this.base }));
	}

	/** Releases what the users of the endpoint have not released themselves. */
	protected releaseAll(): void {
		for (const registration of [...this.registrations]) registration.release();
	}

	private check({ prefix, suffix }: PathPattern): void {
		const fault = this.faultOf(joinPath(this.base, suffix === undefined ? prefix : `${prefix}{id}${suffix}`));
		if (fault) throw fault;
	}

	private report(error: ProtocolError): void {
		try {
			this.settings.report(error);
		} catch (thrown) {
			this.shared.problem(thrown);
		}
	}

	private keep<T extends Route>({ route, release }: Registration<T>): Registration<T> {
		const kept: Registration<T> = {
			route,
			release: () => {
				this.registrations.delete(kept);
				release();
			},
		};
		this.registrations.add(kept);
		return kept;
	}
}
