/** The processes of the hPDU's comparisons: PDUs, and those who ask them. */
import { Child } from '../calls.js';
import { type Server, type ServerOptions, startCoreNodes, startNodes } from '../servers.js';
import { collectionFlow, plainFlows, type RunningPdu } from './flows.js';
import { openSession } from './login.js';

/** A PDU in a process of its own. */
export interface Pdu extends RunningPdu {
	readonly child: Child;
}

export type PduKind = 'fast' | 'stand-in';

/** The Node-REDs that ask PDUs. */
export interface Askers {
	readonly collection: Server;
	/** Core nodes only. Reads take a quarter longer in a process in which `http request` was at work, so it has its own. */
	readonly plain: Server;
}

/** Starts PDUs and those who ask them, and stops them whatever happens. */
export async function withPdus<T>(
	kinds: readonly PduKind[],
	options: ServerOptions,
	run: (askers: Askers, pdus: Readonly<Record<string, Pdu>>) => Promise<T>,
): Promise<T> {
	const running: { stop(): Promise<void> }[] = [];
	try {
		const pdus: Record<string, Pdu> = {};
		for (const kind of kinds) {
			const { child, ready } = await Child.start<{ port: number }>(
				'hpdu/pdu-server',
				[kind],
				options.execArgv,
			);
			running.push(child);
			pdus[kind] = { child, port: ready.port, session: await openSession(ready.port) };
		}
		const collection = await startNodes(collectionFlow(pdus), options);
		running.push(collection);
		const plain = await startCoreNodes(plainFlows(pdus), { devices: 0 }, options);
		running.push(plain);
		return await run({ collection, plain }, pdus);
	} finally {
		await Promise.all(running.map((one) => one.stop()));
	}
}
