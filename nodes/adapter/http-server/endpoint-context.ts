import { ProtocolError } from '../../protocol/common/errors.js';
import type { Route } from '../../protocol/common/http.js';
import type { BodyReader } from './body-reader.js';
import { joinPath, type PathPattern } from './paths.js';
import type { RateLimiter } from './rate-limiter.js';
import type { RequestContext } from './request-handler.js';
import type { ErrorResponder } from './responses.js';
import type { Owner, RouteRegistration, Router } from './router.js';
import type { Runtime } from './runtime.js';
import type { EndpointSettings } from './settings.js';

/** One endpoint's side of the requests it serves, and the routes that were asked for through it. */
export class EndpointContext implements RequestContext {
	readonly maxBody: number;
	readonly trustProxy: boolean;
	readonly rateLimiter: RateLimiter;
	readonly bodyReader: BodyReader;
	readonly errorResponder: ErrorResponder;
	private toldConsumed = false;
	private readonly leases = new Set<RouteRegistration<Route>>();

	/**
	 * @param base path in front of every route, as the server sees it
	 * @param fault says what is wrong with a path that no route may have
	 */
	constructor(
		private readonly runtime: Runtime,
		private readonly settings: EndpointSettings,
		private readonly routes: Router<RequestContext>,
		private readonly base: string,
		private readonly fault: (path: string) => ProtocolError | undefined = () => undefined,
	) {
		this.maxBody = settings.maxBody;
		this.trustProxy = settings.trustProxy;
		this.rateLimiter = runtime.rateLimiter;
		this.bodyReader = runtime.bodyReader;
		this.errorResponder = runtime.errorResponder;
	}

	share<T extends Route>(
		pattern: PathPattern,
		kind: string,
		create: () => T,
		owner?: Owner,
	): RouteRegistration<T> {
		this.check(pattern);
		return this.keep(this.routes.share(this.base, pattern, kind, this, create, owner));
	}

	claim<T extends Route>(pattern: PathPattern, route: T, owner?: Owner): RouteRegistration<T> {
		this.check(pattern);
		return this.keep(this.routes.claim(this.base, pattern, this, route, owner));
	}

	/** Gives back what the users of the endpoint have not given back themselves. */
	releaseAll(): void {
		for (const lease of [...this.leases]) lease.release();
	}

	problem(error: unknown): void {
		if (error instanceof ProtocolError) this.report(error);
		else this.runtime.problem(error);
	}

	stray(path: string, remoteAddress: string): void {
		this.runtime.stray(this.settings.port, path, remoteAddress);
	}

	bodyConsumed(): void {
		if (this.toldConsumed) return;
		this.toldConsumed = true;
		this.report(new ProtocolError('endpoint-body-consumed', { path: this.base }));
	}

	private check({ prefix, suffix }: PathPattern): void {
		const fault = this.fault(joinPath(this.base, suffix === undefined ? prefix : `${prefix}{id}${suffix}`));
		if (fault) throw fault;
	}

	private report(error: ProtocolError): void {
		try {
			this.settings.report(error);
		} catch (thrown) {
			this.runtime.problem(thrown);
		}
	}

	private keep<T extends Route>(lease: RouteRegistration<T>): RouteRegistration<T> {
		const kept: RouteRegistration<T> = {
			route: lease.route,
			release: () => {
				this.leases.delete(kept);
				lease.release();
			},
		};
		this.leases.add(kept);
		return kept;
	}
}
