import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from './settings.js';
import { Timeouts } from './timeouts.js';

// The methods of Node itself, not those that a middleware or Express put over them: an answer is signed and must not be
// compressed, extended or delayed.
const { writeHead, write, end } = ServerResponse.prototype;

type Headers = Readonly<Record<string, string>>;

const JSON_TYPE: Headers = { 'Content-Type': 'application/json' };

function hasBody(req: IncomingMessage): boolean {
	if (req.complete) return false;
	const length = req.headers['content-length'];
	return req.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** Writes the head with nothing in it that was not asked for; a device pays for each byte. */
function writeHeadOnly(
	res: ServerResponse,
	status: number,
	headers: Headers,
	body: string,
	close: boolean,
): void {
	for (const name of res.getHeaderNames()) res.removeHeader(name);
	res.sendDate = false;
	const list: string[] = [];
	for (const name in headers) list.push(name, headers[name] ?? '');
	list.push('Content-Length', String(Buffer.byteLength(body)));
	// Without the removal Node adds Connection: keep-alive and Keep-Alive, which HTTP/1.1 does not need.
	if (close) list.push('Connection', 'close');
	else res.removeHeader('connection');
	writeHead.call(res, status, list);
}

function mustClose(req: IncomingMessage, res: ServerResponse): boolean {
	return !res.shouldKeepAlive || req.httpVersionMinor === 0;
}

/** Answers a request whose body has been read, or that has none. */
export function answer(
	req: IncomingMessage,
	res: ServerResponse,
	status: number,
	headers: Headers,
	body: string,
	close = mustClose(req, res),
): void {
	writeHeadOnly(res, status, headers, body, close);
	end.call(res, body, 'utf8', undefined);
}

/**
 * Runs `then` as soon as the kernel has the whole answer, or the connection is gone. For a plain connection that
 * is in the same tick, as end() writes at once; TLS, a full socket and pipelining finish later.
 */
export function whenSent(req: IncomingMessage, res: ServerResponse, then: () => void): void {
	const { socket } = req;
	if (socket.destroyed || (res.socket !== null && socket.writableLength === 0)) {
		then();
		return;
	}
	const once = (): void => {
		res.off('finish', once);
		socket.off('close', once);
		then();
	};
	res.on('finish', once);
	socket.on('close', once);
}

/** Reads a refused body to its end, so that the sender reads the answer. */
class Drain {
	private left: number;

	constructor(
		private readonly req: IncomingMessage,
		private readonly res: ServerResponse,
		private readonly drains: Timeouts<Drain>,
		limit: number,
	) {
		this.left = limit;
	}

	start(): void {
		this.drains.add(this);
		this.req.on('data', this.take).on('end', this.stop).on('close', this.stop);
		this.req.resume();
	}

	/** Closes the connection: whatever is still unread is given up. */
	readonly stop = (): void => {
		if (!this.drains.delete(this)) return;
		this.req.off('data', this.take);
		end.call(this.res, undefined, 'utf8', undefined);
	};

	private readonly take = (piece: Buffer): void => {
		this.left -= piece.length;
		if (this.left < 0) this.stop();
	};
}

/** Answers requests that are refused or fail, with a JSON body that says why. */
export class ErrorResponder {
	private readonly drains: Timeouts<Drain>;

	constructor(private readonly limits: Limits) {
		this.drains = new Timeouts(limits.drainTimeout, (drain) => drain.stop());
	}

	/**
	 * Answers; a body that is still on its way is thrown away first, and the connection then closed.
	 * @param close whether the connection is closed in any case
	 */
	respond(req: IncomingMessage, res: ServerResponse, status: number, reason: string, close: boolean): void {
		const body = JSON.stringify({ error: reason });
		if (!hasBody(req)) {
			answer(req, res, status, JSON_TYPE, body, close || mustClose(req, res));
			return;
		}
		writeHeadOnly(res, status, JSON_TYPE, body, true);
		// The end is held back: with it Node closes the socket, and a socket closed on unread bytes is reset, which
		// takes the answer away from a sender that has not read it yet. Content-Length ends the answer meanwhile.
		write.call(res, body, 'utf8', undefined);
		new Drain(req, res, this.drains, this.limits.drainBytes).start();
	}
}
