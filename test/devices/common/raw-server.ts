import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A request as it came in: `segments` is what each read of the socket brought. */
export interface RawRequest {
	readonly bytes: Buffer;
	readonly segments: readonly Buffer[];
	/** Request line and header lines. */
	readonly head: string;
	readonly body: Buffer;
}

/** Bytes to answer with. `close` ends the connection after them, without it the device has to. */
export interface RawAnswer {
	readonly bytes: Buffer | string;
	readonly close?: boolean;
}

/** A server that knows nothing about HTTP but where a request ends, so that it can answer with anything. */
export interface RawServer {
	readonly url: string;
	readonly requests: RawRequest[];
	close(): Promise<void>;
}

export interface RawServerOptions {
	readonly tls?: TlsOptions;
	readonly onSegment?: (segment: Buffer) => void;
	readonly onConnection?: () => void;
}

const END_OF_HEAD = '\r\n\r\n';

function parseRequest(segments: readonly Buffer[]): RawRequest | undefined {
	const bytes = Buffer.concat(segments);
	const headEnd = bytes.indexOf(END_OF_HEAD);
	const head = bytes.toString('latin1', 0, Math.max(0, headEnd));
	const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
	const body = bytes.subarray(headEnd + END_OF_HEAD.length);
	if (headEnd < 0 || body.length < length) {
		return undefined;
	}
	return { bytes, segments, head, body };
}

/**
 * Starts it at a free port of 127.0.0.1. `answer` is asked for each request, `onSegment` told of each read;
 * an answer of null says nothing at all.
 */
export async function startRawServer(
	answer: (request: RawRequest, n: number) => RawAnswer | null,
	options: RawServerOptions = {},
): Promise<RawServer> {
	const requests: RawRequest[] = [];
	const sockets = new Set<Socket>();
	const serve = (socket: Socket) => {
		const segments: Buffer[] = [];
		sockets.add(socket);
		options.onConnection?.();
		socket.on('error', () => undefined);
		socket.on('close', () => sockets.delete(socket));
		socket.on('data', (segment) => {
			segments.push(segment);
			options.onSegment?.(segment);
			const request = parseRequest(segments);
			if (!request) {
				return;
			}
			requests.push(request);
			const reply = answer(request, requests.length);
			if (reply?.close) {
				socket.end(reply.bytes);
			} else if (reply) {
				socket.write(reply.bytes);
			}
		});
	};
	const server: Server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve);
	server.on('tlsClientError', () => undefined);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	const port = typeof address === 'object' && address ? address.port : 0;
	return {
		url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
		requests,
		close: () => {
			for (const socket of sockets) {
				socket.destroy();
			}
			return new Promise((resolve) => server.close(() => resolve()));
		},
	};
}
