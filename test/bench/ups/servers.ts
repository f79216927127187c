/** The servers of the UPS's comparisons. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../calls.js';
import {
	type Listener,
	type Server,
	type ServerOptions,
	startCollection,
	startCoreNodes,
	startOwnNode,
} from '../servers.js';
import { FLOOR_PANEL, FLOOR_TYPE } from './floor-node.js';
import { collectionFlow, commandedFlow, PLAIN_PATH, plainFlow } from './flows.js';

export async function startFloor(devices: number, { execArgv }: ServerOptions): Promise<Server> {
	const args = [String(devices)];
	const { child, ready } = await Child.start<{ port: number }>('ups/floor-server', args, execArgv);
	return { child, to: { devices, port: ready.port }, startedAfter: 0, stop: () => child.stop() };
}

/** The floor as a node inside a Node-RED. */
export function startFloorNode(devices: number, options: ServerOptions): Promise<Server> {
	const prepare = (userDir: string): void => {
		const folder = join(userDir, 'nodes');
		mkdirSync(folder);
		const node = JSON.stringify(join(__dirname, 'floor-node.js'));
		writeFileSync(join(folder, 'floor.js'), `module.exports = require(${node}).register;`);
		writeFileSync(join(folder, 'floor.html'), FLOOR_PANEL);
	};
	const flow = (port: number) => ({
		nodes: [
			{ id: 'tab', type: 'tab' },
			{ id: 'floor', z: 'tab', type: FLOOR_TYPE, port, devices, wires: [[]] },
		],
		credentials: {},
	});
	return startOwnNode(prepare, flow, devices, options);
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
