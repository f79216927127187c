import type { Socket } from 'node:net';

/** A connection to the PDU. */
export interface Connection {
	/** Counted from 1. */
	readonly n: number;
	/** Requests that it has served. */
	served: number;
	/** Resolves when the requests before are answered: a PDU answers one after the other. */
	turn: Promise<void>;
}

/** The connections that are open. */
export class Connections {
	/** How many there have been so far. */
	count = 0;
	readonly #open = new Map<Socket, Connection>();

	get open(): number {
		return this.#open.size;
	}

	/** Takes a new connection, or closes it at once. */
	admit(socket: Socket, welcome: boolean): void {
		this.count++;
		socket.on('error', () => undefined);
		socket.setNoDelay(true);
		if (!welcome) {
			socket.destroy();
			return;
		}
		this.#open.set(socket, { n: this.count, served: 0, turn: Promise.resolve() });
		socket.once('close', () => this.#open.delete(socket));
	}

	of(socket: Socket): Connection | undefined {
		return this.#open.get(socket);
	}

	drop(): void {
		for (const socket of this.#open.keys()) {
			socket.destroy();
		}
	}
}

/** The address of the other side; an IPv4 address is told as such. */
export function remoteAddress(socket: Socket): string {
	return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}
