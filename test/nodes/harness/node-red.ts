/** Starts a real Node-RED in a process of its own, and lets a test drive and watch it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Message, NodeRed } from '../../../nodes/adapter/node-red.js';
import { RunningFlow } from './flow.js';
import type { Command, DeployType, FlowNode, Report } from './ipc.js';
import { Mailbox, PATIENCE } from './mailbox.js';
import { type NodeRedVersion, redPath } from './releases.js';
import {
	linkCheckout,
	makeTempDir,
	QUIET,
	removeDir,
	type Settings,
	UNUSED_NODES,
	writeSettings,
} from './user-directory.js';

export interface NodeRedOptions {
	/** By default the one that the tests are run on. */
	readonly version?: NodeRedVersion;
	/** Beside and instead of the quiet defaults, which leave out nodes of Node-RED ({@link ALL_NODES}). Functions are written by their source: nothing outside of them exists. */
	readonly settings?: Settings;
	/** Deployed right after the start. */
	readonly flows?: readonly FlowNode[];
	readonly credentials?: Record<string, Record<string, string>>;
	/** A user directory that exists and is kept; by default a temporary one that has the checkout linked. */
	readonly userDir?: string;
	/** False leaves the collection out of a temporary user directory. */
	readonly link?: boolean;
	readonly env?: Readonly<Record<string, string>>;
	readonly port?: number;
}

/** Every Node-RED that runs, to be ended with this process however that ends. */
const running = new Set<RunningNodeRed>();
process.on('exit', () => {
	for (const nodeRed of running) nodeRed.abandon();
});

/**
 * Starts Node-RED and resolves when it listens and its flows run.
 * @throws Error with the process's output when it does not start.
 */
export async function startNodeRed(options: NodeRedOptions = {}): Promise<RunningNodeRed> {
	const nodeRed = new RunningNodeRed(options);
	running.add(nodeRed);
	try {
		await nodeRed.start();
		if (options.flows) await nodeRed.deploy(options.flows, 'full', options.credentials);
	} catch (error) {
		await nodeRed.stop();
		throw error;
	}
	return nodeRed;
}

export class RunningNodeRed extends RunningFlow {
	readonly userDir: string;
	/** The port of Node-RED's own server; 0 where it has none. A restart keeps it. */
	port: number;

	private child: ChildProcess | undefined;
	private calls = 0;
	private readonly ready = new Mailbox<Report & { kind: 'ready' | 'failed' }>('start', () => this.tail());
	private readonly replies = new Mailbox<Report & { kind: 'reply' }>('reply', () => this.tail());

	constructor(private readonly options: NodeRedOptions) {
		super();
		this.userDir = options.userDir ?? makeTempDir();
		this.port = options.port ?? 0;
		if (options.userDir === undefined && options.link !== false) linkCheckout(this.userDir);
	}

	override get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	get pid(): number | undefined {
		return this.child?.pid;
	}

	/** Starts the process; for use after `stop`, `kill` or a crash. */
	async start(): Promise<void> {
		const settings = {
			...QUIET,
			nodesExcludes: [...(QUIET.nodesExcludes as string[]), ...UNUSED_NODES],
			...this.options.settings,
			uiPort: this.port,
			logging: {
				harness: { level: 'debug', handler: () => Reflect.get(globalThis, 'nodeRedHarness').logged },
			},
		};
		const path = writeSettings(this.userDir, settings);
		const red = redPath(this.options.version);
		const child = fork(join(__dirname, 'runtime.js'), [red, path, this.userDir], {
			cwd: this.userDir,
			env: { ...process.env, NODE_ENV: 'production', ...this.options.env },
			// Flags that the tests need are not what a user's Node-RED is started with.
			execArgv: [],
			serialization: 'advanced',
			stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
		});
		this.watch(child);
		const answer = await this.ready.take('of Node-RED', () => true, 2 * PATIENCE);
		if (answer.kind === 'failed') throw new Error(`Node-RED does not run: ${answer.reason}\n${this.tail()}`);
		this.port = answer.port;
	}

	async deploy(
		flows: readonly FlowNode[],
		type: DeployType = 'full',
		credentials?: Record<string, Record<string, string>>,
	): Promise<void> {
		await this.call({ action: 'deploy', type, flows, credentials });
	}

	async inject(node: string, msg: Message = {}): Promise<void> {
		await this.call({ action: 'inject', node, msg });
	}

	run<A extends unknown[], R>(body: (RED: NodeRed, ...args: A) => R | Promise<R>, ...args: A): Promise<R> {
		return this.call({ action: 'run', source: String(body), args }) as Promise<R>;
	}

	/** Ends the process by a signal and resolves when it has ended; what it kept on disk stays. */
	async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
		const { child } = this;
		if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
		const ended = once(child, 'close');
		child.kill(signal);
		await ended;
	}

	/** What ended the process, a signal or an exit code; undefined while it runs. */
	async endedBy(): Promise<string | undefined> {
		const { child } = this;
		if (child === undefined || child.connected) return undefined;
		if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
		return String(child.signalCode ?? child.exitCode);
	}

	/** Ends it as Ctrl-C does (a process that does not end is killed) and starts it again with the same files and port. */
	async restart(): Promise<void> {
		await this.end();
		await this.start();
	}

	/** Ends it and removes its user directory, unless that was given. */
	async stop(): Promise<void> {
		await this.end();
		this.abandon();
	}

	/** Ends it at once, for the end of the test process. */
	abandon(): void {
		this.child?.kill('SIGKILL');
		running.delete(this);
		if (this.options.userDir === undefined) removeDir(this.userDir);
	}

	private async end(): Promise<void> {
		const overdue = setTimeout(() => this.child?.kill('SIGKILL'), PATIENCE);
		await this.kill('SIGTERM');
		clearTimeout(overdue);
	}

	private async call(command: Command): Promise<unknown> {
		const { child } = this;
		if (!child?.connected) throw new Error(`Node-RED is not running\n${this.tail()}`);
		const call = ++this.calls;
		child.send({ ...command, call });
		const reply = await this.replies.take(`to ${command.action}`, (item) => item.call === call);
		if (reply.error !== undefined) throw new Error(`${command.action}: ${reply.error}\n${this.tail()}`);
		return reply.value;
	}

	private watch(child: ChildProcess): void {
		this.child = child;
		child.on('message', (report: Report) => this.file(report));
		for (const level of ['stdout', 'stderr'] as const) {
			child[level]
				?.setEncoding('utf8')
				.on('data', (text: string) => this.write({ level, text, from: undefined }));
		}
		child.on('close', (code, signal) => {
			const reason = `Node-RED has ended (exit code ${code}, signal ${signal})`;
			this.ready.close(reason);
			this.replies.close(reason);
			this.close(reason);
		});
	}

	protected override file(report: Report): void {
		if (report.kind === 'ready' || report.kind === 'failed') this.ready.add(report);
		else if (report.kind === 'reply') this.replies.add(report);
		else super.file(report);
	}
}
