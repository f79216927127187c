import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection } from './connections.js';
import type { Timeouts } from './timeouts.js';

const BAD_REQUEST = [400, 'Bad Request', 'bad-request'] as const;

/** Answers to what Node's HTTP parser refuses, by error code; anything else is a bad request. */
const ANSWERS: Readonly<Record<string, readonly [status: number, phrase: string, reason: string]>> = {
	HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'header-too-large'],
	HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Payload Too Large', 'too-large'],
	ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'timeout'],
};

function rawAnswer(code: string): string {
	const [status, phrase, reason] = Object.hasOwn(ANSWERS, code)
		? (ANSWERS[code] ?? BAD_REQUEST)
		: BAD_REQUEST;
	const body = JSON.stringify({ error: reason });
	return [
		`HTTP/1.1 ${status} ${phrase}`,
		'Content-Type: application/json',
		`Content-Length: ${body.length}`,
		'Connection: close',
		'',
		body,
	].join('\r\n');
}

/**
 * Ends a connection over which something came that is no HTTP request, with an answer where one is possible.
 * Node's own answers have no Content-Length, which some clients take for a broken answer.
 * @param connection undefined where TLS was never established
 * @param lingering gets the socket, which is read on (and not listened to) so that the answer is not lost to a reset
 */
export function answerClientError(
	error: NodeJS.ErrnoException,
	socket: Duplex,
	connection: Connection | undefined,
	lingering: Timeouts<Socket>,
): void {
	if (connection?.failed) return;
	const begun = connection?.response !== undefined && !connection.response.writableEnded;
	const lost = error.code === 'ECONNRESET' || !socket.writable || connection === undefined;
	if (lost || (begun && connection.response?.headersSent)) return void socket.destroy();
	connection.failed = true;
	lingering.add(connection.socket);
	connection.socket.once('close', () => lingering.delete(connection.socket));
	socket.end(rawAnswer(error.code ?? ''));
}
