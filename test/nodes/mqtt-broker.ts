/** A stand-in MQTT broker, just enough of MQTT 3.1.1 for a client that publishes with QoS 0. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Mailbox } from './harness/mailbox.js';

const CONNECT = 1;
const PUBLISH = 3;
const PINGREQ = 12;
const CONNACK = Buffer.from([0x20, 2, 0, 0]);
const PINGRESP = Buffer.from([0xd0, 0]);

export interface Published {
	readonly topic: string;
	readonly payload: string;
	readonly retain: boolean;
}

interface Packet {
	readonly type: number;
	readonly flags: number;
	readonly body: Buffer;
	/** What follows it. */
	readonly rest: Buffer;
}

/** The packet at the start of some bytes; undefined as long as it is not whole (MQTT 3.1.1, section 2.2). */
function readPacket(bytes: Buffer): Packet | undefined {
	let length = 0;
	for (let index = 1; index < bytes.length && index <= 4; index++) {
		const digit = bytes.readUInt8(index);
		length += (digit & 0x7f) << (7 * (index - 1));
		if (digit & 0x80) continue;
		const end = index + 1 + length;
		if (bytes.length < end) return undefined;
		const first = bytes.readUInt8(0);
		const body = bytes.subarray(index + 1, end);
		return { type: first >> 4, flags: first & 0x0f, body, rest: bytes.subarray(end) };
	}
	return undefined;
}

/** Topic and payload of a PUBLISH with QoS 0, which has no packet identifier between them (section 3.3). */
function readPublish({ body, flags }: Packet): Published {
	const end = 2 + body.readUInt16BE(0);
	const payload = body.toString('utf8', end);
	return { topic: body.toString('utf8', 2, end), payload, retain: (flags & 1) === 1 };
}

export class MqttBroker {
	private readonly published = new Mailbox<Published>('publication', () => '');
	private readonly sockets = new Set<Socket>();
	private readonly server = createServer((socket) => this.serve(socket));

	/** Listens at a free port and gives it. */
	async listen(): Promise<number> {
		this.server.listen(0, '127.0.0.1');
		await once(this.server, 'listening');
		const address = this.server.address();
		return typeof address === 'object' && address !== null ? address.port : 0;
	}

	/** Takes the oldest publication, waiting for it where there is none. */
	next(): Promise<Published> {
		return this.published.take('at the broker', () => true);
	}

	async close(): Promise<void> {
		for (const socket of this.sockets) socket.destroy();
		this.server.close();
		await once(this.server, 'close');
	}

	private serve(socket: Socket): void {
		this.sockets.add(socket);
		let bytes: Buffer = Buffer.alloc(0);
		socket.on('error', () => socket.destroy());
		socket.on('close', () => this.sockets.delete(socket));
		socket.on('data', (chunk) => {
			bytes = Buffer.concat([bytes, chunk]);
			for (let packet = readPacket(bytes); packet !== undefined; packet = readPacket(bytes)) {
				bytes = packet.rest;
				this.answer(socket, packet);
			}
		});
	}

	private answer(socket: Socket, packet: Packet): void {
		if (packet.type === CONNECT) socket.write(CONNACK);
		else if (packet.type === PINGREQ) socket.write(PINGRESP);
		else if (packet.type === PUBLISH) this.published.add(readPublish(packet));
	}
}
