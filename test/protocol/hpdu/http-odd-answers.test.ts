import assert from 'node:assert/strict';
import { HttpTransport } from '../../../nodes/protocol/hpdu/http-transport.js';
import { TransportError } from '../../../nodes/protocol/hpdu/transport.js';
import { ManualTime } from '../manual-time.js';
import { answer, RawServer } from './raw-server.js';

/** What comes of a write that is answered with these bytes, and how often it was sent. */
async function written(reply: string): Promise<readonly [said: string, times: number]> {
	const time = new ManualTime(1_800_000_000_000);
	const server = await RawServer.open([reply]);
	const transport = new HttpTransport({ host: '127.0.0.1', port: server.port }, time, () => time.monotonic());
	const { signal } = new AbortController();
	const request = { path: '/register/stdvnm', headers: {}, body: 'stdvnm=a', timeout: 5000, signal };
	try {
		const { body } = await transport.send({ method: 'POST', ...request, isRepeatable: false });
		return [body.toString('latin1'), server.lines.length];
	} catch (error) {
		if (!(error instanceof TransportError)) throw error;
		return [error.failure, server.lines.length];
	} finally {
		await transport.close();
		await server.close();
	}
}

describe('hpdu http transport, before and beside an answer', () => {
	it('hints before the answer are looked past', async () => {
		const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
		assert.deepEqual(await written(hints + answer('stdvnm=a')), ['stdvnm=a', 1]);
	});

	it('an invitation to go on that nobody asked for is looked past', async () => {
		assert.deepEqual(await written(`HTTP/1.1 100 Continue\r\n\r\n${answer('stdvnm=a')}`), ['stdvnm=a', 1]);
	});

	it('another protocol is no PDU’s', async () => {
		const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n';
		assert.deepEqual(await written(upgrade), ['bad-response', 1]);
	});

	it('a length and chunks that do not agree', async () => {
		const head = 'Content-Type: text/plain\r\nContent-Length: 8\r\nTransfer-Encoding: chunked';
		const both = `HTTP/1.1 200 OK\r\n${head}\r\n\r\n8\r\nstdvnm=a\r\n0\r\n\r\n`;
		assert.deepEqual(await written(both), ['bad-response', 1]);
	});
});
