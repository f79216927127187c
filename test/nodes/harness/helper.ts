/** Loads nodes into node-red-node-test-helper: in this process, without Node-RED's HTTP nodes and editor. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { Message, Middleware, Node, NodeModule, NodeRed } from '../../../nodes/adapter/node-red.js';
import { RunningFlow } from './flow.js';
import type { DeployType, FlowNode, Report } from './ipc.js';
import { redPath } from './releases.js';
import { flowsRunning, type LogRecord, logReport, tapNodes } from './tap.js';
import { CHECKOUT, makeTempDir, PACKAGE, removeDir } from './user-directory.js';

type Credentials = Record<string, Record<string, string>>;

/** The test helper, which brings no types. */
interface Helper {
	init(redPath: string, settings: object): void;
	load(modules: NodeModule[], flows: readonly FlowNode[], credentials: Credentials): Promise<void>;
	unload(): Promise<void>;
	getNode(id: string): Node | null;
}

interface Util {
	init(settings: object): void;
	i18n: {
		registerMessageCatalog(namespace: string, folder: string, file: string): Promise<void>;
		_(key: string, params?: Readonly<Record<string, unknown>>): string;
	};
}

interface RuntimeNodes {
	setFlows(flows: readonly FlowNode[], credentials: Credentials | null, type: DeployType): Promise<unknown>;
}

const program = redPath();
const requireFromRed = createRequire(program);
const util = requireFromRed('@node-red/util') as Util;
const helper = require('node-red-node-test-helper') as Helper;

/** Nodes of Node-RED that flows of the tests have; `load` brings some of them only where they are in its flow. */
const CORE = ['common/25-catch', 'common/25-status', 'common/24-complete', 'network/05-tls'];

/** The flow that runs; the helper runs one at a time. */
let current: HelperFlow | undefined;
const report = (what: Report): void => current?.receive(what);

/** HTTP nodes and their server are one for all flows: our nodes take them from the runtime once in a process. */
let httpNode: NodeRed['httpNode'];
const server = createServer((request, response) => {
	const next = (): void => {
		if (current === undefined) response.writeHead(404).end();
		else current.serve(request, response);
	};
	if (httpNode === undefined) next();
	else (httpNode as unknown as Middleware)(request, response, next);
});

/** The runtime in this process is tapped and told where its log goes once, however many flows it runs. */
async function prepare(): Promise<void> {
	if (server.listening) return;
	await once(server.listen(0, '127.0.0.1').unref(), 'listening');
	const handler = () => (record: LogRecord) => report(logReport(record));
	util.init({ logging: { tests: { level: 'debug', handler } } });
	tapNodes(program, report);
}

export interface HelperOptions {
	readonly flows: readonly FlowNode[];
	/** Variables that are set while the flow runs. */
	readonly env?: Readonly<Record<string, string>>;
}

/** Starts a flow in the test helper and resolves when it runs. */
export async function startFlow(options: HelperOptions): Promise<HelperFlow> {
	await prepare();
	current = new HelperFlow(options);
	await current.start(options.flows);
	return current;
}

export class HelperFlow extends RunningFlow {
	private readonly userDir = makeTempDir();
	private readonly oldEnv = { ...process.env };
	private RED: NodeRed | undefined;

	constructor(private readonly options: HelperOptions) {
		super();
	}

	/** What our nodes have added to Node-RED's HTTP nodes and to its admin API. */
	override get url(): string {
		const { port } = server.address() as AddressInfo;
		return `http://127.0.0.1:${port}`;
	}

	async start(flows: readonly FlowNode[]): Promise<void> {
		Object.assign(process.env, this.options.env);
		helper.init(join(dirname(program), 'lib/red.js'), { userDir: this.userDir });
		const ours = await Promise.all(ourNodes().map((path) => this.localised(path)));
		const core = CORE.map((name) => requireFromRed(`@node-red/nodes/core/${name}`) as NodeModule);
		await helper.load([...core, ...ours], flows.map(withoutCredentials), credentialsOf(flows));
	}

	receive(what: Report): void {
		this.file(what);
	}

	/** Answers what no HTTP node does: what our nodes have added to the admin API. */
	serve(request: IncomingMessage, response: ServerResponse): void {
		const httpAdmin = this.red().httpAdmin as unknown as Middleware;
		httpAdmin(request, response, () => response.writeHead(404).end());
	}

	/** The helper's own `setFlows` waits 300 ms at most. */
	override async deploy(
		flows: readonly FlowNode[],
		type: DeployType = 'full',
		credentials: Credentials | null = null,
	): Promise<void> {
		const nodes = requireFromRed('@node-red/runtime/lib/nodes') as RuntimeNodes;
		const running = flowsRunning(this.red().events);
		await nodes.setFlows(flows, credentials, type);
		await running;
	}

	override async inject(id: string, msg: Message = {}): Promise<void> {
		const node = helper.getNode(id);
		if (node === null || node === undefined) throw new Error(`no node ${id} is running`);
		node.receive(this.red().util.cloneMessage(msg));
	}

	override async run<A extends unknown[], R>(
		body: (RED: NodeRed, ...args: A) => R | Promise<R>,
		...args: A
	): Promise<R> {
		return body(this.red(), ...args);
	}

	override async stop(): Promise<void> {
		await helper.unload();
		server.closeAllConnections();
		for (const name of Object.keys(this.options.env ?? {})) {
			if (this.oldEnv[name] === undefined) delete process.env[name];
			else process.env[name] = this.oldEnv[name];
		}
		removeDir(this.userDir);
	}

	private red(): NodeRed {
		if (this.RED === undefined) throw new Error('the flow does not run');
		return this.RED;
	}

	/** A module of nodes with its catalogue of texts and with a server, which the helper leaves out. */
	private async localised(path: string): Promise<NodeModule> {
		const type = basename(path, '.js');
		const namespace = `${PACKAGE}/${type}`;
		await util.i18n.registerMessageCatalog(namespace, join(dirname(path), 'locales'), `${type}.json`);
		return (RED) => {
			this.RED = RED;
			httpNode ??= RED.httpNode;
			const text = (key: string, params?: Readonly<Record<string, unknown>>): string =>
				util.i18n._(key.includes(':') ? key : `${namespace}:${key}`, params);
			(require(path) as NodeModule)(Object.assign(RED, { _: text, server, httpNode }));
		};
	}
}

function ourNodes(): string[] {
	const nodes = require(join(CHECKOUT, 'package.json'))['node-red'].nodes as Record<string, string>;
	return Object.values(nodes).map((path) => join(CHECKOUT, path));
}

function withoutCredentials({ credentials: _, ...node }: FlowNode): FlowNode {
	return node;
}

function credentialsOf(flows: readonly FlowNode[]): Credentials {
	const having = flows.filter(({ credentials }) => credentials !== undefined);
	return Object.fromEntries(having.map(({ id, credentials = {} }) => [id, credentials]));
}
