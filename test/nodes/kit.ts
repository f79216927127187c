/** What the tests of all nodes share: nodes of a flow in few words, what a device saw, ports, time. */
import { createServer, type Server } from 'node:net';
import type { Endpoint } from '../../nodes/adapter/http-server/index.js';
import type { Outcome } from '../devices/common/connection.js';
import type { FlowNode, RunningFlow } from './harness/index.js';

export const TAB: FlowNode = { id: 'tab', type: 'tab', label: 'Test' };

/** Properties of a node as a flow file has them. */
export type Fields = Readonly<Record<string, unknown>>;

/** Node-RED takes a node without a position for a config node. */
export const ON_TAB = { z: 'tab', x: 100, y: 100 } as const;

export function endpoint(id: string, more: Fields = {}): FlowNode {
	const fields = { name: '', server: 'node-red', host: '', port: '8480', path: '/', tls: '' };
	const limits = { clientCert: 'none', maxBody: '1048576', trustProxy: false };
	return { id, type: 'wattpost-endpoint', ...fields, ...limits, ...more };
}

/** Tells all errors of a flow that Catch nodes are given. */
export const CATCH: FlowNode = { id: 'errors', type: 'catch', ...ON_TAB, scope: null, wires: [[]] };

/** Tells all messages that are done. */
export function complete(...scope: string[]): FlowNode {
	return { id: 'finished', type: 'complete', ...ON_TAB, scope, wires: [[]] };
}

/** Seconds since the epoch. */
export function nowSeconds(): number {
	return Math.floor(Date.now() / 1000);
}

/** Status and body of an answer, or what happened instead. */
export function answerOf({ answer, error }: Outcome<string>): string {
	return answer === undefined ? String(error) : `${answer.status} ${answer.body.toString()}`;
}

/** Names of an answer's headers in alphabetical order, as sent. */
export function headerNames({ answer }: Outcome<string>): string[] {
	return (answer?.headers ?? []).map(([name]) => name).sort();
}

/**
 * Lets time pass in the Node-RED process as far as clocks go: timers do not fire, but whatever a POST finds to be
 * over its time is.
 */
export function letTimePass(nr: RunningFlow, milliseconds: number): Promise<void> {
	return nr.run((_RED, ahead) => {
		const [now, monotonic] = [Date.now, performance.now.bind(performance)];
		Date.now = () => now() + ahead;
		performance.now = () => monotonic() + ahead;
	}, milliseconds);
}

/** Resolves when the own listener of an endpoint is open. */
export async function listening(nr: RunningFlow, id: string): Promise<void> {
	await nr.run(
		(RED, node) =>
			new Promise<void>((resolve) => {
				const shared = RED.nodes.getNode(node)?.shared as Endpoint | undefined;
				shared?.onState(({ name }) => name === 'listening' && resolve());
			}),
		id,
	);
}

/** The payload of the next event of a device. */
export async function nextEvent(
	nr: RunningFlow,
	event: string,
	from = 'in',
): Promise<Record<string, unknown>> {
	const where = ({ payload }: { payload?: unknown }) => (payload as { event: string }).event === event;
	return (await nr.message({ from, port: 1, where })).payload as Record<string, unknown>;
}

/** A TCP server on a port of its own, for what needs a port that is taken. */
export async function occupyPort(): Promise<{ port: number; free: () => Promise<void> }> {
	const server: Server = createServer((socket) => socket.destroy());
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	return { port, free: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** A port that nothing listens at. */
export async function freePort(): Promise<number> {
	const { port, free } = await occupyPort();
	await free();
	return port;
}
