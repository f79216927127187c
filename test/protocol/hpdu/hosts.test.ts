import assert from 'node:assert/strict';
import { parseHost } from '../../../nodes/protocol/hpdu/host.js';
import { PduHosts } from '../../../nodes/protocol/hpdu/hosts.js';
import type { Transport } from '../../../nodes/protocol/hpdu/transport.js';
import { coded } from '../errors.js';
import { ManualTime } from '../manual-time.js';
import { silence } from './scripted-pdu.js';

describe('hpdu hosts', () => {
	const PDU = { host: 'pdu.example', port: 80 };
	let told: string[];
	let hosts: PduHosts;

	beforeEach(() => {
		told = [];
		const time = new ManualTime(1_800_000_000_000);
		hosts = new PduHosts({ clock: time, timers: time }, ({ host, port }): Transport => {
			told.push(`open ${host} ${port}`);
			return { send: silence, close: async () => void told.push(`close ${host} ${port}`) };
		});
	});

	const SPELLINGS: readonly (readonly [one: string, other: string])[] = [
		['pdu.example', 'PDU.example'],
		['pdu.example', 'pdu.example.'],
		['localhost', '127.0.0.1'],
		['LocalHost.', '127.0.0.1'],
		['127.1', '127.0.0.1'],
		['192.168.1.10', '192.168.1.0xa'],
		['::1', '[::1]'],
		['2001:db8::a', '2001:DB8:0:0:0:0:0:A'],
		['::ffff:192.168.1.10', '192.168.1.10'],
		['::ffff:c0a8:10a', '192.168.1.10'],
		['fe80::1%eth0', '[FE80::1%eth0]'],
	];
	for (const [one, other] of SPELLINGS) {
		it(`share the way to one PDU, written as ${one} and as ${other}`, () => {
			const ways = [one, other].map((host) => hosts.join({ host, port: 80 }));
			assert.equal(ways[0]?.line, ways[1]?.line);
			assert.equal(ways[0]?.transport, ways[1]?.transport);
			assert.deepEqual(told, [`open ${one} 80`]);
		});
	}

	it('do not count a failed test of the connection against the PDU', () => {
		const way = hosts.join(PDU);
		const events: string[] = [];
		way.presence.subscribe(({ event }) => events.push(event));
		const test = hosts.joinForTest(PDU);
		for (let times = 0; times < 3; times++) test.presence.failed('timeout');
		assert.deepEqual([test.line === way.line, test.transport === way.transport, events], [true, true, []]);
	});

	it('share the queue alone where a certificate is for another spelling', () => {
		const [one, other] = ['localhost', '127.0.0.1'].map((host) => hosts.join({ host, port: 443 }, 'tls'));
		assert.equal(one?.line, other?.line);
		assert.notEqual(one?.transport, other?.transport);
	});

	it('are not one through another network card', () => {
		const [one, other] = ['fe80::1%eth0', 'fe80::1%eth1'].map((host) => hosts.join({ host, port: 80 }));
		assert.notEqual(one?.line, other?.line);
	});

	it('share nothing with another port or host', () => {
		const ways = [PDU, { ...PDU, port: 81 }, { ...PDU, host: 'pdu' }].map((pdu) => hosts.join(pdu));
		assert.equal(new Set(ways.map(({ line }) => line)).size, 3);
		assert.equal(new Set(ways.map(({ transport }) => transport)).size, 3);
	});

	it('share the queue alone where the settings for TLS differ', () => {
		const [one, other] = [hosts.join(PDU, 'tls-1'), hosts.join(PDU, 'tls-2')];
		assert.equal(one.line, other.line);
		assert.notEqual(one.transport, other.transport);
	});

	it('close a connection with the last who gives it back, and only once', async () => {
		const [one, other] = [hosts.join(PDU), hosts.join(PDU)];
		await one.release();
		await one.release();
		assert.deepEqual(told, ['open pdu.example 80']);
		await other.release();
		await other.release();
		assert.deepEqual(told, ['open pdu.example 80', 'close pdu.example 80']);
	});

	it('open another one for whoever comes then', async () => {
		const before = hosts.join(PDU);
		await before.release();
		const after = hosts.join(PDU);
		assert.notEqual(after.transport, before.transport);
		assert.notEqual(after.line, before.line);
	});

	it('keep the queue while another connection to the PDU is in use', async () => {
		const [one, other] = [hosts.join(PDU, 'tls-1'), hosts.join(PDU, 'tls-2')];
		await one.release();
		const next = hosts.join(PDU, 'tls-1');
		assert.equal(next.line, other.line);
		assert.notEqual(next.transport, one.transport);
	});
});

describe('hpdu host', () => {
	const HOSTS: readonly [text: string, host: string][] = [
		['192.168.1.10', '192.168.1.10'],
		[' pdu-1.rack_2.example ', 'pdu-1.rack_2.example'],
		['pdu.example.', 'pdu.example.'],
		['http://192.168.1.10/', '192.168.1.10'],
		['HTTP://pdu.example/index.html?a=b', 'pdu.example'],
		['::1', '::1'],
		['[2001:db8::10]', '2001:db8::10'],
		['http://[2001:db8::10]/', '2001:db8::10'],
		['fe80::1%eth0', 'fe80::1%eth0'],
		['[fe80::1%eth0]', 'fe80::1%eth0'],
		['::ffff:192.168.1.10', '::ffff:192.168.1.10'],
	];
	for (const [text, host] of HOSTS) {
		it(`of "${text}" is ${host}`, () => assert.equal(parseHost(text), host));
	}

	const NONE = [
		...['', ' ', '192.168.1.300', '1.2.3.4.5', 'a b', 'foo@bar', 'http://foo:secret@pdu/', 'pdu:port'],
		...[':', '1:2:3', '2001:db8::10::1', '[pdu', 'pdu\r\nX: 1', 'http://', 'ftp://pdu/'],
		...['pdu:8080', 'http://pdu:8080/', '[::1]:8080', 'https://pdu.example/'],
	];
	for (const text of NONE) {
		it(`is not in ${JSON.stringify(text)}`, () => {
			assert.throws(() => parseHost(text), coded('hpdu-bad-argument', { argument: 'host' }));
		});
	}
});
