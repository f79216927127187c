/** The processes of the hPDU's comparisons: PDUs, and a Node-RED that asks them. */
import { Child } from '../calls.js';
import { type Server, type ServerOptions, startNodes } from '../servers.js';
import { type RunningPdu, readFlows } from './flows.js';
import { openSession } from './login.js';

/** A PDU in a process of its own. */
export interface Pdu extends RunningPdu {
	readonly child: Child;
}

export type PduKind = 'fast' | 'stand-in';

/** Starts PDUs and a Node-RED with the flows that ask them, and stops them whatever happens. */
export async function withPdus<T>(
	kinds: readonly PduKind[],
	options: ServerOptions,
	run: (nodeRed: Server, pdus: Readonly<Record<string, Pdu>>) => Promise<T>,
): Promise<T> {
	const children: Child[] = [];
	try {
		const pdus: Record<string, Pdu> = {};
		for (const kind of kinds) {
			const { child, ready } = await Child.start<{ port: number }>(
				'hpdu/pdu-server',
				[kind],
				options.execArgv,
			);
			children.push(child);
			pdus[kind] = { child, port: ready.port, session: await openSession(ready.port) };
		}
		const nodeRed = await startNodes(readFlows(pdus), options);
		return await run(nodeRed, pdus).finally(() => nodeRed.stop());
	} finally {
		await Promise.all(children.map((child) => child.stop()));
	}
}
