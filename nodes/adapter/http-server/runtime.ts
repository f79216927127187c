import { UnmatchedRequests } from '../../protocol/common/presence.js';
import { gracePeriod } from '../flows-started.js';
import type { NodeRed } from '../node-red.js';
import { overviewChanged } from '../overview.js';
import { perRuntime } from '../per-runtime.js';
import { BodyReader } from './body-reader.js';
import { ReusableListeners } from './listener.js';
import { encodedPath } from './paths.js';
import { RateLimiter } from './rate-limiter.js';
import type { RequestContext } from './request-handler.js';
import { ErrorResponder } from './responses.js';
import { Router } from './router.js';
import { DEFAULT_LIMITS, type Limits } from './settings.js';

/** Pause between two log entries about unexpected errors, in milliseconds, so that no sender can fill the log. */
const PROBLEM_PAUSE = 60_000;

/** Characters of a path without a route that help to recognise it. */
const LONGEST_PATH = 200;

/** How long a POST to a path without a route is remembered, milliseconds. */
const HOUR = 3600_000;

/** What all endpoints of one Node-RED runtime share. */
export class Runtime {
	readonly rateLimiter = new RateLimiter();
	readonly bodyReader: BodyReader;
	readonly errorResponder: ErrorResponder;
	/** The routes of Node-RED's own server. */
	readonly router: Router<RequestContext>;
	/** Whether that server has our handlers; they stay for good. */
	isMounted = false;
	readonly unmatchedPosts = new UnmatchedRequests();
	readonly reusableListeners: ReusableListeners;
	private nextProblem = 0;

	constructor(
		private readonly RED: NodeRed,
		limits: Limits,
	) {
		this.reusableListeners = new ReusableListeners((time) => gracePeriod(RED, time));
		this.router = new Router(gracePeriod(RED, limits.routeGracePeriod));
		this.bodyReader = new BodyReader(limits);
		this.errorResponder = new ErrorResponder(limits);
	}

	/**
	 * Notes a POST to a path that has no route.
	 * @param port of an own listener; undefined for Node-RED's own server
	 */
	unmatched(port: number | undefined, path: string, remoteAddress: string): void {
		if (!path.startsWith('/')) return;
		const name = `${port ?? ''}${encodedPath(path).slice(0, LONGEST_PATH)}`;
		this.unmatchedPosts.add(name, Date.now(), remoteAddress);
		overviewChanged(this.RED);
	}

	/** Logs an unexpected error. Never throws. */
	problem(error: unknown): void {
		const now = performance.now();
		if (now < this.nextProblem) return;
		this.nextProblem = now + PROBLEM_PAUSE;
		const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
		try {
			this.RED.log.error(`[wattpost-endpoint] ${text}`);
		} catch {
			// A log that fails has nowhere to be reported.
		}
	}
}

/** The runtime behind a RED object. The limits of what is shared are those of the first endpoint. */
export const runtimeOf = perRuntime((RED, limits: Limits = DEFAULT_LIMITS) => new Runtime(RED, limits));

/** A POST to a path that has no route. */
export interface UnmatchedRequest {
	/** As sent and percent-encoded, without its query, at most 200 characters. */
	readonly path: string;
	/** Node-RED's own server, or the port of an own listener. */
	readonly server: 'node-red' | number;
	/** When the last one came, milliseconds since the epoch. */
	readonly at: number;
	readonly remoteAddress?: string | undefined;
	readonly count: number;
}

/** POSTs of the last hour to paths that still have no route, newest first: a device may have been given a wrong URL. */
export function unmatchedRequests(RED: NodeRed, now: number): UnmatchedRequest[] {
	const { unmatchedPosts, router } = runtimeOf(RED);
	return unmatchedPosts.list().flatMap(([name, { at, remoteAddress, count }]) => {
		const server = name.startsWith('/') ? 'node-red' : Number.parseInt(name, 10);
		const path = name.slice(name.indexOf('/'));
		const isOwned = server === 'node-red' && router.find(path) !== undefined;
		return isOwned || now - at > HOUR ? [] : [{ path, server, at, remoteAddress, count }];
	});
}
