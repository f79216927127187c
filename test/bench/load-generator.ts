/**
 * Posts to a server as fast as it answers, over a number of connections at once. Everything is made before the time
 * starts, so that the server is the one who has to work.
 */
import { connect, type Socket } from 'node:net';
import { answerCalls } from './calls.js';
import type { Answer, MakePost, Post, Recipient } from './load.js';
import { quantile } from './statistics.js';
import { UPS_LOADS } from './ups/load.js';
import { WICAN_LOADS } from './wican/load.js';

const LOADS = { ...UPS_LOADS, ...WICAN_LOADS } as const;

export type LoadName = keyof typeof LOADS;

/** What to post. */
export interface Order {
	readonly load: LoadName;
	readonly to: Recipient;
	readonly posts: number;
	/** POSTs under way at once. */
	readonly connections: number;
	/** Whether a connection is used again, or each POST has one of its own as those of the devices have. */
	readonly keepAlive: boolean;
}

/** How it went. Every POST was answered with 200, or there is no result. */
export interface LoadResult {
	readonly perSecond: number;
	/** Milliseconds from the first byte (with a new connection: from opening it) to the last one of the answer. */
	readonly p50: number;
	readonly p99: number;
	/** Answers of which more than the status was checked. */
	readonly checked: number;
	/** How much of one processor the load itself needed. */
	readonly busy: number;
}

/** Every so many answers are kept and checked afterwards. */
const CHECK_EVERY = 25;
const OK = 'HTTP/1.1 200 ';
/** How much of an unwanted answer is shown, in bytes. */
const SHOWN = 1000;

let made = 0;
let prepared: Post[] = [];
let order: Order | undefined;

function prepare(next: Order): void {
	const make: MakePost = LOADS[next.load];
	order = next;
	prepared = Array.from({ length: next.posts }, () => make(next.to, ++made));
	globalThis.gc?.();
}

/** The length of the first answer in these bytes, undefined while its head is not complete. */
function answerLength(bytes: Buffer): number | undefined {
	const end = bytes.indexOf('\r\n\r\n');
	if (end < 0) return undefined;
	const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
	if (length === undefined)
		throw new Error(`an answer without Content-Length: ${bytes.toString('latin1', 0, end)}`);
	return end + 4 + Number(length);
}

function cut(answer: Buffer): Answer {
	const end = answer.indexOf('\r\n\r\n') + 4;
	return { head: answer.toString('latin1', 0, end), body: answer.subarray(end) };
}

/** All POSTs of an order, on their way. */
class Load {
	private sent = 0;
	private answered = 0;
	private readonly kept: [Post, Buffer][] = [];
	private readonly latencies: Float64Array;

	constructor(
		private readonly order: Order,
		private readonly posts: readonly Post[],
		private readonly settle: { resolve(): void; reject(error: Error): void },
	) {
		this.latencies = new Float64Array(posts.length);
	}

	start(): void {
		for (let index = 0; index < this.order.connections; index++) this.next(undefined);
	}

	result(seconds: number, busy: number): LoadResult {
		for (const [post, answer] of this.kept) post.check(cut(answer));
		const sorted = this.latencies.sort();
		return {
			perSecond: this.posts.length / seconds,
			p50: quantile(sorted, 0.5),
			p99: quantile(sorted, 0.99),
			checked: this.kept.length,
			busy: busy / seconds,
		};
	}

	private next(open: Socket | undefined): void {
		const index = this.sent++;
		const post = this.posts[index];
		if (post === undefined) return void open?.end();
		const began = performance.now();
		const socket = open ?? connect({ port: this.order.to.port, host: '127.0.0.1', noDelay: true });
		const fail = (): void => this.settle.reject(new Error('a connection was closed before the answer'));
		let received: Buffer | undefined;
		const take = (piece: Buffer): void => {
			received = received ? Buffer.concat([received, piece]) : piece;
			if (!this.isComplete(received)) return;
			this.latencies[index] = performance.now() - began;
			socket.off('data', take).off('close', fail);
			this.done(post, received);
			this.next(this.order.keepAlive ? socket : this.finish(socket));
		};
		if (open === undefined) socket.on('error', (error) => this.settle.reject(error));
		socket.on('data', take).on('close', fail).write(post.bytes);
	}

	private isComplete(received: Buffer): boolean {
		try {
			const length = answerLength(received);
			return length !== undefined && received.length >= length;
		} catch (error) {
			this.settle.reject(error as Error);
			return false;
		}
	}

	private finish(socket: Socket): undefined {
		socket.end();
		socket.resume();
	}

	private done(post: Post, answer: Buffer): void {
		if (answer.toString('latin1', 0, OK.length) !== OK) {
			this.settle.reject(new Error(`a POST was not accepted: ${answer.toString('latin1', 0, SHOWN)}`));
		}
		this.answered++;
		if (this.answered % CHECK_EVERY === 1) this.kept.push([post, answer]);
		if (this.answered === this.posts.length) this.settle.resolve();
	}
}

async function post(): Promise<LoadResult> {
	if (order === undefined) throw new Error('nothing was prepared');
	const posts = prepared;
	prepared = [];
	const settle = Promise.withResolvers<void>();
	const load = new Load(order, posts, settle);
	const before = process.cpuUsage();
	const began = performance.now();
	load.start();
	await settle.promise;
	const seconds = (performance.now() - began) / 1000;
	const { user, system } = process.cpuUsage(before);
	return load.result(seconds, (user + system) / 1e6);
}

process.on('SIGTERM', () => process.exit());
answerCalls({ prepare, post }, undefined);
