import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { HpduServer } from '../devices/hpdu/index.js';
import { type HelperFlow, startFlow } from './harness/helper.js';
import type { FlowNode } from './harness/index.js';
import { fail, pduDevice, registerRead, SUPER } from './hpdu-kit.js';
import { freePort, TAB } from './kit.js';

const FIXTURES = join(__dirname, '../../../test/fixtures/tls');
const file = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');

const UNVERIFIED: FlowNode = {
	...{ id: 'unverified', type: 'tls-config', name: '', cert: '', key: '', ca: '', certname: '', keyname: '' },
	...{ caname: '', servername: '', verifyservercert: false },
};
const VERIFIED = { ...UNVERIFIED, id: 'verified', verifyservercert: true };

const CLOSES = { host: '127.0.0.1', timeout: '2000' };

async function open<T extends NetServer>(server: T): Promise<number> {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return (server.address() as AddressInfo).port;
}

interface Failure {
	readonly error: { readonly code: string; readonly message: string };
}

describe('a PDU that cannot be asked', () => {
	let nr: HelperFlow;
	let pdu: HpduServer;
	let securePdu: HpduServer;
	const servers: NetServer[] = [];
	const ports: Record<string, number> = {};

	before(async () => {
		pdu = await HpduServer.start();
		const tls = { cert: file('server.pem'), key: file('server.key') };
		securePdu = await HpduServer.start({ tls });
		const page: Server = createHttpServer((_request, response) => response.end('<h1>Router</h1>'));
		const securePage = createHttpsServer(tls, (_request, response) => response.end('<h1>Router</h1>'));
		const ssh = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n').on('error', () => undefined));
		const silent = createServer((socket) => socket.on('error', () => undefined).resume());
		const closing = createServer((socket) => socket.destroy());
		for (const [name, server] of Object.entries({ page, securePage, ssh, silent, closing })) {
			servers.push(server);
			ports[name] = await open(server);
		}
		Object.assign(ports, { nobody: await freePort(), pdu: pdu.port, securePdu: securePdu.port });
		const nodes = Object.entries(ports).flatMap(([name, port]) => [
			pduDevice(`pdu-${name}`, { port }, { name: 'Rack 5', timeout: '500' }),
			registerRead(`read-${name}`, { device: `pdu-${name}`, registers: 'ssstat' }),
		]);
		nr = await startFlow({ flows: [TAB, UNVERIFIED, VERIFIED, ...nodes] });
	});
	after(async () => {
		await nr.stop();
		for (const server of servers) server.close();
		await Promise.all([pdu.close(), securePdu.close()]);
	});

	/** Tests the connection as the panel does. */
	async function test(port: number, more: object = {}): Promise<Failure['error']> {
		const panel = { id: '', ...CLOSES, ...SUPER, name: 'Rack 5', port: String(port), tls: '', ...more };
		const answer = await fetch(`${nr.url}/wattpost/hpdu/test`, {
			...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(panel) },
		});
		return ((await answer.json()) as Failure).error;
	}

	/** What is there, how it is asked, and what the test of the connection says; `@` is host and port. */
	const CASES: Record<string, readonly [server: string, more: object, code: string, says: string]> = {
		'nothing listens there': [
			...(['nobody', {}, 'hpdu-unreachable'] as const),
			'Connection refused: nothing answers for the PDU Rack 5 at @. Check the port, and that its web interface is enabled.',
		],
		'its name has no address': [
			...(['pdu', { host: 'pdu.invalid' }, 'hpdu-unreachable'] as const),
			"Unknown host name: there is no address for the PDU Rack 5 at @. Enter the PDU's IP address in place of its name.",
		],
		'a web page is there': [
			...(['page', {}, 'hpdu-bad-response'] as const),
			'No hPDU answers at @: something else does (no media type), or a PDU with firmware before 2.14. Check host and port of Rack 5.',
		],
		'something that is not HTTP is there': [
			...(['ssh', {}, 'hpdu-bad-response'] as const),
			'No hPDU answers at @: something else does (not HTTP), or a PDU with firmware before 2.14. Check host and port of Rack 5.',
		],
		'it is asked by HTTPS where it speaks http': [
			...(['pdu', { tls: 'unverified' }, 'hpdu-unreachable'] as const),
			'No HTTPS at this port: plain http is spoken where the PDU Rack 5 was asked, at @. Enter the HTTPS port of the PDU, or turn HTTPS off in its configuration.',
		],
		'it is asked by http where it speaks HTTPS': [
			...(['securePdu', {}, 'hpdu-unreachable'] as const),
			'HTTPS only at this port: the PDU Rack 5 was asked by plain http at @. Turn HTTPS (TLS) on in its configuration, or enter the port for plain http.',
		],
		'any server that speaks HTTPS is asked by http': [
			...(['securePage', {}, 'hpdu-unreachable'] as const),
			'HTTPS only at this port: the PDU Rack 5 was asked by plain http at @. Turn HTTPS (TLS) on in its configuration, or enter the port for plain http.',
		],
		'its certificate is not trusted': [
			...(['securePdu', { tls: 'verified' }, 'hpdu-unreachable'] as const),
			'Certificate not trusted: that of the PDU Rack 5 at @ does not pass the check (UNABLE_TO_VERIFY_LEAF_SIGNATURE). Enter it as CA certificate in the TLS configuration.',
		],
		'nothing is answered': [
			...(['silent', { timeout: '300' }, 'hpdu-timeout'] as const),
			'No answer from the PDU: Rack 5 (@) was silent for 300 ms after POST /userid. Check that it is reachable; a longer timeout can be set in its configuration.',
		],
		'the connection is closed without an answer': [
			...(['closing', {}, 'hpdu-unreachable'] as const),
			'Closed without an answer: the PDU Rack 5 at @ ended the connection (ECONNRESET). Check that this machine is among the addresses that it allows.',
		],
	};

	for (const [what, [server, more, code, says]] of Object.entries(CASES)) {
		it(`since ${what}: the test of the connection says so, with host and port and one step`, async () => {
			const port = ports[server] ?? 0;
			const error = await test(port, more);
			const { host } = { ...CLOSES, ...more };
			assert.equal(error.code, code);
			// The system tells a connection that was closed in one of two ways.
			const message = error.message.replace('(EOF)', '(ECONNRESET)');
			assert.equal(message, says.replace('@', `${host}:${port}`));
		});
	}

	it('sends nothing secret to find out which of HTTP and HTTPS is spoken', async () => {
		const before = pdu.requests.length;
		await test(pdu.port, { tls: 'unverified' });
		await test(securePdu.port);
		const sent = [...pdu.requests.slice(before), ...securePdu.requests];
		for (const { path, headers } of sent) assert.deepEqual([path, headers.authorization], ['/', undefined]);
	});

	it('is an error of the flow with the same words', async () => {
		for (const [name, says] of [
			['nobody', /^Connection refused: .*127\.0\.0\.1:\d+\. Check the port/] as const,
			['ssh', /^No hPDU answers at 127\.0\.0\.1:\d+: /] as const,
			['silent', /^No answer from the PDU: Rack 5 \(127\.0\.0\.1:\d+\)/] as const,
			['closing', /^Closed without an answer: .*127\.0\.0\.1:\d+/] as const,
		])
			assert.match((await fail(nr, `read-${name}`)).message, says);
	});
});
