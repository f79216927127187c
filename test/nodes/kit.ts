/** What the tests of the UPS nodes share: nodes of a flow in few words, a stand-in UPS, POSTs made by hand. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import type { Endpoint } from '../../nodes/adapter/endpoint/index.js';
import {
	type ExchangeOptions,
	encodePost,
	exchange,
	type Outcome,
	type Post,
	type PostOverrides,
	UpsDevice,
	type UpsOptions,
} from '../devices/ups/index.js';
import type { FlowNode, RunningNodeRed } from './harness/index.js';

export const KEY = 'ABCDEFGHJKMNPQRS';

export const TAB: FlowNode = { id: 'tab', type: 'tab', label: 'Test' };

type Fields = Readonly<Record<string, unknown>>;

/** Node-RED takes a node without a position for a config node. */
export const ON_TAB = { z: 'tab', x: 100, y: 100 } as const;

/** A UPS whose config node has the id `ups-<deviceId>`. */
export function upsDevice(deviceId: string, more: Fields = {}, key = KEY): FlowNode {
	const fields = { name: `Name of ${deviceId}`, deviceId, clockSkew: '300', commandMaxAge: '600' };
	return {
		id: `ups-${deviceId}`,
		type: 'ups-device',
		...fields,
		offlineAfter: '120',
		credentials: { httpKey: key },
		...more,
	};
}

export function httpIn(id: string, more: Fields = {}): FlowNode {
	const fields = { ...ON_TAB, name: '', endpoint: '', device: '', emit: 'every', wires: [[], []] };
	return { id, type: 'ups-http-in', ...fields, ...more };
}

export function commandOut(id: string, more: Fields = {}): FlowNode {
	const numbers = { freqHz: '', durMs: '', delayS: '', offMs: '', maxAge: '' };
	const fields = { ...ON_TAB, name: '', device: '', command: '', text: 'payload', textType: 'msg' };
	return { id, type: 'ups-command-out', ...fields, ...numbers, wires: [[]], ...more };
}

export function endpoint(id: string, more: Fields = {}): FlowNode {
	const fields = { name: '', server: 'node-red', host: '', port: '8480', path: '/', tls: '' };
	const limits = { clientCert: 'none', maxBody: '1048576', trustProxy: false };
	return { id, type: 'wattpost-endpoint', ...fields, ...limits, ...more };
}

/** Tells all errors of a flow that Catch nodes are given, and all messages that are done. */
export const CATCH: FlowNode = { id: 'errors', type: 'catch', ...ON_TAB, scope: null, wires: [[]] };

export function complete(...scope: string[]): FlowNode {
	return { id: 'finished', type: 'complete', ...ON_TAB, scope, wires: [[]] };
}

/** For a UPS that is driven faster than time goes by, and so runs ahead of this machine's clock. */
export const HURRIED = { clockSkew: '86400' };

export function standIn(deviceId: string, more: Partial<UpsOptions> = {}): UpsDevice {
	return new UpsDevice({ deviceId, key: KEY, ...more });
}

/** The path at which a UPS posts. */
export function telemetryPath(deviceId: string): string {
	return `/api/v1/devices/${deviceId}/telemetry`;
}

/** Seconds since the epoch. */
export function nowSeconds(): number {
	return Math.floor(Date.now() / 1000);
}

export function nonce(): string {
	return randomBytes(8).toString('hex');
}

/** A POST made by hand, right in every way but for what is overridden. */
export function makePost(url: string, deviceId: string, overrides: PostOverrides = {}): Post {
	const body = Buffer.from('{"ts":1700000000,"fw_ver":"esp32:0.8.17","uptime_s":100,"acks":[]}');
	return encodePost({ url, deviceId, key: KEY, ts: String(nowSeconds()), nonce: nonce(), body }, overrides);
}

/** Sends a POST and reads the whole answer, that of a 401 too. */
export function send(post: Post, options: ExchangeOptions = {}): Promise<Outcome> {
	return exchange(post, { readUnauthorized: true, ...options });
}

/** Status and body of an answer, or what happened instead. */
export function answerOf({ answer, error }: Outcome): string {
	return answer === undefined ? String(error) : `${answer.status} ${answer.body.toString()}`;
}

/** Names of an answer's headers in alphabetical order, as sent. */
export function headerNames({ answer }: Outcome): string[] {
	return (answer?.headers ?? []).map(([name]) => name).sort();
}

/**
 * Lets time pass in the Node-RED process as far as clocks go: timers do not fire, but whatever a POST finds to be
 * over its time is.
 */
export function letTimePass(nr: RunningNodeRed, milliseconds: number): Promise<void> {
	return nr.run((_RED, ahead) => {
		const [now, monotonic] = [Date.now, performance.now.bind(performance)];
		Date.now = () => now() + ahead;
		performance.now = () => monotonic() + ahead;
	}, milliseconds);
}

/** Resolves when the own listener of an endpoint is open. */
export async function listening(nr: RunningNodeRed, id: string): Promise<void> {
	await nr.run(
		(RED, node) =>
			new Promise<void>((resolve) => {
				const shared = RED.nodes.getNode(node)?.shared as Endpoint | undefined;
				shared?.onState(({ name }) => name === 'listening' && resolve());
			}),
		id,
	);
}

/** The payload of the next event of a UPS. */
export async function nextEvent(
	nr: RunningNodeRed,
	event: string,
	from = 'in',
): Promise<Record<string, unknown>> {
	const where = ({ payload }: { payload?: unknown }) => (payload as { event: string }).event === event;
	return (await nr.message({ from, port: 1, where })).payload as Record<string, unknown>;
}

/** The payload of the next state that a command node tells. */
export async function nextState(nr: RunningNodeRed, from = 'out'): Promise<CommandReport> {
	return (await nr.message({ from })).payload as CommandReport;
}

export interface CommandReport {
	readonly id: string;
	readonly deviceId: string;
	readonly command: string;
	readonly args: Record<string, unknown>;
	readonly state: string;
	readonly time: number;
	readonly queuedAt: number;
	readonly expiresAt: number | null;
	readonly sent: number;
	readonly reason?: string;
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
