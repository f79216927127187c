import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Delivery, Manner } from './faults.js';

type Send = (response: ServerResponse, socket: Socket, delivery: Delivery, chunkBytes: number) => void;

function headersOf({ type }: Delivery): Record<string, string> {
	return type === undefined ? {} : { 'Content-Type': type };
}

const chunked: Send = (response, socket, delivery, chunkBytes) => {
	const { status, body } = delivery;
	response.writeHead(status, { ...headersOf(delivery), 'Transfer-Encoding': 'chunked' });
	socket.cork();
	const last = Math.floor(Math.max(0, body.length - 1) / chunkBytes) * chunkBytes;
	for (let at = 0; at < last; at += chunkBytes) {
		response.write(body.subarray(at, at + chunkBytes));
	}
	// As a string it leaves in one piece with the head.
	response.end(body.toString('latin1', last), 'latin1');
	socket.uncork();
};

const counted: Send = (response, _, delivery) => {
	response.writeHead(delivery.status, { ...headersOf(delivery), 'Content-Length': delivery.body.length });
	response.end(delivery.body);
};

const destroy = (socket: Socket) => socket.destroy();
/** Only a bare TCP connection can be reset. */
const reset = (socket: Socket) => ('encrypted' in socket ? socket.destroy() : socket.resetAndDestroy());

/** Writes the beginning of a chunked answer past the HTTP server, and ends the connection. */
function broken(rest: (body: Buffer) => Buffer, end: (socket: Socket) => void): Send {
	return (response, socket, delivery) => {
		response.detachSocket(socket);
		const lines = [
			`HTTP/1.1 ${delivery.status} OK`,
			...Object.entries(headersOf(delivery)).map(([name, value]) => `${name}: ${value}`),
			'Transfer-Encoding: chunked',
		];
		const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
		socket.write(Buffer.concat([head, rest(delivery.body)]), () => end(socket));
	};
}

const chunk = (size: string, bytes: Buffer) => Buffer.concat([Buffer.from(`${size}\r\n`), bytes]);
const half = (body: Buffer) => body.subarray(0, body.length >> 1);

function halfInWholeChunks(body: Buffer): Buffer {
	const bytes = half(body);
	return bytes.length > 0
		? Buffer.concat([chunk(bytes.length.toString(16), bytes), Buffer.from('\r\n')])
		: bytes;
}

const MANNERS: Readonly<Record<Manner, Send>> = {
	whole: chunked,
	counted,
	close: (_, socket) => destroy(socket),
	reset: (_, socket) => reset(socket),
	'close-halfway': broken(halfInWholeChunks, destroy),
	'reset-halfway': broken(halfInWholeChunks, reset),
	'cut-in-chunk': broken((body) => chunk((body.length + 1).toString(16), half(body)), destroy),
	'bad-chunk': broken((body) => chunk('xyz', body), destroy),
	never: () => undefined,
};

const COMPLETE: ReadonlySet<Manner> = new Set(['whole', 'counted']);

/** Lets an answer leave in its manner. Gives its status if all of it leaves. */
export function deliver(
	socket: Socket,
	response: ServerResponse,
	delivery: Delivery,
	chunkBytes: number,
): number | undefined {
	if (socket.destroyed) {
		return undefined;
	}
	MANNERS[delivery.manner](response, socket, delivery, chunkBytes);
	return COMPLETE.has(delivery.manner) ? delivery.status : undefined;
}
