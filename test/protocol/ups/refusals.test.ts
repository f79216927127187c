import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { mock } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ManualTime, settled } from '../manual-time.js';
import {
	ADDRESS,
	ENDPOINT,
	ID,
	isRefusal,
	KEY,
	type RequestParts,
	requestOf,
	Site,
	settingsOf,
} from './site.js';

const TS = 1_795_200_781;
const SIGNATURE = '0'.repeat(64);
const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

const REFUSALS: readonly (readonly [string, RequestParts, string, number, clockOffset?: number])[] = [
	['a UPS that nobody knows', { deviceId: 'other' }, 'unknown-device', 401],
	['an id in another spelling', { deviceId: `${ID} ` }, 'unknown-device', 401],
	['the name of something that every object has', { deviceId: 'constructor' }, 'unknown-device', 401],
	['another key', { key: 'ABCDEFGHJKMNPQRT' }, 'bad-signature', 401],
	['no signature', { headers: { 'x-w3pups-sig': undefined } }, 'bad-signature', 401],
	['a short signature', { signature: 'abc' }, 'bad-signature', 401],
	['no network time', { ts: '41' }, 'stale-timestamp', 401, 41 - TS],
	['no network time for six years', { ts: '179520078' }, 'stale-timestamp', 401, 179_520_078 - TS],
	['a short timestamp and another key', { ts: '41', key: 'ABCDEFGHJKMNPQRT' }, 'bad-timestamp', 401],
	[
		'a digit of the timestamp in the nonce',
		{ ts: '179520078', nonce: '12bee6844d6b90e94' },
		'bad-nonce',
		401,
	],
	['no timestamp', { ts: '' }, 'bad-timestamp', 401],
	['a timestamp of eleven digits', { ts: '17952007811' }, 'bad-timestamp', 401],
	['a timestamp with a fraction', { ts: '1795200781.5' }, 'bad-timestamp', 401],
	['a clock that has not been set', { ts: '0000000015' }, 'stale-timestamp', 401, 15 - TS],
	['a timestamp 301 s old', { ts: TS - 301 }, 'stale-timestamp', 401, -301],
	['a timestamp 301 s ahead', { ts: TS + 301 }, 'stale-timestamp', 401, 301],
	['a nonce in capitals', { nonce: '2BEE6844D6B90E94' }, 'bad-nonce', 401],
	['bytes of the body in the nonce', { nonce: '2bee6844d6b90e94{}', body: '' }, 'bad-nonce', 401],
	['an empty body', { body: '' }, 'bad-json', 400],
	['half an object', { body: '{"ts":' }, 'bad-json', 400],
	['a compressed body', { body: gzipSync('{}') }, 'bad-json', 400],
	['an array', { body: '[]' }, 'bad-body', 400],
	['null', { body: 'null' }, 'bad-body', 400],
	['a text', { body: '"x"' }, 'bad-body', 400],
	['33 levels', { body: nested(33) }, 'bad-body', 400],
];

const ACCEPTED: readonly (readonly [string, RequestParts])[] = [
	['an empty object', { body: '{}' }],
	['a timestamp 300 s old', { ts: TS - 300 }],
	['a timestamp 300 s ahead', { ts: TS + 300 }],
	['32 levels', { body: nested(32) }],
	['bytes that are no UTF-8', { body: Buffer.from('7b2261636b73223a5b22c3225d7d', 'hex') }],
	['keys like __proto__', { body: '{"__proto__":{"acks":["x"]},"constructor":null}' }],
];

/** What is wrong, the first to be told first: each row fails all the checks from its own on. */
const ORDER: readonly (readonly [string, RequestParts])[] = [
	['bad-timestamp', { ts: 'x', nonce: 'x', signature: 'x', deviceId: 'other', body: 'x' }],
	['bad-nonce', { ts: 1, nonce: 'x', signature: 'x', deviceId: 'other', body: 'x' }],
	['bad-signature', { ts: '0000000001', signature: 'x', deviceId: 'other', body: 'x' }],
	['unknown-device', { ts: '41', signature: SIGNATURE, deviceId: 'other', body: 'x' }],
	['unknown-device', { ts: '0000000001', signature: SIGNATURE, deviceId: 'other', body: 'x' }],
	['bad-signature', { ts: '0000000001', signature: SIGNATURE, body: 'x' }],
	['stale-timestamp', { ts: '0000000001', body: 'x' }],
	['bad-json', { body: 'x', nonce: 'aaaaaaaaaaaaaaaa' }],
	['bad-body', { body: '[]', nonce: 'aaaaaaaaaaaaaaaa' }],
	['replayed-nonce', { nonce: 'aaaaaaaaaaaaaaaa' }],
];

