/**
 * The child process: starts the Node-RED that its arguments name exactly as the command line program does, and
 * reports to the test what its nodes send, show, report and log.
 *
 * Arguments: the path of Node-RED's red.js, of a settings file and of a user directory.
 */
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { runInThisContext } from 'node:vm';
import type { Message, Node, NodeRed, StatusBadge } from '../../../nodes/adapter/red.js';
import type { Call, Command, Report } from './ipc.js';
import { portable } from './portable.js';

interface Runtime extends NodeRed {
	start(): Promise<void>;
	runtime: { flows: { setFlows(options: object): Promise<unknown> } };
}

interface RuntimeState {
	id: string;
	payload?: { state?: string; error?: string; types?: string[]; modules?: unknown };
}

interface LogRecord {
	level: number;
	msg?: unknown;
	id?: string;
}

type NodeClass = {
	prototype: Node & { updateWires(wires: unknown): void; error(error: unknown, msg?: Message): void };
};

const LEVELS: Record<number, string> = {
	10: 'fatal',
	20: 'error',
	30: 'warn',
	40: 'info',
	50: 'debug',
	60: 'trace',
};
const [, , redPath = '', settingsPath = '', userDir = ''] = process.argv;
const requireFromRed = createRequire(redPath);
const { events } = requireFromRed('@node-red/util') as { events: NodeRed['events'] };

function report(what: Report): void {
	if (process.connected) process.send?.(what);
}

function describe(value: unknown): string {
	if (value instanceof Error) return value.stack ?? value.message;
	return typeof value === 'string' ? value : inspect(value);
}

/** The settings file hands this to Node-RED as a log handler. */
function logged(record: LogRecord): void {
	report({
		kind: 'log',
		level: LEVELS[record.level] ?? String(record.level),
		text: describe(record.msg),
		from: record.id,
	});
}

function sent(from: string, output: unknown): void {
	const ports = Array.isArray(output) ? output : [output];
	for (const [port, messages] of ports.entries()) {
		for (const msg of Array.isArray(messages) ? messages : [messages]) {
			if (typeof msg !== 'object' || msg === null) continue;
			report({ kind: 'message', from, port, msg: portable(msg) as Message });
		}
	}
}

/** Node-RED's hooks see no message of an output that is wired to nothing, so the nodes themselves are tapped. */
function tapNodes(): void {
	const { prototype } = requireFromRed('@node-red/runtime/lib/nodes/Node') as NodeClass;
	const { updateWires, error: reportError } = prototype;
	prototype.updateWires = function (wires: unknown): void {
		updateWires.call(this, wires);
		const deliver = this.send;
		this.send = (output) => {
			sent(this.id, output);
			deliver.call(this, output);
		};
	};
	prototype.error = function (error: unknown, msg?: Message): void {
		const { code, message } = (error ?? {}) as { code?: string; message?: string };
		report({
			kind: 'error',
			from: this.id,
			code: typeof code === 'string' ? code : undefined,
			message: message ?? String(error),
			catchable: typeof msg === 'object' && msg !== null,
			inspected: inspect(error, { depth: 10, showHidden: true }),
		});
		reportError.call(this, error, msg);
	};
	events.on('node-status', ({ id, status }: { id: string; status: StatusBadge }) => {
		report({ kind: 'status', from: id, status: portable(status) as StatusBadge });
	});
}

/** Resolves when flows run; fails when Node-RED says why they cannot. */
function flowsRunning(): Promise<void> {
	return new Promise((resolve, reject) => {
		const listen = ({ id, payload }: RuntimeState): void => {
			// Every deploy first stops what runs, which is a state without an error.
			const settled = payload?.state === 'start' || payload?.error !== undefined;
			if (id !== 'runtime-state' || !settled) return;
			events.removeListener('runtime-event', listen);
			if (payload.state === 'start') resolve();
			else reject(new Error(`the flows do not run: ${inspect(payload)}`));
		};
		events.on('runtime-event', listen);
	});
}

async function deploy(RED: Runtime, command: Command & { action: 'deploy' }): Promise<void> {
	const running = flowsRunning();
	running.catch(() => undefined);
	const { flows, credentials, type } = command;
	await RED.runtime.flows.setFlows({
		flows: credentials === undefined ? { flows } : { flows, credentials },
		deploymentType: type,
	});
	await running;
}

async function obey(RED: Runtime, command: Command): Promise<unknown> {
	if (command.action === 'deploy') return deploy(RED, command);
	if (command.action === 'run') {
		const body = runInThisContext(`(${command.source})`) as (
			RED: Runtime,
			...args: readonly unknown[]
		) => unknown;
		return portable(await body(RED, ...command.args));
	}
	const node = RED.nodes.getNode(command.node);
	if (node === null || node === undefined) throw new Error(`no node ${command.node} is running`);
	node.receive(command.msg);
	return undefined;
}

function listening(RED: Runtime): Promise<number> {
	const { server } = RED;
	return new Promise((resolve) => {
		const port = (): void => {
			const address = server?.address();
			resolve(typeof address === 'object' && address !== null ? address.port : 0);
		};
		if (!server || server.listening) port();
		else server.once('listening', port);
	});
}

/** Without admin and HTTP nodes Node-RED opens no port at all, so nothing is to be waited for. */
function isHeadless(RED: Runtime): boolean {
	return RED.settings.httpAdminRoot === false && RED.settings.httpNodeRoot === false;
}

async function start(): Promise<void> {
	tapNodes();
	Object.assign(globalThis, { nodeRedHarness: { logged } });
	const running = flowsRunning();
	process.argv = [process.argv0, redPath, '--settings', settingsPath, '--userDir', userDir];
	requireFromRed(redPath);
	await running;
	const RED = requireFromRed('./lib/red.js') as Runtime;
	const port = isHeadless(RED) ? 0 : await listening(RED);
	process.on('message', (command: Call) => {
		obey(RED, command).then(
			(value) => report({ kind: 'reply', call: command.call, value }),
			(error: unknown) => report({ kind: 'reply', call: command.call, error: describe(error) }),
		);
	});
	report({ kind: 'ready', port });
}

// Whoever asked for this process is gone: nobody could end it any more.
process.on('disconnect', () => process.exit(1));
start().catch((error: unknown) => report({ kind: 'failed', reason: describe(error) }));
