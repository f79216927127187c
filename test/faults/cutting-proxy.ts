import { connect, createServer, type Server, type Socket } from 'node:net';

/** When a connection ends: after so many bytes of the request or of the answer. */
export interface Cut {
	readonly side: 'request' | 'answer';
	readonly after: number;
	/** By a reset, which may take what was on its way, instead of an end in good order. */
	readonly reset: boolean;
}

type Side = Cut['side'];

/** Stands between a device and Node-RED, and cuts connections where it is told to. */
export class CuttingProxy {
	/** For the connections that come from now on. */
	cut: Cut | undefined;
	/** What the last connection carried until its end. */
	carried: Record<Side, number> = { request: 0, answer: 0 };
	private readonly server: Server;
	private readonly sockets = new Set<Socket>();

	private constructor(private readonly port: number) {
		this.server = createServer({ allowHalfOpen: true, noDelay: true }, (device) => this.join(device));
	}

	/** Opens one in front of a port of this machine. */
	static async open(port: number): Promise<CuttingProxy> {
		const proxy = new CuttingProxy(port);
		await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
		return proxy;
	}

	get url(): string {
		const address = this.server.address();
		return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
	}

	async close(): Promise<void> {
		for (const socket of this.sockets) socket.destroy();
		await new Promise<void>((resolve) => this.server.close(() => resolve()));
	}

	private join(device: Socket): void {
		const { cut } = this;
		const nodeRed = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
		const both = [device, nodeRed];
		for (const socket of both) {
			this.sockets.add(socket);
			socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
		}
		const end = (): void => {
			for (const socket of both) cut?.reset ? socket.resetAndDestroy() : socket.destroy();
		};
		const carried = { request: 0, answer: 0 };
		this.carried = carried;
		const pump = (side: Side, from: Socket, to: Socket): void => {
			const limit = cut?.side === side ? cut.after : Number.POSITIVE_INFINITY;
			from.on('data', (bytes) => {
				const piece = bytes.subarray(0, limit - carried[side]);
				carried[side] += piece.length;
				if (carried[side] < limit) to.write(piece);
				else to.write(piece, end);
			});
			from.on('end', () => to.end()).on('close', () => to.end());
		};
		pump('request', device, nodeRed);
		pump('answer', nodeRed, device);
	}
}

/** Positions in so many bytes, none of them twice: every one, or at most so many, spread over all. */
export function positions(bytes: number, most: number, random: () => number): number[] {
	if (most > bytes) return Array.from({ length: bytes + 1 }, (_, at) => at);
	const width = (bytes + 1) / most;
	return Array.from({ length: most }, (_, part) => Math.floor((part + random()) * width));
}
