/**
 * A real Node-RED as its command line program starts it, that is watched by nobody: no tap, no log but errors.
 *
 * Arguments: the path of Node-RED's red.js, of a settings file and of a user directory.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { NodeRed } from '../../nodes/adapter/node-red.js';
import { answerCalls, SELF } from './calls.js';
import { FLOW_THROUGH } from './flow-parts.js';
import type { Flows, ReadOrder, ReadResult } from './hpdu/reads.js';

/** What a Node-RED says when its flows run and its server listens. */
export interface NodeRedReady {
	readonly port: number;
	/** Milliseconds since the process began. */
	readonly startedAfter: number;
}

/** Tells when a flow is through whose last node emits {@link FLOW_THROUGH}. */
let through: Promise<unknown> = Promise.resolve();
const FLOW = {
	watchFlow(): void {
		through = once(process, FLOW_THROUGH);
	},
	flowThrough: () => through.then(() => undefined),
	/** Gives a message to a node and tells how many milliseconds later the flow was through. */
	async inject({ node, msg }: { readonly node: string; readonly msg: object }): Promise<number> {
		const { nodes } = requireFromRed('./lib/red.js') as Pick<NodeRed, 'nodes'>;
		const ended = once(process, FLOW_THROUGH);
		const began = performance.now();
		nodes.getNode(node)?.receive({ ...msg });
		await ended;
		return performance.now() - began;
	},
} as const;

/** Loaded only where it is asked for, so that it takes no memory and no time of the start elsewhere. */
async function read(order: ReadOrder): Promise<ReadResult> {
	const { readAgainAndAgain } = await import('./hpdu/reads.js');
	const { nodes } = requireFromRed('./lib/red.js') as Pick<Flows, 'nodes'>;
	const { hooks } = requireFromRed('@node-red/util') as Pick<Flows, 'hooks'>;
	return readAgainAndAgain(order, { nodes, hooks });
}

const [, , redPath = '', settingsPath = '', userDir = ''] = process.argv;
const requireFromRed = createRequire(redPath);

async function start(): Promise<void> {
	const { events } = requireFromRed('@node-red/util') as { events: NodeRed['events'] };
	const flows = new Promise<void>((resolve) => events.on('flows:started', () => resolve()));
	process.argv = [process.argv0, redPath, '--settings', settingsPath, '--userDir', userDir];
	requireFromRed(redPath);
	await flows;
	const { server } = requireFromRed('./lib/red.js') as NodeRed;
	if (!server) throw new Error('Node-RED has no server');
	if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
	const ready: NodeRedReady = {
		port: (server.address() as AddressInfo).port,
		startedAfter: performance.now(),
	};
	answerCalls({ ...SELF, ...FLOW, read }, ready);
}

start().catch((error: unknown) => {
	console.error(error);
	process.exit(1);
});
