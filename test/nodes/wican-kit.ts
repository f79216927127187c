/** What the tests of wican-https-in share: the node in few words, POSTs as the firmware's HTTP client sends them. */
import { parseAnswer } from '../devices/common/answer.js';
import { type ConnectionOptions, converse, type Outcome } from '../devices/common/connection.js';
import type { FlowNode, MessageFilter, RunningNodeRed } from './harness/index.js';
import { type Fields, ON_TAB } from './kit.js';

export const TOKEN = 'a-token-of-the-tests';

export const ACCEPTED = '200 {"status":"ok"}';
export const UNAUTHORIZED = '401 {"error":"unauthorized"}';

/** A node at the path `/<id>`, with a bearer token. */
export function wicanIn(id: string, more: Fields = {}): FlowNode {
	const fields = { ...ON_TAB, name: '', endpoint: '', path: `/${id}`, vehicle: '', offlineAfter: '' };
	const choices = {
		auth: 'bearer',
		authName: '',
		emit: 'snapshot',
		changedOnly: false,
		statusFields: 'safe',
	};
	const credentials = { token: TOKEN };
	return { id, type: 'wican-https-in', ...fields, ...choices, credentials, wires: [[], []], ...more };
}

/** A request; by default a POST of JSON with the bearer token. */
export interface Sent {
	/** Path and query. */
	readonly path: string;
	readonly method?: string;
	/** An object is sent as JSON. */
	readonly body?: object | string | Buffer;
	/** Beside and instead of the usual ones; null leaves one out. */
	readonly headers?: Readonly<Record<string, string | null>>;
}

/** Sends a request over a connection of its own and reads the whole answer. */
export function send(
	url: string,
	{ path, method = 'POST', body = '', headers = {} }: Sent,
	options: ConnectionOptions = {},
): Promise<Outcome> {
	const { protocol, host, hostname, port } = new URL(url);
	const bytes = Buffer.isBuffer(body)
		? body
		: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
	const lines = {
		'User-Agent': 'ESP32 WiCAN/1.0',
		Host: host,
		'Content-Type': 'application/json',
		Authorization: `Bearer ${TOKEN}`,
		'Content-Length': String(bytes.length),
		...headers,
	};
	const head = Object.entries(lines).flatMap(([name, value]) =>
		value === null ? [] : [`${name}: ${value}\r\n`],
	);
	const parts = [Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n`, 'latin1'), bytes];
	const target = { secure: protocol === 'https:', host: hostname, port: Number(port) };
	return converse({ target, parts }, (raw, ended) => parseAnswer(raw, ended, true), options);
}

/** A message of `wican-https-in` at its first output, whichever is emitted. */
export interface Snapshot {
	readonly topic: string;
	readonly payload: Record<string, unknown>;
	readonly units: Record<string, string>;
	readonly classes: Record<string, string>;
	readonly position?: Record<string, number>;
	readonly wican: Facts;
}

export interface Facts {
	readonly vehicle: string;
	readonly deviceId?: string;
	readonly firmware?: string;
	readonly first?: true;
	readonly sampledAt?: number;
	readonly receivedAt: number;
	readonly query: Record<string, string>;
	readonly remoteAddress: string;
	readonly ecu?: string;
	readonly stale?: true;
	readonly status: Record<string, unknown>;
	readonly duplicates?: string[];
	readonly odd?: string[];
}

/** The next message of the first output. */
export async function nextSnapshot(
	nr: RunningNodeRed,
	from = 'in',
	more: MessageFilter = {},
): Promise<Snapshot> {
	return (await nr.message({ from, port: 0, ...more })) as unknown as Snapshot;
}

export interface Event {
	readonly event: string;
	readonly vehicle: string;
	readonly time: number;
	readonly reason?: string;
	readonly status?: number;
	readonly remoteAddress?: string;
	readonly deviceId?: string;
	readonly previousDeviceId?: string;
}

/** The events that a node has told and nobody took, in order; to be called when the last one must have been told. */
export async function eventsOf(nr: RunningNodeRed, from = 'in'): Promise<Event[]> {
	await nr.sync();
	return nr.untakenMessages({ from, port: 1 }).map(({ payload }) => payload as Event);
}
