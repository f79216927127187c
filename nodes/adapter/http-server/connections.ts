import type { ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { peerAddress, senderKey } from './client-address.js';
import { FairShares } from './fair-shares.js';
import type { Progress } from './request-handler.js';

/** An open connection of an own listener. */
export class Connection implements Progress {
	/** The response to the newest request. */
	response: ServerResponse | undefined;
	/** Whether what came was no HTTP, so that nothing more is expected. */
	failed = false;
	/** Requests that came in the present turn of the event loop. */
	private requests = 0;

	constructor(
		/** The TCP connection, also where TLS runs over it. */
		readonly socket: Socket,
		/** The sender, as `senderKey` names it. */
		public sender: string,
		private readonly waiting: FairShares<Connection>,
	) {}

	/** Counts a request. @returns how many have come in the present turn of the event loop */
	count(): number {
		if (this.requests === 0)
			setImmediate(() => {
				this.requests = 0;
			});
		return ++this.requests;
	}

	/** Sets the sender that a trusted proxy has named. */
	belongsTo(sender: string): void {
		if (sender === this.sender) return;
		const isWaiting = this.waiting.delete(this.sender, this);
		this.sender = sender;
		if (isWaiting) this.waiting.add(sender, this);
	}

	delivered(): void {
		this.waiting.delete(this.sender, this);
	}

	answered(): void {
		if (!this.socket.destroyed) this.waiting.add(this.sender, this);
	}
}

const CONNECTION = Symbol('connection');

/** A socket with what belongs to it. A WeakMap would cost the garbage collector more than the whole request. */
type Tracked = Duplex & { [CONNECTION]?: Connection };

/** Identifies a connection of one listener; TLS wraps a socket without a public way back to it. */
function peerKey(socket: Socket): string {
	return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;
}

/**
 * The open connections of one listener, at most `limit`. One more closes one that waits for a complete request: the one
 * that has waited longest of the sender that has most of them, so that nobody can keep the devices of others out.
 */
export class Connections {
	private readonly open = new Set<Connection>();
	private readonly waiting = new FairShares<Connection>();
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

	/** Closes each connection after the answer that is in progress on it. */
	endWithAnswers(): void {
		for (const { response } of this.open) if (response) response.shouldKeepAlive = false;
	}

	/** Closes connections that have never sent anything. */
	closeSilent(): void {
		for (const { socket } of this.open) if (socket.bytesRead === 0) socket.destroy();
	}

	closeAll(): void {
		for (const { socket } of this.open) socket.destroy();
	}

	private add(socket: Socket, secure: boolean): void {
		const connection = new Connection(socket, senderKey(peerAddress(socket)), this.waiting);
		this.open.add(connection);
		this.waiting.add(connection.sender, connection);
		const key = secure ? peerKey(socket) : '';
		if (secure) this.byPeer.set(key, connection);
		else (socket as Tracked)[CONNECTION] = connection;
		socket.once('close', () => {
			this.remove(connection);
			if (this.byPeer.get(key) === connection) this.byPeer.delete(key);
		});
		if (this.open.size > this.limit) this.makeRoom();
	}

	private remove(connection: Connection): void {
		this.open.delete(connection);
		this.waiting.delete(connection.sender, connection);
	}

	private secured(socket: Socket): void {
		const connection = this.byPeer.get(peerKey(socket));
		if (connection) (socket as Tracked)[CONNECTION] = connection;
		else socket.destroy();
	}

	/** Closes one: the newcomer itself where no other waits. */
	private makeRoom(): void {
		const one = this.waiting.oldestOfMost();
		if (one === undefined) return;
		// Removed at once: the socket's close event comes later.
		this.remove(one);
		one.socket.destroy();
	}
}
