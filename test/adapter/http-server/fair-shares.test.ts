import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { FairShares } from '../../../nodes/adapter/http-server/fair-shares.js';
import type { Endpoint } from '../../../nodes/adapter/http-server/index.js';
import {
	exchange,
	OK,
	PATH,
	post,
	RawClient,
	type RecordingRoute,
	refusalText,
	signal,
	startOwn,
} from './kit.js';

const REQUEST = post(PATH, '{"ts":1}');
const DEVICE = '127.0.0.2';
const CROWD = '127.0.0.66';
const BUSY = refusalText('503 Service Unavailable', 'busy', true);

/** Clients that the system has connected to a port. Source: Linux, Documentation/networking/proc_net_tcp. */
function connectionsTo(port: number): number {
	const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
	const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
	return rows.filter((row) => {
		const [, , address = '', state] = row.trim().split(/ +/);
		return address.endsWith(remote) && state === '01';
	}).length;
}

describe('endpoint: a crowd from one address', () => {
	let endpoint: Endpoint;
	let port: number;
	let route: RecordingRoute;
	const clients: RawClient[] = [];

	async function start(...order: Parameters<typeof startOwn>): Promise<void> {
		({ endpoint, port, route } = await startOwn(...order));
	}

	async function open(from: string): Promise<RawClient> {
		const client = await RawClient.open(port, from);
		clients.push(client);
		return client;
	}

	/** Sends the beginning of a request; resolves when the server reads its body. */
	async function begin(from: string, beginning: string): Promise<RawClient> {
		const admitted = signal();
		route.onAdmit = () => void admitted.resolve();
		const client = (await open(from)).send(beginning);
		await admitted.promise;
		return client;
	}

	afterEach(async () => {
		for (const client of clients.splice(0)) client.end();
		await endpoint.close();
	});

	it('does not close the connection of a device that sends slowly, however many it opens', async () => {
		await start({}, { connections: 8 });
		const device = (await open(DEVICE)).send(REQUEST.slice(0, 20));
		for (let count = 0; count < 40; count++) await open(CROWD);
		device.send(REQUEST.slice(20, -3));
		for (let count = 0; count < 40; count++) await open(CROWD);
		assert.equal(await device.send(REQUEST.slice(-3)).until('ok'), OK);
	});

	it('does not keep a device out that comes when all connections are taken', async () => {
		await start({}, { connections: 8 });
		for (let count = 0; count < 8; count++) await open(CROWD);
		const device = await open(DEVICE);
		assert.equal(await clients[0]?.closed, '');
		for (let count = 0; count < 8; count++) await open(CROWD);
		assert.equal(await device.send(REQUEST).until('ok'), OK);
	});

	it('does not push out the body of a device, however many it begins', async () => {
		await start({}, { bodies: 4 });
		const device = await begin(DEVICE, REQUEST.slice(0, -3));
		const crowd: RawClient[] = [];
		for (let count = 0; count < 12; count++) crowd.push(await begin(CROWD, REQUEST.slice(0, -3)));
		// All but the three last ones had to make room.
		for (const client of crowd.slice(0, -3)) assert.equal(await client.until('"}'), BUSY);
		assert.equal(await device.send(REQUEST.slice(-3)).until('ok'), OK);
	});

	it('makes room itself where its bodies hold most of the memory', async () => {
		await start({ maxBody: 4000 }, { bodyMemory: 6000 });
		const large = post(PATH, 'x'.repeat(3000));
		const device = await begin(DEVICE, large.slice(0, -1));
		const crowd = [await begin(CROWD, large.slice(0, -1)), await begin(CROWD, large.slice(0, -1))];
		await Promise.race(crowd.map((client) => client.until('"}')));
		assert.equal(await device.send('x').until('ok'), OK);
	});

	for (const limits of [{ bodies: 4 }, { connections: 4 }]) {
		it(`is a crowd of its sender behind a trusted proxy too: ${Object.keys(limits)}`, async () => {
			await start({ trustProxy: true }, limits);
			const from = (sender: string) => post(PATH, '{"ts":1}', [`X-Forwarded-For: ${sender}`]).slice(0, -3);
			const device = await begin('127.0.0.1', from('198.51.100.1'));
			for (let count = 0; count < 12; count++) await begin('127.0.0.1', from('198.51.100.66'));
			assert.equal(await device.send(REQUEST.slice(-3)).until('ok'), OK);
		});
	}

	it('fills no queue of the system while Node-RED is busy', async function () {
		// Elsewhere the system does not tell.
		if (process.platform !== 'linux') this.skip();
		await start();
		const crowd = Array.from({ length: 700 }, () =>
			connect({ port, host: '127.0.0.1', localAddress: CROWD }),
		);
		for (const socket of crowd) socket.on('error', () => undefined);
		const answered = crowd.map((socket) => once(socket, 'connect'));
		// In the turn in which they were opened the server has taken none of them yet.
		await new Promise<void>((resolve) => process.nextTick(resolve));
		assert.ok(connectionsTo(port) >= 700);
		await Promise.all(answered);
		for (const socket of crowd) socket.destroy();
	});

	it('leaves nothing behind that would count later', async () => {
		await start({}, { connections: 3 });
		for (let count = 0; count < 20; count++) assert.equal(await exchange(port, REQUEST, 'ok'), OK);
		const others = [await open(CROWD), await open(CROWD)];
		const device = await open('127.0.0.1');
		await open(DEVICE);
		assert.equal(await others[0]?.closed, '');
		assert.equal(await device.send(REQUEST).until('ok'), OK);
	});
});

describe('endpoint: shares of senders', () => {
	it('name the oldest item of the sender that has most, and the oldest sender among equals', () => {
		const shares = new FairShares<string>();
		assert.equal(shares.oldestOfMost(), undefined);
		shares.add('a', 'a1');
		shares.add('b', 'b1');
		assert.equal(shares.oldestOfMost(), 'a1');
		shares.add('b', 'b2');
		assert.equal(shares.oldestOfMost(), 'b1');
		shares.delete('b', 'b1');
		shares.delete('a', 'a1');
		shares.add('a', 'a2');
		assert.equal(shares.oldestOfMost(), 'b2');
	});

	it('name the oldest item of the sender whose items weigh most', () => {
		const shares = new FairShares<string>();
		for (const item of ['a1', 'a2', 'a3']) shares.add('a', item);
		shares.add('b', 'b1');
		shares.weigh('a', 10);
		shares.weigh('b', 11);
		assert.equal(shares.oldestOfHeaviest(), 'b1');
		shares.weigh('b', -2);
		assert.equal(shares.oldestOfHeaviest(), 'a1');
	});
});
