import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Post, PostOverrides } from '../devices/ups/index.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, endpoint, freePort, headerNames, listening, nextEvent, nowSeconds, TAB } from './kit.js';
import { httpIn, makePost, nonce, send, telemetryPath, upsDevice } from './ups-kit.js';

const OK = '200 {"commands":[]}';
const BODY = '{"ts":1700000000,"uptime_s":100,"acks":[]}';
const UNAUTHORIZED = '401 {"error":"unauthorized"}';

/** A refusal counts for its sender: each test is a sender of its own behind a proxy that is trusted. */
const PLACE = endpoint('ep', { trustProxy: true });
const FLOW = [TAB, PLACE, upsDevice('U1'), upsDevice('U2'), httpIn('in', { endpoint: 'ep' })];

function from(address: string): PostOverrides {
	return { headers: { 'X-Forwarded-For': address } };
}

function nested(levels: number): string {
	return `{"ts":1,"x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
}

describe('what ups-http-in refuses', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed({ flows: FLOW });
	});
	after(() => nr.stop());
	afterEach(() => nr.forget());

	/** The time is that of the test, which may come long after this file was read. */
	const aside = (seconds: number): PostOverrides => ({
		get ts() {
			return String(nowSeconds() + seconds);
		},
	});
	const nine = nonce();
	const bodyInNonce: PostOverrides = { nonce: nine + BODY, body: '' };
	const refusals: [what: string, overrides: PostOverrides, reason: string, answer: string][] = [
		['a wrong key', { key: 'WRONGWRONGWRONG1' }, 'bad-signature', UNAUTHORIZED],
		['no signature', { headers: { 'X-W3PUPS-Sig': null } }, 'bad-signature', UNAUTHORIZED],
		['a short signature', { signature: 'abc' }, 'bad-signature', UNAUTHORIZED],
		['a time too long ago', aside(-400), 'stale-timestamp', UNAUTHORIZED],
		['a time in the future', aside(400), 'stale-timestamp', UNAUTHORIZED],
		['the time of a clock not yet set', { ts: '0000000017' }, 'stale-timestamp', UNAUTHORIZED],
		['a time of nine digits', { ts: '123456789' }, 'stale-timestamp', UNAUTHORIZED],
		['a time of eleven digits', { ts: '12345678901' }, 'bad-timestamp', UNAUTHORIZED],
		['a time that is not a number', { ts: '17000x0000' }, 'bad-timestamp', UNAUTHORIZED],
		['no time', { headers: { 'X-W3PUPS-Ts': null } }, 'bad-timestamp', UNAUTHORIZED],
		['a nonce in capitals', { nonce: 'ABCDEF0123456789' }, 'bad-nonce', UNAUTHORIZED],
		['a nonce of 17 digits', { nonce: '0123456789abcdef0' }, 'bad-nonce', UNAUTHORIZED],
		['a body moved into the nonce', bodyInNonce, 'bad-nonce', UNAUTHORIZED],
		['an empty body', { body: '' }, 'bad-json', '400 {"error":"bad-json"}'],
		['a body that is not JSON', { body: '{"ts":' }, 'bad-json', '400 {"error":"bad-json"}'],
		['a gzip body', { body: gzipSync(BODY) }, 'bad-json', '400 {"error":"bad-json"}'],
		['an array', { body: '[1]' }, 'bad-body', '400 {"error":"bad-body"}'],
		['null', { body: 'null' }, 'bad-body', '400 {"error":"bad-body"}'],
		['a body 33 levels deep', { body: nested(32) }, 'bad-body', '400 {"error":"bad-body"}'],
		['a body 500,000 levels deep', { body: nested(500_000) }, 'bad-body', '400 {"error":"bad-body"}'],
		['3 MB', { body: Buffer.alloc(3_000_000, 32) }, 'too-large', '413 {"error":"too-large"}'],
	];
	for (const [what, overrides, reason, answer] of refusals) {
		it(`refuses ${what}`, async () => {
			const headers = { 'X-Forwarded-For': '203.0.113.1', ...overrides.headers };
			const outcome = await send(makePost(nr.url, 'U1', { ...overrides, headers }));
			assert.equal(answerOf(outcome), answer);
			const { time, clockOffset, ...event } = await nextEvent(nr, 'refused');
			const status = Number(answer.slice(0, 3));
			const expected = { event: 'refused', deviceId: 'U1', reason, status, remoteAddress: '203.0.113.1' };
			assert.deepEqual([event, typeof time], [expected, 'number']);
			assert.equal(typeof clockOffset, reason === 'stale-timestamp' ? 'number' : 'undefined');
			assert.deepEqual(nr.untakenMessages({ from: 'in', port: 0 }), []);
		});
	}

	it('refuses an unknown device exactly as a wrong key', async () => {
		const stranger = await send(makePost(nr.url, 'nobody', from('203.0.113.2')));
		const wrong = await send(makePost(nr.url, 'U1', { key: 'WRONGWRONGWRONG1', ...from('203.0.113.2') }));
		assert.equal(answerOf(stranger), UNAUTHORIZED);
		assert.deepEqual([answerOf(stranger), headerNames(stranger)], [answerOf(wrong), headerNames(wrong)]);
		assert.equal((await nextEventWith(nr, 'unknown-device')).deviceId, 'nobody');
		assert.equal((await nextEventWith(nr, 'bad-signature')).deviceId, 'U1');
	});

	it('refuses the same POST again', async () => {
		const post = makePost(nr.url, 'U1', from('203.0.113.3'));
		assert.equal(answerOf(await send(post)), OK);
		assert.equal(answerOf(await send(post)), UNAUTHORIZED);
		assert.equal((await nextEventWith(nr, 'replayed-nonce')).deviceId, 'U1');
	});

	it('answers other methods with 405, without an event', async () => {
		for (const method of ['GET', 'PUT', 'DELETE']) {
			const outcome = await send(makePost(nr.url, 'U1', { method, ...from('203.0.113.4') }));
			assert.equal(answerOf(outcome), '405 {"error":"method-not-allowed"}');
		}
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'in' }), []);
	});

	it('accepts exactly one of ten requests with one nonce at one moment', async () => {
		const post = makePost(nr.url, 'U1', from('203.0.113.5'));
		const outcomes = await Promise.all(Array.from({ length: 10 }, () => send(post)));
		const answers = outcomes.map(answerOf).sort();
		assert.deepEqual(answers, [OK, ...Array.from({ length: 9 }, () => UNAUTHORIZED)]);
		await nr.message({ from: 'in', port: 0 });
		await nr.sync();
		assert.deepEqual(nr.untakenMessages({ from: 'in', port: 0 }), []);
	});

	it('answers 429 after 60 refusals, tells that once, and still serves the UPS behind the same address', async () => {
		const address = from('203.0.113.6');
		const statuses: number[] = [];
		for (let count = 0; count < 70; count++) {
			const { answer } = await send(makePost(nr.url, 'U1', { ...address, key: 'WRONGWRONGWRONG1' }));
			statuses.push(answer?.status ?? 0);
		}
		assert.deepEqual(statuses, [...Array(60).fill(401), ...Array(10).fill(429)]);
		const { time: _, ...event } = await nextEventWith(nr, 'rate-limited');
		assert.deepEqual(event, {
			event: 'refused',
			deviceId: 'U1',
			reason: 'rate-limited',
			status: 429,
			remoteAddress: '203.0.113.6',
		});
		assert.equal(answerOf(await send(makePost(nr.url, 'U1', address))), OK);
		await nr.sync();
		const told = nr.untakenMessages({ from: 'in', port: 1 });
		assert.equal(told.filter(({ payload }) => (payload as Event).reason === 'rate-limited').length, 0);
	});
});

interface Event {
	readonly reason?: string;
}

async function nextEventWith(nr: RunningNodeRed, reason: string): Promise<Record<string, unknown>> {
	const where = ({ payload }: { payload?: unknown }): boolean => (payload as Event).reason === reason;
	return (await nr.message({ from: 'in', port: 1, where })).payload as Record<string, unknown>;
}

describe('what ups-http-in puts up with', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed({ flows: [TAB, upsDevice('U1'), httpIn('in')] });
	});
	after(() => nr.stop());
	afterEach(() => nr.forget());

	async function accepted(body: Buffer | string): Promise<Record<string, unknown>> {
		assert.equal(answerOf(await send(makePost(nr.url, 'U1', { body }))), OK);
		return nr.message({ from: 'in', port: 0 });
	}

	it('takes a body that is not valid UTF-8, as a UPS with a cut id sends it', async () => {
		const text = (bytes: number[]): Buffer =>
			Buffer.concat([
				Buffer.from('{"ts":1,"rejected":[{"id":"a'),
				Buffer.from(bytes),
				Buffer.from('","reason":"bad_id"}]}'),
			]);
		const { ups } = await accepted(text([0xc3]));
		assert.deepEqual((ups as { rejected: unknown }).rejected, [{ id: 'a\ufffd', reason: 'bad_id' }]);
	});

	it('takes a member __proto__ for data', async () => {
		const { telemetry } = await accepted('{"ts":1,"__proto__":{"polluted":1},"power":{"__proto__":null}}');
		assert.deepEqual(Object.keys(telemetry as object).sort(), ['__proto__', 'power', 'ts']);
		assert.equal(await nr.run(() => (({}) as { polluted?: number }).polluted), undefined);
	});

	it('takes 5000 acks, the same ack three times, and acks that are no ids', async () => {
		const many = Array.from({ length: 5000 }, (_, index) => `id-${index}`);
		const { ups } = await accepted(JSON.stringify({ ts: 1, acks: many }));
		assert.equal((ups as { acks: string[] }).acks.length <= 5000, true);
		await accepted('{"ts":1,"acks":["a","a","a"]}');
		await accepted('{"ts":1,"acks":[1,null,{},[]]}');
		await accepted('{"ts":1,"acks":{"a":1},"rejected":[null,1,{"id":5}]}');
		await accepted('{"ts":1}');
		await accepted('{}');
	});

	it('takes a body 32 levels deep, and one with thousands of unknown keys', async () => {
		await accepted(nested(31));
		await accepted(JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, n]))));
	});
});

describe('clients that are slow or idle', () => {
	let nr: RunningNodeRed;
	let port: number;
	before(async () => {
		port = await freePort();
		const own = endpoint('ep', { server: 'own', host: '127.0.0.1', port: String(port) });
		nr = await startNodeRed({ flows: [TAB, own, upsDevice('U1'), httpIn('in', { endpoint: 'ep' })] });
		await listening(nr, 'ep');
	});
	after(() => nr.stop());

	async function open(): Promise<Socket> {
		const socket = connect({ port, host: '127.0.0.1' });
		socket.on('error', () => undefined);
		await once(socket, 'connect');
		return socket;
	}

	it('serves a UPS while another client sends byte by byte', async () => {
		const url = `http://127.0.0.1:${port}`;
		const slow = await open();
		const post: Post = makePost(url, 'U1');
		slow.write(post.head.subarray(0, 40));
		assert.equal(answerOf(await send(makePost(url, 'U1'))), OK);
		slow.write(post.head.subarray(40));
		slow.write(post.body.subarray(0, 1));
		assert.equal(answerOf(await send(makePost(url, 'U1'))), OK);
		slow.write(post.body.subarray(1));
		const [answer] = await once(slow, 'data');
		assert.match(String(answer), /^HTTP\/1\.1 200 OK\r\n/);
		slow.destroy();
	});

	it('serves a UPS while 2000 connections idle', async () => {
		const idle = await Promise.all(Array.from({ length: 2000 }, open));
		assert.equal(answerOf(await send(makePost(`http://127.0.0.1:${port}`, 'U1'))), OK);
		const head = `POST ${telemetryPath('U1')} HTTP/1.1\r\n`;
		for (const socket of idle) socket.write(head);
		assert.equal(answerOf(await send(makePost(`http://127.0.0.1:${port}`, 'U1'))), OK);
		for (const socket of idle) socket.destroy();
	});
});
