/**
 * The child process: starts the Node-RED that its arguments name exactly as the command line program does, and
 * reports to the test what its nodes send, show, report and log.
 *
 * Arguments: the path of Node-RED's red.js, of a settings file and of a user directory.
 */
import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
import type { NodeRed } from '../../../nodes/adapter/node-red.js';
import type { Call, Command, Report } from './ipc.js';
import { portable } from './portable.js';
import { describe, flowsRunning, type LogRecord, logReport, tapNodes } from './tap.js';

interface Runtime extends NodeRed {
	start(): Promise<void>;
	runtime: { flows: { setFlows(options: object): Promise<unknown> } };
}

const [, , redPath = '', settingsPath = '', userDir = ''] = process.argv;
const requireFromRed = createRequire(redPath);
const { events } = requireFromRed('@node-red/util') as { events: NodeRed['events'] };

function report(what: Report): void {
	if (process.connected) process.send?.(what);
}

async function deploy(RED: Runtime, command: Command & { action: 'deploy' }): Promise<void> {
	const running = flowsRunning(events);
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
	tapNodes(redPath, report);
	// The settings file hands this to Node-RED as a log handler.
	const logged = (record: LogRecord): void => report(logReport(record));
	Object.assign(globalThis, { nodeRedHarness: { logged } });
	const running = flowsRunning(events);
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
