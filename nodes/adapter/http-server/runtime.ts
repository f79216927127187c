import type { EventEmitter } from 'node:events';
import { Strangers } from '../../protocol/common/sightings.js';
import { onFlowsStarted } from '../flows-started.js';
import type { NodeRed } from '../node-red.js';
import { overviewChanged } from '../overview.js';
import { BodyReader } from './body-reader.js';
import type { Limits } from './limits.js';
import { ListenerReuse } from './listener-reuse.js';
import { encodedPath } from './paths.js';
import { RateLimiter } from './rate-limiter.js';
import type { RequestContext } from './request-handler.js';
import { ErrorResponder } from './responses.js';
import { Router } from './router.js';

/** Pause between two log entries about unexpected errors, so that a stranger cannot fill the log. */
const PROBLEM_PAUSE = 60_000;

/** Of a path that nobody owns, as much as helps to recognise it. */
const LONGEST_PATH = 200;

/** What all endpoints of one Node-RED runtime share. */
export class Runtime {
	readonly rateLimiter = new RateLimiter();
	readonly bodyReader: BodyReader;
	readonly errorResponder: ErrorResponder;
	/** The paths of Node-RED's own server. */
	readonly routes: Router<RequestContext>;
	/** Whether that server has been given our handlers; they stay for good. */
	mounted = false;
	readonly strays = new Strangers();
	/** The own listeners that wait for their next endpoint. */
	readonly handovers: ListenerReuse;
	private nextProblem = 0;

	constructor(
		limits: Limits,
		private readonly log: (text: string) => void,
		/** Runs something when the nodes of the next flows are there; the result takes it back. */
		readonly onFlowsStarted: (run: () => void) => () => void,
		/** Is called with each POST to a path that nobody owns. */
		private readonly onStray: () => void,
	) {
		this.handovers = new ListenerReuse(onFlowsStarted);
		this.routes = new Router(limits.routeGracePeriod, onFlowsStarted);
		this.bodyReader = new BodyReader(limits);
		this.errorResponder = new ErrorResponder(limits);
	}

	/**
	 * Notes a POST to a path that nobody owns.
	 * @param port of an own listener; undefined for Node-RED's own server
	 */
	stray(port: number | undefined, path: string, remoteAddress: string): void {
		if (!path.startsWith('/')) return;
		this.strays.note(`${port ?? ''}${encodedPath(path).slice(0, LONGEST_PATH)}`, Date.now(), remoteAddress);
		this.onStray();
	}

	/** Logs an error that nobody expected. Never throws. */
	problem(error: unknown): void {
		const now = performance.now();
		if (now < this.nextProblem) return;
		this.nextProblem = now + PROBLEM_PAUSE;
		try {
			this.log(
				`[wattpost-endpoint] ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
			);
		} catch {
			// There is nobody left to tell.
		}
	}
}

// Every node module is given a RED object of its own; the emitter is the same for all of them.
const runtimes = new WeakMap<EventEmitter, Runtime>();

/** The runtime behind a RED object. The limits of what is shared are those of the first endpoint. */
export function runtimeOf(RED: NodeRed, limits: Limits): Runtime {
	const known = runtimes.get(RED.events);
	if (known) return known;
	const created = new Runtime(
		limits,
		(text) => RED.log.error(text),
		(run) => onFlowsStarted(RED, run),
		() => overviewChanged(RED),
	);
	runtimes.set(RED.events, created);
	return created;
}
