/**
 * A real Node-RED, in a process of its own because it can be started only once in each. It receives at an endpoint
 * and answers with the bytes that came, in hexadecimal. Its port goes to the parent process.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { openEndpoint } from '../../../nodes/adapter/http-server/index.js';
import type { HttpApp, NodeRed } from '../../../nodes/adapter/node-red.js';
import { ok, ownSettings, RecordingRoute } from './kit.js';

type Runtime = NodeRed & {
	init(server: unknown, settings: object): void;
	start(): Promise<void>;
	httpAdmin: HttpApp;
	httpNode: HttpApp;
};
type App = HttpApp & { use(path: string, app: unknown): void };

/** What the parent process asks for. */
export interface RuntimeOrder {
	/** The package to start: `node-red` or `node-red-4`. */
	readonly release: string;
	readonly userDir: string;
	readonly httpAdminRoot: string;
	readonly httpNodeRoot: string;
}

async function run({ release, ...roots }: RuntimeOrder): Promise<void> {
	const load = createRequire(__filename);
	const RED = load(release) as Runtime;
	const app = (load('express') as () => App)();
	const server = createServer(app as never);
	const quiet = { logging: { console: { level: 'off' } }, telemetry: { enabled: false } };
	RED.init(server, { ...roots, ...quiet, flowFile: 'flows.json', credentialSecret: false });
	app.use(roots.httpAdminRoot, RED.httpAdmin);
	app.use(roots.httpNodeRoot, RED.httpNode);
	const started = new Promise((resolve) => RED.events.once('flows:started', resolve));
	await RED.start();
	await started;
	const endpoint = openEndpoint(RED, ownSettings({ server: 'node-red' }));
	const { route } = endpoint.claim(
		{ prefix: '/api/v1/devices/', suffix: '/telemetry' },
		new RecordingRoute(),
	);
	route.onHandle = async ({ rawBody }) => ok(rawBody.toString('hex'));
	server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

process.on('disconnect', () => process.exit());
process.on('message', (order: RuntimeOrder) => void run(order));
