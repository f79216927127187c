import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, endpoint, freePort, listening, nowSeconds, TAB } from './kit.js';
import { httpIn, makePost, nonce, send, telemetryPath, upsDevice } from './ups-kit.js';

const KNOWN = 'U1';
const UNKNOWN = 'X1';
const BODY = '{"ts":1}';

/** The head of a POST whose signature is of the right form and wrong. */
function head(deviceId: string, length: number): string {
	return [
		`POST ${telemetryPath(deviceId)} HTTP/1.1`,
		'Host: x',
		`X-W3PUPS-Ts: ${nowSeconds()}`,
		`X-W3PUPS-Nonce: ${nonce()}`,
		`X-W3PUPS-Sig: ${'0'.repeat(64)}`,
		`Content-Length: ${length}`,
		'',
		'',
	].join('\r\n');
}

/** Opens a connection, sends a head and notes all that happens there, in order. */
function observe(port: number, text: string) {
	const events: string[] = [];
	const socket = connect({ port, host: '127.0.0.1' }, () => void socket.write(text));
	socket.setEncoding('latin1');
	socket.on('data', (piece: string) => {
		// An answer may arrive in several pieces.
		if (events.at(-1)?.startsWith('HTTP')) events.push(`${events.pop()}${piece}`);
		else events.push(piece);
	});
	socket.on('end', () => events.push('end'));
	socket.on('error', (error: NodeJS.ErrnoException) => events.push(error.code ?? 'error'));
	const closed = new Promise<string[]>((resolve) => socket.on('close', () => resolve(events)));
	const sendBody = () => {
		events.push('body sent');
		socket.write(BODY);
	};
	return { sendBody, closed, end: () => socket.end() };
}

describe('a known id with a wrong signature and an unknown id', () => {
	let nr: RunningNodeRed;
	const ports: Record<string, number> = {};
	before(async () => {
		ports.own = await freePort();
		const own = endpoint('ep', { server: 'own', host: '127.0.0.1', port: String(ports.own) });
		const flows = [TAB, own, upsDevice(KNOWN), httpIn('in'), httpIn('in2', { endpoint: 'ep' })];
		nr = await startNodeRed({ flows });
		await listening(nr, 'ep');
		ports['Node-RED'] = Number(new URL(nr.url).port);
	});
	after(() => nr.stop());

	for (const server of ['Node-RED', 'own']) {
		it(`get the same answer at the same moment while the body is held back, server: ${server}`, async () => {
			const port = ports[server] ?? 0;
			const both = [KNOWN, UNKNOWN].map((id) => observe(port, head(id, BODY.length)));
			// By these answers both heads have been read, and an answer to them would have come.
			for (let count = 0; count < 3; count++) {
				const post = makePost(`http://127.0.0.1:${port}`, KNOWN);
				assert.equal(answerOf(await send(post)), '200 {"commands":[]}');
			}
			for (const { sendBody } of both) sendBody();
			const [known, unknown] = await Promise.all(both.map(({ closed }) => closed));
			assert.deepEqual(known, unknown);
			assert.deepEqual([known?.length, known?.[0], known?.[2]], [3, 'body sent', 'end']);
			assert.match(known?.[1] ?? '', /^HTTP\/1\.1 401 .*\{"error":"unauthorized"\}$/s);
		});

		it(`get the same 413 before the body where its declared length is too much, server: ${server}`, async () => {
			const port = ports[server] ?? 0;
			const both = [KNOWN, UNKNOWN].map((id) => observe(port, head(id, 2_000_000)));
			const events = both.map(async (one) => {
				const post = makePost(`http://127.0.0.1:${port}`, KNOWN);
				assert.equal(answerOf(await send(post)), '200 {"commands":[]}');
				one.end();
				return one.closed;
			});
			const [known, unknown] = await Promise.all(events);
			assert.deepEqual(known, unknown);
			assert.match(known?.[0] ?? '', /^HTTP\/1\.1 413 .*\{"error":"too-large"\}$/s);
		});
	}
});
