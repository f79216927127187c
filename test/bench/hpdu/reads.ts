/** Reads a register again and again, the next time when the answer is there. Runs in the process of Node-RED. */
import { deepEqual, equal } from 'node:assert/strict';
import { Client } from 'undici';
import { SELF, type Usage } from '../calls.js';
import { BODY, MNEMONIC, NAME, PATH, type Session, sign } from './login.js';

/** What is to be read, and how. Plain data: it comes from the process of the benchmark. */
export interface ReadOrder {
	/** `flow`: by a flow; `request` and `dispatch`: with undici alone, by its usual way or the one below it. */
	readonly way: 'flow' | 'request' | 'dispatch';
	/** The nodes of the flow that a message is given to, and whose work ends it. */
	readonly first: string;
	readonly last: string;
	readonly port: number;
	readonly session: Session;
	readonly reads: number;
}

export interface ReadResult {
	/** Milliseconds that each read took. */
	readonly latencies: Float64Array;
	/** What the process has used for them. */
	readonly used: Usage;
	/** Answers whose content was checked. */
	readonly checked: number;
}

/** Which node is done with which message. */
interface Completion {
	readonly msg: { readonly payload?: unknown };
	readonly error?: Error | string;
	readonly node: { readonly id: string };
}

/** What is needed of Node-RED. */
export interface Flows {
	readonly nodes: { getNode(id: string): { receive(msg: object): void } };
	readonly hooks: {
		add(hook: 'onComplete.read', listener: (completion: Completion) => void): void;
		remove(hook: 'onComplete.read'): void;
	};
}

/** Reads once, and gives what is to be checked. */
interface Reader {
	read(): Promise<unknown>;
	check(result: unknown): void;
	close(): Promise<void>;
}

/** Every so many answers one is checked. */
const CHECK_EVERY = 25;

/** A message is given to the flow when its last node is done with the one before. */
function byFlow({ first, last }: ReadOrder, { nodes, hooks }: Flows): Reader {
	const entry = nodes.getNode(first);
	let done = Promise.withResolvers<unknown>();
	hooks.add('onComplete.read', ({ msg, error, node }) => {
		if (error) done.reject(error);
		else if (node.id === last) done.resolve(msg.payload);
	});
	return {
		read() {
			done = Promise.withResolvers();
			entry.receive({ _msgid: 'read' });
			return done.promise;
		},
		check: (payload) => deepEqual({ ...(payload as object) }, { [MNEMONIC]: NAME }),
		close: async () => hooks.remove('onComplete.read'),
	};
}

/** The header of the present second, made once in each as the collection does. */
function signer(session: Session): () => string {
	let second = 0;
	let header = '';
	return () => {
		const now = Math.floor(Date.now() / 1000);
		if (now !== second) header = sign(session, now);
		second = now;
		return header;
	};
}

function byRequest({ port, session }: ReadOrder): Reader {
	const client = new Client(`http://127.0.0.1:${port}`);
	const authorization = signer(session);
	return {
		async read() {
			const headers = { authorization: authorization() };
			const { statusCode, body } = await client.request({ method: 'GET', path: PATH, headers });
			equal(statusCode, 200);
			return body.text();
		},
		check: (text) => equal(text, BODY),
		close: () => client.close(),
	};
}

function byDispatch({ port, session }: ReadOrder): Reader {
	const client = new Client(`http://127.0.0.1:${port}`);
	const authorization = signer(session);
	const read = () =>
		new Promise<string>((resolve, reject) => {
			const pieces: Buffer[] = [];
			const headers = { authorization: authorization() };
			client.dispatch(
				{ method: 'GET', path: PATH, headers },
				{
					onRequestStart: () => undefined,
					onResponseStart: (_controller, status) => equal(status, 200),
					onResponseData: (_controller, piece) => pieces.push(piece),
					onResponseEnd: () => resolve(Buffer.concat(pieces).toString()),
					onResponseError: (_controller, error) => reject(error),
				},
			);
		});
	return { read, check: (text) => equal(text, BODY), close: () => client.close() };
}

const WAYS = { flow: byFlow, request: byRequest, dispatch: byDispatch } as const;

/** Reads as often as ordered, one after the other. */
export async function readAgainAndAgain(order: ReadOrder, flows: Flows): Promise<ReadResult> {
	const { reads, way } = order;
	const reader = WAYS[way](order, flows);
	const latencies = new Float64Array(reads);
	const kept: unknown[] = [];
	// The connection is no part of what is measured.
	reader.check(await reader.read());
	const before = SELF.usage();
	let last = performance.now();
	for (let index = 0; index < reads; index++) {
		const result = await reader.read();
		const now = performance.now();
		latencies[index] = now - last;
		last = now;
		if (index % CHECK_EVERY === 0) kept.push(result);
	}
	const after = SELF.usage();
	await reader.close();
	for (const result of kept) reader.check(result);
	const used = { all: after.all - before.all, main: after.main - before.main };
	return { latencies, used, checked: kept.length };
}
