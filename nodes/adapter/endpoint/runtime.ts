import type { EventEmitter } from 'node:events';
import { Strangers } from '../../protocol/common/sightings.js';
import { overviewChanged } from '../overview.js';
import type { NodeRed } from '../red.js';
import { atNextStart } from '../started.js';
import { Readings } from './body.js';
import type { Host } from './exchange.js';
import { Handovers } from './handovers.js';
import type { Limits } from './limits.js';
import { encodedPath } from './paths.js';
import { Refusals } from './refusals.js';
import { Refuser } from './respond.js';
import { RouteTable } from './routes.js';

/** Pause between two log entries about unexpected errors, so that a stranger cannot fill the log. */
const PROBLEM_PAUSE = 60_000;

/** Of a path that nobody owns, as much as helps to recognise it. */
const LONGEST_PATH = 200;

/** What all endpoints of one Node-RED runtime share. */
export class Runtime {
	readonly refusals = new Refusals();
	readonly readings: Readings;
	readonly refuser: Refuser;
	/** The paths of Node-RED's own server. */
	readonly routes: RouteTable<Host>;
	/** Whether that server has been given our handlers; they stay for good. */
	mounted = false;
	readonly strays = new Strangers();
	/** The own listeners that wait for their next endpoint. */
	readonly handovers: Handovers;
	private nextProblem = 0;

	constructor(
		limits: Limits,
		private readonly log: (text: string) => void,
		/** Runs something when the nodes of the next flows are there; the result takes it back. */
		readonly atNextStart: (run: () => void) => () => void,
		/** Is called with each POST to a path that nobody owns. */
		private readonly onStray: () => void,
	) {
		this.handovers = new Handovers(atNextStart);
		this.routes = new RouteTable(limits.vacancy, atNextStart);
		this.readings = new Readings(limits);
		this.refuser = new Refuser(limits);
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
		(run) => atNextStart(RED, run),
		() => overviewChanged(RED),
	);
	runtimes.set(RED.events, created);
	return created;
}
