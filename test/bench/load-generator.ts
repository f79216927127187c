/**
 * Posts to a server as fast as it answers, over a number of connections at once. Everything is made and signed
 * before the time starts, so that the server is the one who has to work.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { answerSignature, encodePost } from '../devices/ups/index.js';
import { answerCalls } from './calls.js';
import { deviceId, deviceKey, telemetryBody } from './fleet.js';
import { quantile } from './statistics.js';

/** What to post. */
export interface Order {
	readonly port: number;
	/** Undefined: each device posts to its own path. */
	readonly path: string | undefined;
	/** The devices post in turn. */
	readonly devices: number;
	readonly posts: number;
	/** POSTs under way at once. */
	readonly connections: number;
	/** Whether a connection is used again, or each POST has one of its own as those of a UPS have. */
	readonly keepAlive: boolean;
}

/** How it went. Every POST was answered with 200, or there is no result. */
export interface LoadResult {
	readonly perSecond: number;
	/** Milliseconds from the first byte (with a new connection: from opening it) to the last one of the answer. */
	readonly p50: number;
	readonly p99: number;
	/** Answers whose signature was checked. */
	readonly checked: number;
	/** How much of one processor the load itself needed. */
	readonly busy: number;
}

interface Prepared {
	readonly bytes: Buffer;
	readonly device: number;
	readonly nonce: string;
}

/** Every so many answers are kept and their signatures checked afterwards. */
const CHECK_EVERY = 25;
const OK = 'HTTP/1.1 200 ';

const run = randomBytes(4).toString('hex');
let made = 0;
let prepared: Prepared[] = [];
let order: Order | undefined;

function prepare(next: Order): void {
	const { port, path, devices, posts } = next;
	const ts = Math.floor(Date.now() / 1000);
	order = next;
	prepared = Array.from({ length: posts }, (_, index) => {
		const device = index % devices;
		const nonce = run + (++made).toString(16).padStart(8, '0');
		const post = encodePost(
			{
				url: `http://127.0.0.1:${port}`,
				deviceId: deviceId(device),
				key: deviceKey(device),
				ts: String(ts),
				nonce,
				body: telemetryBody(ts, made),
			},
			path === undefined ? {} : { path },
		);
		return { bytes: Buffer.concat([post.head, post.body]), device, nonce };
	});
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

function checkSignature({ device, nonce }: Prepared, answer: Buffer): void {
	const text = answer.toString('latin1');
	const body = answer.subarray(answer.indexOf('\r\n\r\n') + 4);
	const signature = /\r\nx-w3pups-sig: *([0-9a-f]{64})\r\n/i.exec(text)?.[1]?.toLowerCase();
	if (signature !== answerSignature(deviceKey(device), nonce, body) || !text.includes('{"commands":[')) {
		throw new Error(`an answer without a valid signature: ${text}`);
	}
}

/** All POSTs of an order, on their way. */
class Load {
	private sent = 0;
	private answered = 0;
	private readonly kept: [Prepared, Buffer][] = [];
	private readonly latencies: Float64Array;

	constructor(
		private readonly order: Order,
		private readonly posts: readonly Prepared[],
		private readonly settle: { resolve(): void; reject(error: Error): void },
	) {
		this.latencies = new Float64Array(posts.length);
	}

	start(): void {
		for (let index = 0; index < this.order.connections; index++) this.next(undefined);
	}

	result(seconds: number, busy: number): LoadResult {
		for (const [post, answer] of this.kept) checkSignature(post, answer);
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
		const socket = open ?? connect({ port: this.order.port, host: '127.0.0.1', noDelay: true });
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

	private done(post: Prepared, answer: Buffer): void {
		if (answer.toString('latin1', 0, OK.length) !== OK) {
			this.settle.reject(new Error(`a POST was not accepted: ${answer.toString('latin1')}`));
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
