/** The servers of the WiCAN's comparisons. */
import {
	type Listener,
	type Server,
	type ServerOptions,
	startCollection,
	startCoreNodes,
} from '../servers.js';
import { collectionFlow, type PlainAnswer, plainFlow, type Slowness } from './flows.js';
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
