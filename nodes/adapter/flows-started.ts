/** What waits until the nodes of all flows are there: what a redeploy has closed comes back by then, or not at all. */
import type { GracePeriod } from '../protocol/common/time.js';
import { localise } from './errors.js';
import type { NodeRed } from './node-red.js';
import { perRuntime } from './per-runtime.js';

/** One listener per runtime, however many nodes wait: Node.js warns of a leak where an emitter has more than ten. */
const callbacksOf = perRuntime((RED) => {
	const callbacks = new Set<() => void>();
	RED.events.on('flows:started', () => {
		// What is added meanwhile waits for the start after this one; what one callback cancels does not run.
		for (const run of [...callbacks]) if (callbacks.delete(run)) attempt(RED, run);
	});
	return callbacks;
});

/**
 * Runs something at the next start of the flows, and only then; what it throws is logged.
 * @returns cancels it
 */
export function onFlowsStarted(RED: NodeRed, run: () => void): () => void {
	const all = callbacksOf(RED);
	const once = () => run();
	all.add(once);
	return () => all.delete(once);
}

/** @param time milliseconds that the grace period of each route, listener or device lasts at most */
export function gracePeriod(RED: NodeRed, time: number): GracePeriod {
	return (over) => {
		const end = (): void => {
			cancel();
			over();
		};
		const timer = setTimeout(end, time);
		timer.unref();
		const forget = onFlowsStarted(RED, end);
		const cancel = (): void => {
			clearTimeout(timer);
			forget();
		};
		return cancel;
	};
}

function attempt(RED: NodeRed, run: () => void): void {
	try {
		run();
	} catch (error) {
		RED.log.error(localise(RED, error).message);
	}
}
