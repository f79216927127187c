/** The servers of the UPS's comparisons. */
import { Child } from '../calls.js';
import {
	type Listener,
	type Server,
	type ServerOptions,
	startCollection,
	startCoreNodes,
} from '../servers.js';
import { collectionFlow, commandedFlow, PLAIN_PATH, plainFlow } from './flows.js';

export async function startFloor(devices: number, { execArgv }: ServerOptions): Promise<Server> {
	const args = [String(devices)];
	const { child, ready } = await Child.start<{ port: number }>('ups/floor-server', args, execArgv);
	return { child, to: { devices, port: ready.port }, startedAfter: 0, stop: () => child.stop() };
}

export function startPlain(devices: number, options: ServerOptions): Promise<Server> {
	return startCoreNodes(plainFlow(devices), { devices, path: PLAIN_PATH }, options);
}

export function startUpses(listener: Listener, devices: number, options: ServerOptions): Promise<Server> {
	return startCollection(listener, (endpoint) => collectionFlow(endpoint, devices), { devices }, options);
}

/** One UPS that flows send commands. */
export function startCommanded(listener: Listener, options: ServerOptions): Promise<Server> {
	return startCollection(listener, commandedFlow, { devices: 1 }, options);
}
