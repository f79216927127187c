import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { type Connection, Connections, remoteAddress } from './connections.js';
import { deliver } from './deliver.js';
import { HpduDevice } from './device.js';
import { type Delivery, type Fault, Faults } from './faults.js';
import type { HpduOptions } from './options.js';
import type { RecordedRequest } from './record.js';
import { realAlarm, Waits } from './waits.js';

export interface HpduServerOptions extends HpduOptions {
	/** `wall`: time passes by itself; `simulated`: with `advance` only. Default `wall`. */
	readonly time?: 'wall' | 'simulated';
	/** Speaks HTTPS with these PEM texts. */
	readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
	/** Largest chunk of an answer. Default 1024. */
	readonly chunkBytes?: number;
	/** Connections beyond these are closed at once. */
	readonly maxConnections?: number;
	/** Is told of each request when its answer leaves, or when it is clear that there will be none. */
	readonly onRequest?: (request: RecordedRequest) => void;
}

const CHUNK_BYTES = 1024;
const KEPT_REQUESTS = 10_000;
/** Larger bodies are refused by closing the connection; a PDU has little memory. */
const MAX_BODY = 65_536;
/** How often time passes by itself, in milliseconds. */
const TICK = 200;

/** The body, or undefined when it is too long or never complete. Leaves the connection as it is. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
	return new Promise((resolve) => {
		const parts: Buffer[] = [];
		let length = 0;
		request.on('data', (part: Buffer) => {
			parts.push(part);
			length += part.length;
			if (length > MAX_BODY) {
				resolve(undefined);
			}
		});
		request.on('end', () => resolve(Buffer.concat(parts)));
		request.on('close', () => resolve(undefined));
	});
}

/** Resolves when the answer has left, or when its connection is gone. */
function finished(response: ServerResponse, socket: Socket): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			socket.off('close', done);
			resolve();
		};
		response.once('close', done);
		socket.once('close', done);
		if (socket.destroyed) {
			done();
		}
	});
}

/** A PDU in a network. */
export class HpduServer {
	readonly device: HpduDevice;
	/** Every request that has arrived complete; of very many the last ones. */
	readonly requests: RecordedRequest[] = [];
	readonly faults = new Faults();
	/** The most requests that were without an answer at once. */
	maxInFlight = 0;
	readonly #options: HpduServerOptions;
	readonly #server: Server;
	readonly #connections = new Connections();
	readonly #waits: Waits;
	readonly #arrivals = new EventEmitter();
	#arrived = 0;
	#inFlight = 0;
	#ticked = performance.now();
	#ticker: NodeJS.Timeout | undefined;

	/** @throws RangeError when there cannot be such a PDU */
	constructor(options: HpduServerOptions = {}) {
		this.#options = options;
		this.device = new HpduDevice(options);
		this.device.onReboot = () => this.dropConnections();
		const { timeline } = this.device;
		this.#waits = new Waits(options.time === 'simulated' ? (ms, ring) => timeline.in(ms, ring) : realAlarm);
		const onRequest = (request: IncomingMessage, response: ServerResponse) => {
			response.sendDate = false;
			const { socket } = request;
			this.#receive(request, response, socket).catch(() => socket.destroy());
		};
		this.#server = options.tls ? createSecureServer(options.tls, onRequest) : createServer(onRequest);
		this.#server.keepAliveTimeout = 0;
		this.#server.on(options.tls ? 'secureConnection' : 'connection', (socket) => this.#connect(socket));
		this.#server.on('clientError', (_, socket) => socket.destroy());
		this.#server.on('tlsClientError', () => undefined);
	}

	/** One that listens at a free port of 127.0.0.1. */
	static async start(options: HpduServerOptions = {}): Promise<HpduServer> {
		const server = new HpduServer(options);
		await server.listen();
		return server;
	}

