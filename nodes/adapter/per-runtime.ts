import type { EventEmitter } from 'node:events';
import type { NodeRed } from './node-red.js';

/**
 * Makes something once per Node-RED runtime. Each module of nodes is given a RED object of its own; the emitter of the
 * runtime's events is the same in all.
 * @param create is given the arguments of the first call
 */
export function perRuntime<T, A extends unknown[]>(
	create: (RED: NodeRed, ...first: A) => T,
): (RED: NodeRed, ...first: A) => T {
	const made = new WeakMap<EventEmitter, T>();
	return (RED, ...first) => {
		const known = made.get(RED.events);
		if (known !== undefined) return known;
		const one = create(RED, ...first);
		made.set(RED.events, one);
		return one;
	};
}
