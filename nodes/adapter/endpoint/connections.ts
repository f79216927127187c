import type { ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Progress } from './exchange.js';

/** An open connection of an own listener. */
export class Connection implements Progress {
	/** The response to the newest request. */
	response: ServerResponse | undefined;
	/** Whether what came was no HTTP, so that nothing more is expected. */
	failed = false;

	constructor(
		readonly id: number,
		/** The TCP connection, also where TLS runs over it. */
		readonly socket: Socket,
		private readonly waiting: Map<number, Connection>,
	) {}

	delivered(): void {
		this.waiting.delete(this.id);
	}

	answered(): void {
		this.waiting.set(this.id, this);
	}
}

const CONNECTION = Symbol('connection');

/** A socket with what belongs to it. A WeakMap would cost the garbage collector more than the whole request. */
type Tracked = Duplex & { [CONNECTION]?: Connection };

/** Tells connections apart on one listener; TLS wraps a socket without a public way back to it. */
function peerKey(socket: Socket): string {
	return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;
}

/**
 * The open connections of one listener, at most `limit`. One more closes the one that has waited longest without
 * delivering a complete request, so that connections which never send cannot keep a device out.
 */
export class Connections {
	private readonly open = new Map<number, Connection>();
	private readonly waiting = new Map<number, Connection>();
	private count = 0;
	private readonly byPeer = new Map<string, Connection>();

	constructor(private readonly limit: number) {}

	/** Watches a server; `secure` is one that speaks TLS. */
	attach(server: Server, secure: boolean): void {
		server.on('connection', (socket: Socket) => this.add(socket, secure));
		if (secure) server.on('secureConnection', (socket: Socket) => this.secured(socket));
	}

	/** The connection that a request or an error came over; undefined while TLS is not established. */
	of(socket: Duplex): Connection | undefined {
		return (socket as Tracked)[CONNECTION];
	}

	/** Lets each connection end with the answer that is under way on it. */
	endWithAnswers(): void {
		for (const { response } of this.open.values()) if (response) response.shouldKeepAlive = false;
	}

	/** Closes connections that have never sent anything. */
	closeSilent(): void {
		for (const { socket } of this.open.values()) if (socket.bytesRead === 0) socket.destroy();
	}

	closeAll(): void {
		for (const { socket } of this.open.values()) socket.destroy();
	}

	private add(socket: Socket, secure: boolean): void {
		if (this.open.size >= this.limit && !this.makeRoom()) return void socket.destroy();
		const id = this.count++;
		const connection = new Connection(id, socket, this.waiting);
		this.open.set(id, connection);
		this.waiting.set(id, connection);
		const key = secure ? peerKey(socket) : '';
		if (secure) this.byPeer.set(key, connection);
		else (socket as Tracked)[CONNECTION] = connection;
		socket.once('close', () => {
			this.open.delete(id);
			this.waiting.delete(id);
			if (this.byPeer.get(key) === connection) this.byPeer.delete(key);
		});
	}

	private secured(socket: Socket): void {
		const connection = this.byPeer.get(peerKey(socket));
		if (connection) (socket as Tracked)[CONNECTION] = connection;
		else socket.destroy();
	}

	private makeRoom(): boolean {
		const longest = this.waiting.values().next().value;
		if (longest === undefined) return false;
		// Taken off at once: the socket itself tells of its end only later.
		this.waiting.delete(longest.id);
		this.open.delete(longest.id);
		longest.socket.destroy();
		return true;
	}
}
