import type { EventEmitter } from 'node:events';
import type { NodeRed } from '../red.js';
import { Readings } from './body.js';
import type { Host } from './exchange.js';
import type { Limits } from './limits.js';
import { Refusals } from './refusals.js';
import { Refuser } from './respond.js';
import { RouteTable } from './routes.js';

/** Pause between two log entries about unexpected errors, so that a stranger cannot fill the log. */
const PROBLEM_PAUSE = 60_000;

/** What all endpoints of one Node-RED runtime share. */
export class Runtime {
	readonly refusals = new Refusals();
	readonly readings: Readings;
	readonly refuser: Refuser;
	/** The paths of Node-RED's own server. */
	readonly routes: RouteTable<Host>;
	/** Whether that server has been given our handlers; they stay for good. */
	mounted = false;
	private nextProblem = 0;

	constructor(
		limits: Limits,
		private readonly log: (text: string) => void,
	) {
		this.routes = new RouteTable(limits.handover);
		this.readings = new Readings(limits);
		this.refuser = new Refuser(limits);
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
	const created = new Runtime(limits, (text) => RED.log.error(text));
	runtimes.set(RED.events, created);
	return created;
}
