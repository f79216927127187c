import { connect, createServer, type Server, type Socket } from 'node:net';

/** Gives bytes to Node-RED and resolves with what it answers; undefined when it gives no whole answer. */
export type Forward = (request: Buffer) => Promise<Buffer | undefined>;

/** Decides what becomes of a request: what is forwarded, and what the device is answered; undefined for nothing. */
export type Meddling = (request: Buffer, forward: Forward) => Promise<Buffer | undefined>;

const END_OF_HEAD = '\r\n\r\n';

/** Stands between a device and Node-RED, reads whole requests and whole answers, and does with them what it likes. */
export class MeddlingProxy {
	/** For the requests that come from now on. */
	meddling: Meddling = (request, forward) => forward(request);
	private readonly server: Server = createServer((device) => this.serve(device));
	private readonly devices = new Set<Socket>();

	private constructor(private readonly port: number) {}

	/** Opens one in front of a port of this machine. */
	static async open(port: number): Promise<MeddlingProxy> {
		const proxy = new MeddlingProxy(port);
		await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
		return proxy;
	}

	get url(): string {
		const address = this.server.address();
		return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
	}

	async close(): Promise<void> {
		for (const device of this.devices) device.destroy();
		await new Promise<void>((resolve) => this.server.close(() => resolve()));
	}

	readonly forward: Forward = (request) =>
		new Promise((resolve) => {
			const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true }, () =>
				socket.write(request),
			);
			whole(socket).then((answer) => {
				socket.destroy();
				resolve(answer);
			});
		});

	private serve(device: Socket): void {
		this.devices.add(device);
		device.on('close', () => this.devices.delete(device));
		whole(device)
			.then((request) => request && this.meddling(request, this.forward))
			.then(
				(answer) => device.end(answer ?? ''),
				() => device.destroy(),
			);
	}
}

/** Everything up to the end of a body, as Content-Length tells it; undefined when the connection ends before. */
function whole(socket: Socket): Promise<Buffer | undefined> {
	return new Promise((resolve) => {
		let bytes = Buffer.alloc(0);
		socket.on('error', () => undefined).on('close', () => resolve(undefined));
		socket.on('data', (piece) => {
			bytes = Buffer.concat([bytes, piece]);
			const bodyAt = bytes.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
			if (bodyAt < END_OF_HEAD.length) return;
			const length = Number(/^content-length: *(\d+)/im.exec(bytes.toString('latin1', 0, bodyAt))?.[1] ?? 0);
			if (bytes.length >= bodyAt + length) resolve(bytes);
		});
	});
}
