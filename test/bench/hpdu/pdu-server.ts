/**
 * A PDU in a process of its own.
 *
 * Argument: `stand-in` for the one of the tests, which checks each token and has live registers; `fast` for one that
 * says the same, chunked as well, without looking at more than the method, so that hardly anything but the client is measured.
 */
import { createServer, type Socket } from 'node:net';
import { HpduServer } from '../../devices/hpdu/index.js';
import { answerCalls, SELF } from '../calls.js';
import { BODY, NAME } from './login.js';

/** Seconds. */
const UPTIME = 4_000_000;

function answer(body: string): Buffer {
	const head = ['HTTP/1.1 200 OK', 'Content-Type: application/x-www-form-urlencoded'];
	const chunks = [body.length.toString(16), body, '0', '', ''];
	return Buffer.from([...head, 'Transfer-Encoding: chunked', '', ...chunks].join('\r\n'));
}

/** Whether a request is complete, head and body. */
function isComplete(request: string): boolean {
	const end = request.indexOf('\r\n\r\n');
	const length = Number(/\r\ncontent-length: *(\d+)/i.exec(request)?.[1] ?? 0);
	return end >= 0 && request.length >= end + 4 + length;
}

function serve(socket: Socket, time: () => number): void {
	const register = answer(BODY);
	let request = '';
	socket.setNoDelay(true).on('error', () => socket.destroy());
	socket.on('data', (piece) => {
		request += piece.toString('latin1');
		if (!isComplete(request)) return;
		socket.write(request.startsWith('GET ') ? register : answer(`userid=0&time=${time()}`));
		request = '';
	});
}

function startFast(): Promise<number> {
	const began = performance.now();
	const time = () => UPTIME + Math.floor((performance.now() - began) / 1000);
	const server = createServer((socket) => serve(socket, time));
	return new Promise((resolve) => {
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			resolve(typeof address === 'object' && address ? address.port : 0);
		});
	});
}

async function startStandIn(): Promise<number> {
	return (await HpduServer.start({ name: NAME, uptime: UPTIME })).port;
}

process.on('SIGTERM', () => process.exit());
(process.argv[2] === 'stand-in' ? startStandIn() : startFast()).then(
	(port) => answerCalls(SELF, { port }),
	(error: unknown) => {
		console.error(error);
		process.exit(1);
	},
);
