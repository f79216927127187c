import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** What a connection is given for a request: literal bytes, or whatever shall happen to it. */
export type Reply = string | Buffer | ((socket: Socket) => void);

/** One request as its bytes came. */
export interface RawRequest {
	readonly connection: number;
	readonly bytes: string;
}

/** An answer with a length, of a form unless other header lines are given. */
export function answer(body: string, head = 'Content-Type: application/x-www-form-urlencoded'): string {
	return `HTTP/1.1 200 OK\r\n${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** A server that gives its replies in turn, whatever it is asked, and says nothing once they are used up. */
export class RawServer extends EventEmitter {
	readonly requests: RawRequest[] = [];
	connections = 0;
	/** Connections that are open. */
	readonly sockets = new Set<Socket>();
	private readonly server: Server;

	constructor(
		private readonly replies: Reply[],
		tls?: TlsOptions,
	) {
		super();
		this.server = tls
			? createTlsServer(tls, (socket) => this.serve(socket))
			: createServer((socket) => this.serve(socket));
		this.server.on('tlsClientError', () => undefined);
	}

	static async open(replies: Reply[], tls?: TlsOptions, host = '127.0.0.1'): Promise<RawServer> {
		const raw = new RawServer(replies, tls);
		raw.server.listen(0, host);
		await once(raw.server, 'listening');
		return raw;
	}

	get port(): number {
		return (this.server.address() as AddressInfo).port;
	}

	/** The first lines of all requests. */
	get lines(): string[] {
		return this.requests.map(({ bytes }) => bytes.slice(0, bytes.indexOf(' HTTP/1.1')));
	}

	/** Resolves once so many requests have come. */
	async asked(count: number): Promise<void> {
		while (this.requests.length < count) await once(this, 'request');
	}

	/** Resolves once every connection that there was has ended. */
	async quiet(): Promise<void> {
		while (this.sockets.size > 0) await once(this, 'closed');
	}

	async close(): Promise<void> {
		for (const socket of this.sockets) socket.destroy();
		this.server.close();
		await once(this.server, 'close');
	}

	private serve(socket: Socket): void {
		const connection = ++this.connections;
		let waiting = '';
		this.sockets.add(socket);
		this.emit('connection');
		socket.on('error', () => undefined);
		socket.on('close', () => {
			this.sockets.delete(socket);
			this.emit('closed');
		});
		socket.on('data', (piece: Buffer) => {
			waiting += piece.toString('latin1');
			const end = waiting.indexOf('\r\n\r\n') + 4;
			const length = Number(/content-length: (\d+)/i.exec(waiting)?.[1] ?? 0);
			if (end < 4 || waiting.length < end + length) return;
			this.requests.push({ connection, bytes: waiting });
			waiting = '';
			const reply = this.replies.shift();
			if (typeof reply === 'function') reply(socket);
			else if (reply !== undefined) socket.write(reply);
			this.emit('request');
		});
	}
}