	/** @throws Error when the port is taken */
	async listen(port = 0, host = '127.0.0.1'): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			this.#server.once('error', reject);
			this.#server.listen(port, host, () => {
				this.#server.off('error', reject);
				resolve();
			});
		});
		this.#ticked = performance.now();
		this.#ticker = setInterval(() => this.#tick(), TICK);
		this.#ticker.unref();
	}

	get port(): number {
		const address = this.#server.address();
		return typeof address === 'object' && address ? address.port : 0;
	}

	get host(): string {
		const address = this.#server.address();
		return typeof address === 'object' && address ? address.address : '';
	}

	/** Without a slash at its end. */
	get url(): string {
		const host = this.host.includes(':') ? `[${this.host}]` : this.host;
		return `${this.#options.tls ? 'https' : 'http'}://${host}:${this.port}`;
	}

	/** Connections so far, closed ones included. */
	get connections(): number {
		return this.#connections.count;
	}

	/** Connections that are open now. */
	get open(): number {
		return this.#connections.open;
	}

	/** Resolves when so many requests have arrived, counted from the first. */
	async arrived(count: number): Promise<void> {
		while (this.#arrived < count) {
			await once(this.#arrivals, 'request');
		}
	}

	/** Lets simulated time pass: answers that were waiting leave. */
	advance(ms: number): void {
		this.device.advance(ms);
	}

	/** Closes all connections, as when the network cable is pulled for a moment. */
	dropConnections(): void {
		this.#connections.drop();
	}

	/** Reboots the PDU at once; all connections are lost. */
	reboot(): void {
		this.#tick();
		this.device.reboot();
	}

	async close(): Promise<void> {
		clearInterval(this.#ticker);
		this.#waits.end();
		this.dropConnections();
		await new Promise<void>((resolve) => this.#server.close(() => resolve()));
	}

	#tick(): void {
		const now = performance.now();
		this.device.advance(this.#options.time === 'simulated' ? 0 : now - this.#ticked);
		this.#ticked = now;
	}

	#connect(socket: Socket): void {
		this.#tick();
		const { maxConnections = Number.POSITIVE_INFINITY, tls } = this.#options;
		const heard = this.device.listensTo(remoteAddress(socket), tls !== undefined);
		this.#connections.admit(socket, heard && this.open < maxConnections);
	}

	async #receive(request: IncomingMessage, response: ServerResponse, socket: Socket): Promise<void> {
		const connection = this.#connections.of(socket);
		const body = await readBody(request);
		if (!connection || !body) {
			socket.destroy();
			return;
		}
		const record = this.#record(request, body, connection);
		const before = connection.turn;
		connection.turn = before.then(() => this.#serve(socket, response, record));
		await connection.turn;
	}

	#record(request: IncomingMessage, body: Buffer, { n, served }: Connection): RecordedRequest {
		this.#inFlight++;
		const record: RecordedRequest = {
			method: request.method ?? '',
			path: request.url ?? '',
			headers: request.headers,
			rawHeaders: request.rawHeaders,
			body,
			at: performance.now(),
			connection: n,
			reused: served > 0,
			open: this.open,
			inFlight: this.#inFlight,
		};
		this.maxInFlight = Math.max(this.maxInFlight, this.#inFlight);
		this.requests.push(record);
		if (this.requests.length > KEPT_REQUESTS) {
			this.requests.shift();
		}
		this.#arrived++;
		this.#arrivals.emit('request');
		return record;
	}

	async #serve(socket: Socket, response: ServerResponse, record: RecordedRequest): Promise<void> {
		const connection = this.#connections.of(socket);
		this.#tick();
		const delivery = this.#answer(socket, record);
		if (delivery.delay > 0) {
			await this.#waits.for(delivery.delay, socket);
		}
		const left = finished(response, socket);
		record.status = deliver(socket, response, delivery, this.#options.chunkBytes ?? CHUNK_BYTES);
		if (delivery.manner === 'never') {
			await left;
		}
		this.#settle(record, connection);
		await left;
		this.#tick();
	}

	/** Not when the answer has left: by then the client may have sent the next request. */
	#settle(record: RecordedRequest, connection: Connection | undefined): void {
		this.#inFlight--;
		record.answeredAt = performance.now();
		if (connection) {
			connection.served++;
		}
		this.#options.onRequest?.(record);
	}

	/** Asks the PDU, and lets happen to its answer what is to happen. */
	#answer(socket: Socket, record: RecordedRequest): Delivery {
		const faults = this.faults.take(record);
		const unheard = faults.some((fault) => fault.unheard);
		const answer = unheard
			? undefined
			: this.device.handle({
					method: record.method,
					path: record.path,
					authorization: record.headers.authorization,
					body: record.body,
					from: remoteAddress(socket),
					secure: this.#options.tls !== undefined,
				});
		const plain: Delivery = answer
			? { ...answer, manner: 'whole', delay: answer.takes }
			: { status: 0, type: undefined, body: Buffer.alloc(0), manner: 'close', delay: 0 };
		return faults.reduce((delivery: Delivery, fault: Fault) => fault.change(delivery), plain);
	}
}
