/**
 * The transport of PDUs beside the two clients that could stand in its place: undici's own requests, which write names of
 * headers in lower case, and node:http. All of them in this process, with one connection each, one request after the other.
 */
import { equal } from 'node:assert/strict';
import { Agent, type IncomingMessage, request } from 'node:http';
import { Client } from 'undici';
import { systemClock, systemTimers } from '../../../nodes/adapter/runtime-clock.js';
import { HttpTransport } from '../../../nodes/protocol/hpdu/http-transport.js';
import { Child } from '../calls.js';
import type { Comparison, Plan } from '../plan.js';
import { row } from '../report.js';
import { BODY, openSession, PATH, sign } from './login.js';

/** Reads the register once. */
interface Reader {
	read(): Promise<string>;
	close(): Promise<void> | void;
}

type Open = (port: number, authorization: string) => Reader;

function byTransport(port: number, authorization: string): Reader {
	const address = { host: '127.0.0.1', port };
	const transport = new HttpTransport(address, systemTimers, () => systemClock.monotonic());
	const { signal } = new AbortController();
	const headers = { Authorization: authorization };
	const order = { method: 'GET', path: PATH, headers, timeout: 5000, isRepeatable: true, signal } as const;
	return {
		read: async () => (await transport.send(order)).body.toString(),
		close: () => transport.close(),
	};
}

function byUndici(port: number, authorization: string): Reader {
	const client = new Client(`http://127.0.0.1:${port}`);
	const headers = { Authorization: authorization };
	return {
		read: async () => (await client.request({ method: 'GET', path: PATH, headers })).body.text(),
		close: () => client.close(),
	};
}

function byNodeHttp(port: number, authorization: string): Reader {
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	const headers = { Authorization: authorization };
	const options = { host: '127.0.0.1', port, path: PATH, agent, headers, insecureHTTPParser: true };
	const bodyOf = async (answer: IncomingMessage): Promise<string> => {
		const pieces: Buffer[] = await answer.toArray();
		return Buffer.concat(pieces).toString();
	};
	return {
		read: () =>
			new Promise((resolve, reject) => {
				request(options, (answer) => bodyOf(answer).then(resolve, reject))
					.on('error', reject)
					.end();
			}),
		close: () => agent.destroy(),
	};
}

const OWN = 'own transport';
const WAYS: Readonly<Record<string, Open>> = {
	[OWN]: byTransport,
	'undici request': byUndici,
	'node:http': byNodeHttp,
};

/** @returns milliseconds for each read */
async function time(reader: Reader, reads: number): Promise<number> {
	const began = performance.now();
	for (let index = 0; index < reads; index++) equal(await reader.read(), BODY);
	return (performance.now() - began) / reads;
}

/** All ways in turn, often and a few reads at a time; each turn begins with another one. */
async function takeTurns(readers: readonly Reader[], { reads, readTurns }: Plan): Promise<number[]> {
	const sums = readers.map(() => 0);
	for (let turn = 0; turn < readTurns; turn++) {
		for (const step of readers.keys()) {
			const which = (turn + step) % readers.length;
			const reader = readers[which];
			if (reader !== undefined) sums[which] = (sums[which] ?? 0) + (await time(reader, reads));
		}
	}
	return sums;
}

/** How many reads a second the transport manages, divided by what each other client does. */
export async function compareTransports(plan: Plan): Promise<Comparison> {
	const { child, ready } = await Child.start<{ port: number }>('hpdu/pdu-server', ['fast'], plan.execArgv);
	const authorization = sign(await openSession(ready.port), Math.floor(Date.now() / 1000));
	const names = Object.keys(WAYS);
	const readers = Object.values(WAYS).map((open) => open(ready.port, authorization));
	const ratios = new Map<string, number[]>(names.filter((name) => name !== OWN).map((name) => [name, []]));
	try {
		await takeTurns(readers, plan);
		for (let round = 0; round < plan.rounds; round++) {
			const [own = Number.NaN, ...others] = await takeTurns(readers, plan);
			for (const [index, list] of [...ratios.values()].entries()) list.push((others[index] ?? 0) / own);
			plan.tell(`round ${round + 1} of ${plan.rounds}`);
		}
	} finally {
		for (const reader of readers) await reader.close();
		await child.stop();
	}
	return {
		rows: [...ratios].map(([name, perRound]) => row(`hPDU: ${OWN} / ${name}, reads/s`, 'x', perRound)),
		measured: [],
		checked: plan.rounds * plan.readTurns * plan.reads * readers.length,
		notes: [
			'hPDU, transports: the whole answer as text over one kept-alive connection, from the fast PDU; no token is made and no form read. undici request is client.request() and body.text(); node:http is request() with an agent that keeps the connection, and insecureHTTPParser.',
		],
	};
}