describe('a request is refused', () => {
	for (const [what, parts, reason, status, clockOffset] of REFUSALS) {
		it(`with ${what}: ${reason}`, async () => {
			const site = new Site().start();
			const decision = await site.post(parts);
			const subject = parts.deviceId ?? ID;
			const offset = clockOffset !== undefined && { clockOffset };
			assert.deepEqual(decision, {
				refused: reason,
				status,
				subject,
				...(status === 401 && { publicReason: 'unauthorized' }),
				...offset,
			});
			assert.deepEqual(site.events, [
				{
					event: 'refused',
					deviceId: subject,
					time: TS * 1000,
					reason,
					remoteAddress: ADDRESS,
					status,
					...offset,
				},
			]);
			assert.deepEqual([site.messages, site.changes, site.problems], [[], [], []]);
		});
	}

	for (const [index, [reason, parts]] of ORDER.entries()) {
		it(`for the first reason of several, ${index + 1}: ${reason}`, async () => {
			const site = new Site().start();
			await site.post({ nonce: 'aaaaaaaaaaaaaaaa' });
			const { ts = TS } = parts;
			const decision = await site.post({ ...parts, ts: ts === 1 ? '0000000001' : ts });
			assert.equal(isRefusal(decision) && decision.refused, reason);
		});
	}

	it('without network time, however wide the accepted difference and however wrong this clock is', async () => {
		const site = new Site(new ManualTime(41_000)).start({ clockSkew: 31_536_000 });
		const decision = await site.post({ ts: '41' });
		assert.equal(isRefusal(decision) && decision.refused, 'stale-timestamp');
	});

	it('never by its head alone, since the time of the answer would tell an unknown id', () => {
		const site = new Site().start();
		assert.equal(site.receiver.admit(), undefined);
	});

	for (const [what, parts] of REFUSALS.filter(([, , , status]) => status === 401)) {
		it(`with ${what} after exactly one HMAC over its body`, async () => {
			const site = new Site().start();
			const request = requestOf({ ts: TS, ...parts });
			const updates: unknown[] = [];
			const original = crypto.createHmac;
			mock.method(crypto, 'createHmac', (...order: Parameters<typeof original>) => {
				const hmac = original(...order);
				const update = hmac.update.bind(hmac);
				hmac.update = ((data: Buffer) => {
					updates.push(data);
					return update(data);
				}) as typeof hmac.update;
				return hmac;
			});
			await site.handle(request);
			mock.restoreAll();
			assert.equal(updates.length, 2);
			assert.equal(updates[1], request.rawBody);
		});
	}

	it('with at most 64 characters of the id that it claims', async () => {
		const site = new Site().start();
		await site.post({ deviceId: 'x'.repeat(5000) });
		assert.equal(site.events[0]?.deviceId, 'x'.repeat(64));
	});

	it('and told to those who look at that UPS, or to all where nobody does', () => {
		const site = new Site();
		const heard: string[] = [];
		const listen = (name: string) => ({
			message() {},
			event: () => heard.push(name),
			view() {},
			failure() {},
		});
		site.service.register(settingsOf());
		site.receiver.subscribe(ID, listen('one'));
		site.receiver.subscribe('other', listen('other'));
		const refused = { reason: 'bad-signature', status: 401, remoteAddress: ADDRESS };
		site.receiver.refused({ ...refused, subject: ID });
		site.receiver.refused({ ...refused, subject: 'third' });
		assert.deepEqual(heard, ['one', 'one', 'other']);
	});

	it('when the UPS is configured, but nobody looks for it here', async () => {
		const site = new Site();
		site.service.register(settingsOf());
		site.receiver.subscribe('other', site.listener);
		const decision = await site.post();
		assert.equal(isRefusal(decision) && decision.refused, 'unknown-device');
	});

	it('without growing the memory of the service', async () => {
		const site = new Site().start();
		for (let index = 0; index < 1000; index++)
			await site.handle(requestOf({ ts: TS, deviceId: `id-${index}` }));
		assert.equal(site.service.views(undefined, ENDPOINT).length, 1);
		assert.deepEqual(
			[...Array(1000).keys()].filter((index) => site.service.registry.keyOf(`id-${index}`) !== undefined),
			[],
		);
	});
});

