import { connect, createServer, type Server, type Socket } from 'node:net';

/** Hands connections out to several ports of this machine in turns, past those that take none. */
export class Balancer {
	private readonly server: Server;
	private readonly sockets = new Set<Socket>();
	private turn = 0;

	private constructor(private readonly ports: readonly number[]) {
		this.server = createServer({ allowHalfOpen: true, noDelay: true }, (device) => {
			this.hold(device);
			this.join(device, this.turn++, ports.length);
		});
	}

	static async open(ports: readonly number[]): Promise<Balancer> {
		const balancer = new Balancer(ports);
		await new Promise<void>((resolve) => balancer.server.listen(0, '127.0.0.1', resolve));
		return balancer;
	}

	get url(): string {
		const address = this.server.address();
		return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
	}

	async close(): Promise<void> {
		for (const socket of this.sockets) socket.destroy();
		await new Promise<void>((resolve) => this.server.close(() => resolve()));
	}

	/** @param left how many ports may still be tried */
	private join(device: Socket, turn: number, left: number): void {
		const port = this.ports[turn % this.ports.length] ?? 0;
		const server = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
		this.hold(server);
		let isConnected = false;
		server.on('connect', () => {
			isConnected = true;
			device.pipe(server).pipe(device);
		});
		server.on('close', () => {
			if (isConnected || left <= 1) device.destroy();
			else this.join(device, turn + 1, left - 1);
		});
		device.on('close', () => server.destroy());
	}

	private hold(socket: Socket): void {
		this.sockets.add(socket);
		socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
	}
}
