/** The servers that are measured, each in a process of its own. */
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { linkCheckout, makeTempDir, QUIET, removeDir, writeSettings } from '../nodes/harness/index.js';
import { Child } from './calls.js';
import { EMPTY, type Flow, ownFlow, PLAIN_PATH, plainFlow } from './flows.js';
import type { NodeRedReady } from './node-red-server.js';

/** A server that runs. */
export interface Server {
	readonly child: Child;
	readonly port: number;
	/** The path that every device posts to; undefined: each to its own. */
	readonly path?: string;
	/** How many devices it knows. */
	readonly devices: number;
	/** Milliseconds until a Node-RED was ready. */
	readonly startedAfter: number;
	stop(): Promise<void>;
}

/** Flags for Node.js in every server, e.g. to profile it. */
export interface ServerOptions {
	readonly execArgv: readonly string[];
}

export async function startFloor(devices: number, { execArgv }: ServerOptions): Promise<Server> {
	const args = [String(devices)];
	const { child, ready } = await Child.start<{ port: number }>('floor-server', args, execArgv);
	return { child, devices, port: ready.port, startedAfter: 0, stop: () => child.stop() };
}

/** Core nodes only, without the collection. */
export async function startPlain(devices: number, options: ServerOptions): Promise<Server> {
	const { child, ready, stop } = await startNodeRed(plainFlow(devices), false, options);
	return { child, devices, path: PLAIN_PATH, ...ready, stop };
}

/** Node-RED without the collection and without a flow. */
export async function startEmpty(options: ServerOptions): Promise<Server> {
	const { child, ready, stop } = await startNodeRed(EMPTY, false, options);
	return { child, devices: 0, ...ready, stop };
}

/** The collection, on a listener of its own or on Node-RED's server. */
export async function startCollection(
	kind: 'own' | 'node-red',
	devices: number,
	options: ServerOptions,
): Promise<Server> {
	const own = kind === 'own' ? await freePort() : undefined;
	const { child, ready, stop } = await startNodeRed(ownFlow(devices, own), true, options);
	if (own !== undefined) await listening(own);
	return { child, devices, ...ready, port: own ?? ready.port, stop };
}

async function startNodeRed(flow: Flow, linked: boolean, { execArgv }: ServerOptions) {
	const userDir = makeTempDir();
	const logging = { console: { level: 'error', metrics: false, audit: false } };
	if (linked) linkCheckout(userDir);
	writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flow.nodes));
	writeFileSync(join(userDir, 'flows_cred.json'), JSON.stringify(flow.credentials));
	const settings = writeSettings(userDir, { ...QUIET, uiPort: 0, credentialSecret: false, logging });
	const args = [require.resolve('node-red/red.js'), settings, userDir];
	try {
		const { child, ready } = await Child.start<NodeRedReady>('node-red-server', args, execArgv);
		const stop = () => child.stop().finally(() => removeDir(userDir));
		return { child, ready, stop };
	} catch (error) {
		removeDir(userDir);
		throw error;
	}
}

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer().on('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
		});
	});
}

/** Resolves when something listens at a port. */
async function listening(port: number): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		const open = await new Promise<boolean>((resolve) => {
			const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
			socket.once('connect', () => socket.destroy());
		});
		if (open) return;
		if (attempt === 500) throw new Error(`nothing listens at port ${port}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}
