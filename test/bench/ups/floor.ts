/**
 * The floor: a bare node:http server that reads a body, verifies its signature and signs an answer, and does nothing
 * else. It neither checks times and nonces, nor keeps anything.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { deviceId, deviceKey } from './fleet.js';

const ANSWER = '{"commands":[]}';

/**
 * @param devices how many devices it knows
 * @param answered is given the body of each POST once it is answered
 */
export function createFloor(devices: number, answered: (body: Buffer) => void): Server {
	const keys = new Map(Array.from({ length: devices }, (_, index) => [deviceId(index), deviceKey(index)]));

	function answer(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
		const { headers } = req;
		const key = keys.get(String(headers['x-w3pups-device'])) ?? '';
		const nonce = String(headers['x-w3pups-nonce']);
		const expected = createHmac('sha256', key)
			.update(String(headers['x-w3pups-ts']) + nonce)
			.update(body)
			.digest();
		const signature = Buffer.from(String(headers['x-w3pups-sig']), 'hex');
		res.sendDate = false;
		if (signature.length !== expected.length || !timingSafeEqual(expected, signature)) {
			res.writeHead(401).end();
			return;
		}
		const sig = createHmac('sha256', key).update(nonce).update(ANSWER).digest('hex');
		res.writeHead(200, { 'X-W3PUPS-Sig': sig, 'Content-Length': ANSWER.length }).end(ANSWER);
		answered(body);
	}

	return createServer((req, res) => {
		const pieces: Buffer[] = [];
		req.on('data', (piece: Buffer) => pieces.push(piece));
		req.on('end', () => answer(req, res, Buffer.concat(pieces)));
	});
}
