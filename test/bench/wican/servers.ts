/** The servers of the WiCAN's comparisons. */
import type { FlowNode } from '../../nodes/harness/index.js';
import {
	type Listener,
	type Server,
	type ServerOptions,
	startCollection,
	startCoreNodes,
} from '../servers.js';
import { collectionFlow, fleetOf, type PlainAnswer, plainFlow, type Slowness } from './flows.js';
import { CARS } from './load.js';

const devices = Object.keys(CARS).length;

export function startPlain(
	answer: PlainAnswer,
	options: ServerOptions,
	slowness?: Slowness,
): Promise<Server> {
	return startCoreNodes(plainFlow(answer, slowness), { devices, echoes: answer === 'echo' }, options);
}

export function startCars(listener: Listener, options: ServerOptions, slowness?: Slowness): Promise<Server> {
	return startCollection(listener, (endpoint) => collectionFlow(endpoint, slowness), { devices }, options);
}

/** A number of cars, with a node each. */
export function startFleet(listener: Listener, count: number, options: ServerOptions): Promise<Server> {
	const flow = (endpoint: FlowNode) => collectionFlow(endpoint, undefined, fleetOf(count));
	return startCollection(listener, flow, { devices: count }, options);
}