describe('a request is accepted', () => {
	for (const [what, parts] of ACCEPTED) {
		it(`with ${what}`, async () => {
			const site = new Site().start();
			const decision = await site.post({ ts: TS, ...parts });
			assert.equal(decision.status, 200);
			assert.equal(site.messages.length, 1);
			assert.deepEqual(site.problems, []);
		});
	}
});

describe('a nonce', () => {
	const nonce = '2bee6844d6b90e94';
	const reasonOf = (decision: object) => ('refused' in decision ? decision.refused : 200);

	it('is accepted once, also when two come at one moment', async () => {
		const site = new Site().start();
		const request = requestOf({ ts: TS, nonce });
		const decisions = await Promise.all([site.handle(request), site.handle(request)]);
		assert.deepEqual(decisions.map(reasonOf), [200, 'replayed-nonce']);
	});

	it('is accepted once, also when the disk is slow', async () => {
		const site = new Site().start();
		site.store.delaying = true;
		const request = requestOf({ ts: TS, nonce });
		const all = Promise.all([site.handle(request), site.handle(request), site.handle(request)]);
		await settled();
		site.store.release();
		assert.deepEqual((await all).map(reasonOf), [200, 'replayed-nonce', 'replayed-nonce']);
	});

	it('is accepted once, with another body too', async () => {
		const site = new Site().start();
		assert.equal(reasonOf(await site.post({ nonce })), 200);
		assert.equal(reasonOf(await site.post({ nonce, body: { uptime_s: 5 } })), 'replayed-nonce');
	});

	it('is accepted once, also after a restart', async () => {
		const request = requestOf({ ts: TS, nonce });
		const site = new Site().start();
		assert.equal(reasonOf(await site.receive(request)), 200);
		assert.equal(reasonOf(await site.restarted().start().receive(request)), 'replayed-nonce');
		assert.equal(
			reasonOf(await site.restarted(site.store.afterKill()).start().receive(request)),
			'replayed-nonce',
		);
	});

	it('is not spent by a request that is refused', async () => {
		const site = new Site().start();
		await site.post({ nonce, key: 'ABCDEFGHJKMNPQRT' });
		await site.post({ nonce, body: '[]' });
		assert.equal(reasonOf(await site.post({ nonce })), 200);
	});

	it('is one per UPS', async () => {
		const site = new Site().start();
		site.service.register(settingsOf({ deviceId: 'other' }));
		assert.equal(reasonOf(await site.post({ nonce })), 200);
		assert.equal(reasonOf(await site.post({ nonce, deviceId: 'other' })), 200);
	});

	it('may be forgotten, but what is that old is refused even when the accepted difference is raised', async () => {
		const request = requestOf({ ts: TS, nonce });
		const site = new Site();
		const unregister = site.service.register(settingsOf());
		site.receiver.subscribe(undefined, site.listener);
		assert.equal(reasonOf(await site.receive(request)), 200);
		await site.time.advance(700_000);
		await site.post();
		assert.equal(site.store.noncesOf(`ups/${ID}`).includes(nonce), false);
		unregister();
		site.service.register(settingsOf({ clockSkew: 3600 }));
		assert.equal(reasonOf(await site.receive(request)), 'stale-timestamp');
	});

	it('costs no memory for ever', async () => {
		const site = new Site().start();
		for (let index = 0; index < 300; index++) {
			await site.time.advance(30_000);
			assert.equal((await site.post()).status, 200);
		}
		assert.ok(site.store.noncesOf(`ups/${ID}`).length <= 21);
	});
});

describe('keys', () => {
	it('of two UPSes do not open each other', async () => {
		const site = new Site().start();
		site.service.register(settingsOf({ deviceId: 'other', key: settingsOf().key }));
		const decision = await site.post({ deviceId: 'other', key: KEY });
		assert.equal(decision.status, 200);
		assert.deepEqual(
			site.messages.map(({ topic }) => topic),
			['other'],
		);
	});
});
