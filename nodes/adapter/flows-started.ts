/** What waits until the nodes of all flows are there. */
import type { EventEmitter } from 'node:events';
import { localise } from './errors.js';
import type { NodeRed } from './node-red.js';

/** One listener per runtime, however many nodes wait: Node.js warns of a leak where an emitter has more than ten. */
const waiting = new WeakMap<EventEmitter, Set<() => void>>();

/**
 * Runs something at the next start of the flows, and only then; what it throws is logged.
 * @returns what takes it back
 */
export function onFlowsStarted(RED: NodeRed, run: () => void): () => void {
	const all = waitingIn(RED);
	const once = () => run();
	all.add(once);
	return () => all.delete(once);
}

function waitingIn(RED: NodeRed): Set<() => void> {
	const known = waiting.get(RED.events);
	if (known !== undefined) return known;
	const all = new Set<() => void>();
	waiting.set(RED.events, all);
	RED.events.on('flows:started', () => {
		// What is added meanwhile waits for the start after this one; what one takes back of another does not run.
		for (const run of [...all]) if (all.delete(run)) attempt(RED, run);
	});
	return all;
}

function attempt(RED: NodeRed, run: () => void): void {
	try {
		run();
	} catch (error) {
		RED.log.error(localise(RED, error).message);
	}
}
