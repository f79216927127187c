/** Requests that are nearly right, over real sockets, to a real Node-RED: its own server and an own listener. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RawClient } from '../adapter/http-server/kit.js';
import { type RunningNodeRed, startNodeRed } from '../nodes/harness/index.js';
import { endpoint, freePort, listening, TAB } from '../nodes/kit.js';
import { httpIn, makePost, upsDevice } from '../nodes/ups-kit.js';
import { TOKEN, wicanIn } from '../nodes/wican-kit.js';
import { readAnswers } from './answers.js';
import { mutated } from './mutations.js';
import { asyncTarget, type Target } from './target.js';

/** Where requests go: by the port of Node-RED's server and that of an own listener. */
interface World {
	readonly nr: RunningNodeRed;
	readonly ports: readonly [number, number];
	sent: number;
}

/** What an endpoint may answer. */
const OF_THE_CONTRACT = new Set([200, 400, 401, 404, 405, 408, 413, 417, 429, 431]);
/** What Node-RED's own pages and the servers under it may answer beside that, to a request that is no device's. */
const OF_NODE_RED = new Set([...OF_THE_CONTRACT, 301, 302, 403, 415]);

const BODY = Buffer.from('{"ts":1795200781,"fw_ver":"esp32:0.8.17","uptime_s":100,"acks":["c1"]}');
const VALUES = '{"autopid_data":{"SOC":62.5,"HV_V":"380.1","timestamp":1795200781}}';

/** A sender for each request, so that none is told to wait for those before it. */
const sender = (number: number) => `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

/** What stands in a request for what is only known when it is sent. */
const [SENDER, NOW, NONCE, SIGNATURE] = ['<sender>', '<now>', '<nonce>', '<signature>'] as const;

function upsPost(): Buffer {
	const signed = { ts: NOW, nonce: NONCE, signature: SIGNATURE };
	const headers = { 'X-Forwarded-For': SENDER };
	const { head, body } = makePost('http://127.0.0.1', 'U1', { ...signed, headers, body: BODY });
	return Buffer.concat([head, body]);
}

function carPost(body: string, length: string): Buffer {
	const lines = [
		...['POST /car?source=a%20b HTTP/1.1', 'Host: 127.0.0.1', 'Content-Type: application/json'],
		...[`Authorization: Bearer ${TOKEN}`, `X-Forwarded-For: ${SENDER}`, length, '', body],
	];
	return Buffer.from(lines.join('\r\n'), 'latin1');
}

const chunk = (part: string): string => `${part.length.toString(16)}\r\n${part}\r\n`;
const CHUNKS = `${chunk(VALUES.slice(0, 20))}${chunk(VALUES.slice(20))}0\r\n\r\n`;

/** Requests as devices send them, by what is special about them. */
const REQUESTS: readonly Buffer[] = [
	upsPost(),
	carPost(VALUES, `Content-Length: ${VALUES.length}`),
	carPost(CHUNKS, 'Transfer-Encoding: chunked'),
	carPost(VALUES, `Expect: 100-continue\r\nContent-Length: ${VALUES.length}`),
];

/** The request as it is sent: now, by a sender of its own, and signed for what a UPS has to say. */
function filled(request: Buffer, number: number): Buffer {
	const { ts, nonce, signature } = makePost('http://127.0.0.1', 'U1', { body: BODY });
	const text = request
		.toString('latin1')
		.replaceAll(SENDER, sender(number))
		.replaceAll(NOW, ts)
		.replaceAll(NONCE, nonce)
		.replaceAll(SIGNATURE, signature);
	return Buffer.from(text, 'latin1');
}

async function open(): Promise<World> {
	const port = await freePort();
	const shared = { trustProxy: true, maxBody: '20000' };
	const nr = await startNodeRed({
		flows: [
			...[TAB, endpoint('web', shared), upsDevice('U1'), httpIn('in', { endpoint: 'web' })],
			endpoint('listener', { ...shared, server: 'own', host: '127.0.0.1', port: String(port) }),
			...[httpIn('own-in', { endpoint: 'listener' }), wicanIn('car', { endpoint: 'web' })],
			wicanIn('own-car', { endpoint: 'listener', path: '/car' }),
		],
	});
	await listening(nr, 'listener');
	return { nr, ports: [nr.port, port], sent: 0 };
}

/** For how long a client waits for more before it says that nothing follows, in milliseconds. */
const SILENCE = 15;

/**
 * Sends bytes, and gives all that came back until the connection was closed. A server that is told at once that nothing
 * follows, as Node.js has it, gives up what it has not answered yet; one that is never told waits for the missing rest.
 */
async function talk(port: number, bytes: Buffer): Promise<string> {
	const client = await RawClient.open(port);
	client.send(bytes);
	const end = setTimeout(() => client.socket.end(), SILENCE);
	client.socket.on('data', () => end.refresh());
	const text = await client.closed;
	clearTimeout(end);
	return text;
}

/** Sends a request that is right, and gives the status of its answer. */
async function statusOf(port: number, bytes: Buffer): Promise<number | undefined> {
	const client = await RawClient.open(port);
	client.send(bytes);
	const text = await client.until('}');
	client.end();
	return readAnswers(text).find(({ status }) => status !== 100)?.status;
}

/** Asserts that devices are answered as ever. */
async function assertWell(world: World): Promise<void> {
	for (const port of world.ports) {
		for (const request of REQUESTS) {
			assert.equal(await statusOf(port, filled(request, world.sent++)), 200);
		}
	}
	world.nr.forget();
}

/** How often a right request is sent among the others. */
const CHECK_EVERY = 50;

interface Case {
	readonly own: boolean;
	/** One behind the other over one connection. */
	readonly requests: readonly Buffer[];
}

const cases: fc.Arbitrary<Case> = fc.record({
	own: fc.boolean(),
	requests: fc.array(mutated(REQUESTS, 4), { minLength: 1, maxLength: 3 }),
});

const edge = asyncTarget<Case, World>({
	name: 'edge-http',
	what: 'Raw requests get well-formed answers of the contract or a closed connection, and devices are answered as ever.',
	share: 0.6,
	least: 100,
	cases,
	open,
	close: async (world) => {
		await assertWell(world).finally(() => world.nr.stop());
	},
	check: async ({ own, requests }, world) => {
		const port = world.ports[own ? 1 : 0];
		const pieces = requests.map((request) => filled(request, world.sent++));
		const answers = readAnswers(await talk(port, Buffer.concat(pieces)));
		const allowed = own ? OF_THE_CONTRACT : OF_NODE_RED;
		for (const { status } of answers)
			assert.ok(status === 100 || allowed.has(status), `the status is ${status}`);
		if (world.sent % CHECK_EVERY === 0) await assertWell(world);
	},
});

export const EDGE_TARGETS: readonly Target[] = [edge];
