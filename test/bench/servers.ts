/** The servers that are measured, each in a process of its own. */
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { FlowNode } from '../nodes/harness/index.js';
import { linkCheckout, makeTempDir, QUIET, removeDir, writeSettings } from '../nodes/harness/index.js';
import { Child } from './calls.js';
import type { Recipient } from './load.js';
import type { NodeRedReady } from './node-red-server.js';

/** A flow file and the file of its credentials. */
export interface Flow {
	readonly nodes: readonly FlowNode[];
	readonly credentials: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A server that runs. */
export interface Server {
	readonly child: Child;
	readonly to: Recipient;
	/** Milliseconds until a Node-RED was ready. */
	readonly startedAfter: number;
	/** Of the collection. */
	readonly userDir?: string;
	stop(): Promise<void>;
}

/** Flags for Node.js in every server, e.g. to profile it. */
export interface ServerOptions {
	readonly execArgv: readonly string[];
}

/** Whose HTTP server the collection uses: one of its own, or Node-RED's. */
export type Listener = 'own' | 'node-red';

/** Node-RED without the collection and without a flow. */
export function startEmpty(options: ServerOptions): Promise<Server> {
	return startCoreNodes({ nodes: [], credentials: {} }, { devices: 0 }, options);
}

/** Core nodes only, without the collection. */
export async function startCoreNodes(
	flow: Flow,
	to: Omit<Recipient, 'port'>,
	options: ServerOptions,
): Promise<Server> {
	const { child, ready, stop } = await startNodeRed(flow, false, options);
	return { child, to: { ...to, port: ready.port }, startedAfter: ready.startedAfter, stop };
}

/**
 * A node that lies in the user directory, without the collection.
 * @param prepare puts the node there
 * @param flow makes the flow for a port
 */
export async function startOwnNode(
	prepare: (userDir: string) => void,
	flow: (port: number) => Flow,
	devices: number,
	options: ServerOptions,
): Promise<Server> {
	const port = await freePort();
	const { child, ready, stop } = await startNodeRed(flow(port), false, options, prepare);
	await listening(port);
	return { child, to: { devices, port }, startedAfter: ready.startedAfter, stop };
}

/** The collection where nobody posts to it. */
export async function startNodes(flow: Flow, options: ServerOptions): Promise<Server> {
	const { child, ready, stop } = await startNodeRed(flow, true, options);
	return { child, to: { devices: 0, port: ready.port }, startedAfter: ready.startedAfter, stop };
}

/**
 * The collection.
 * @param flow makes the flow for an endpoint
 */
export async function startCollection(
	listener: Listener,
	flow: (endpoint: FlowNode) => Flow,
	to: Omit<Recipient, 'port'>,
	options: ServerOptions,
): Promise<Server> {
	const own = listener === 'own' ? await freePort() : undefined;
	const endpoint = { id: 'endpoint', type: 'wattpost-endpoint', host: '127.0.0.1', port: own, path: '/' };
	const started = await startNodeRed(flow({ ...endpoint, server: listener }), true, options);
	const { child, ready, userDir, stop } = started;
	if (own !== undefined) await listening(own);
	const port = own ?? ready.port;
	return { child, to: { ...to, port }, startedAfter: ready.startedAfter, userDir, stop };
}

/** Runs something with servers, and stops them whatever happens. */
export async function withServers<T>(
	starting: readonly (() => Promise<Server>)[],
	run: (servers: Server[]) => Promise<T>,
): Promise<T> {
	const servers: Server[] = [];
	try {
		for (const start of starting) servers.push(await start());
		return await run(servers);
	} finally {
		await Promise.all(servers.map((server) => server.stop()));
	}
}

async function startNodeRed(
	flow: Flow,
	linked: boolean,
	{ execArgv }: ServerOptions,
	prepare: (userDir: string) => void = () => undefined,
) {
	const userDir = makeTempDir();
	prepare(userDir);
	const logging = { console: { level: 'error', metrics: false, audit: false } };
	if (linked) linkCheckout(userDir);
	writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flow.nodes));
	writeFileSync(join(userDir, 'flows_cred.json'), JSON.stringify(flow.credentials));
	const settings = writeSettings(userDir, { ...QUIET, uiPort: 0, credentialSecret: false, logging });
	const args = [require.resolve('node-red/red.js'), settings, userDir];
	try {
		const { child, ready } = await Child.start<NodeRedReady>('node-red-server', args, execArgv);
		const stop = () => child.stop().finally(() => removeDir(userDir));
		return { child, ready, userDir, stop };
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
