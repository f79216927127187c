import assert from 'node:assert/strict';
import { coded } from '../errors.js';
import { settled } from '../manual-time.js';
import { ENDPOINT, ID, idsIn, isRefusal, requestOf, Site, START } from './site.js';

const CALM = { version: 2, flags: 31, vbus_in_mv: 20000, vbat_mv: 7700, faults: 0 };
const OUTAGE = { ...CALM, flags: 6, vbus_in_mv: 120 };
const reasonOf = (decision: object) => ('refused' in decision ? decision.refused : 200);
const told = ({ reports }: Site) =>
	reports.map(({ state, time, sent }) => [state, (time - START) / 1000, sent]);

describe('while the store is away', () => {
	it('a UPS gets its 200 and its message goes out, without commands and events', async () => {
		const site = new Site().start();
		const id = await site.queue('power.cycle');
		site.store.failing = true;
		const body = { uptime_s: 1000, power: OUTAGE };
		assert.deepEqual(idsIn(await site.post({ body })), []);
		await site.time.advance(30_000);
		assert.deepEqual(idsIn(await site.post({ body: { ...body, uptime_s: 1030 } })), []);
		assert.deepEqual(
			site.messages.map(({ ups }) => [ups.sent, ups.onBatterySince]),
			[
				[[], START],
				[[], START],
			],
		);
		assert.equal(site.failures.length, 2);
		assert.throws(() => {
			throw site.failures[0];
		}, coded('store-unavailable'));
		assert.deepEqual(site.eventNames, []);
		site.store.failing = false;
		await site.time.advance(30_000);
		assert.deepEqual(idsIn(await site.post({ body: { ...body, uptime_s: 1060 } })), [id]);
		assert.deepEqual(told(site), [
			['queued', 0, 0],
			['sent', 60, 1],
		]);
		assert.deepEqual(site.eventNames, ['online', 'mains-lost']);
	});

	it('the message still says how many commands wait', async () => {
		const site = new Site().start();
		await site.queue('ui.beep', { maxAge: 0 });
		await site.post({ body: { uptime_s: 1000 } });
		site.store.failing = true;
		await site.post({ body: { uptime_s: 1000 } });
		assert.deepEqual(
			site.messages.map(({ ups }) => ups.pending),
			[1, 1],
		);
	});

	it('an ack counts once the store is back, since the UPS does not send it again', async () => {
		const site = new Site().start();
		const [acked, rejected] = [await site.queue('power.cycle'), await site.queue('ui.beep')];
		await site.post({ body: { uptime_s: 1000 } });
		site.store.failing = true;
		await site.time.advance(30_000);
		const feedback = { acks: [acked], rejected: [{ id: rejected, reason: 'unsupported_cmd' }] };
		await site.post({ body: { uptime_s: 1030, ...feedback } });
		site.store.failing = false;
		await site.time.advance(30_000);
		// A POST that came late says nothing of commands, and must not take the ack with it.
		await site.post({ ts: site.seconds - 75, body: { uptime_s: 985 } });
		await site.post({ body: { uptime_s: 1060 } });
		assert.deepEqual(site.states(acked), ['queued', 'sent', 'acked']);
		assert.deepEqual(site.states(rejected), ['queued', 'sent', 'rejected']);
		assert.deepEqual(idsIn(await site.post({ body: { uptime_s: 1060 } })), []);
	});

	it('deadlines wait, and are met once it is back', async () => {
		const site = new Site().start();
		await site.post();
		await site.queue('ui.beep', { maxAge: 1000 });
		site.store.failing = true;
		await site.time.advance(122_000);
		assert.deepEqual([site.states(), site.eventNames], [['queued'], ['online']]);
		site.store.failing = false;
		await site.time.advance(1);
		assert.deepEqual(
			[site.states(), site.eventNames],
			[
				['queued', 'expired'],
				['online', 'offline'],
			],
		);
		assert.equal(site.service.views(ID, ENDPOINT)[0]?.online, false);
		assert.deepEqual(site.problems, []);
	});

	it('a UPS that goes on reporting is not offline afterwards', async () => {
		const site = new Site().start();
		await site.post({ body: { uptime_s: 1000 } });
		site.store.failing = true;
		for (let at = 30; at <= 300; at += 30) {
			await site.time.advance(30_000);
			await site.post({ body: { uptime_s: 1000 + at } });
		}
		site.store.failing = false;
		await site.time.advance(119_000);
		assert.deepEqual(site.eventNames, ['online']);
		await site.time.advance(1000);
		assert.deepEqual(site.eventNames, ['online', 'offline']);
	});

	it('a clock that is set takes no 200 and moves the deadlines afterwards', async () => {
		const site = new Site().start();
		await site.queue('ui.beep');
		site.store.failing = true;
		site.time.setClock(START + 3_600_000);
		assert.equal((await site.post()).status, 200);
		site.store.failing = false;
		await site.time.advance(599_999);
		assert.deepEqual(site.states(), ['queued']);
		await site.time.advance(1);
		assert.deepEqual(site.states(), ['queued', 'expired']);
	});

	it('so that it cannot even be read, it is the same', async () => {
		const site = new Site().start();
		await site.queue('ui.beep');
		await site.post({ body: { uptime_s: 1000 } });
		site.store.unreadable = true;
		assert.deepEqual(idsIn(await site.post({ body: { uptime_s: 1001 } })), []);
		await settled();
		assert.deepEqual([site.messages.length, site.failures.length, site.eventNames], [2, 1, ['online']]);
		site.store.unreadable = false;
		assert.equal((await site.post({ body: { uptime_s: 1002 } })).status, 200);
		assert.deepEqual(site.eventNames, ['online']);
	});

	it('what is accepted is accepted once, also when the store is back', async () => {
		const site = new Site().start();
		const requests = [requestOf({ ts: site.seconds }), requestOf({ ts: site.seconds + 1 })];
		site.store.failing = true;
		for (const request of requests) {
			const both = await Promise.all([site.receive(request), site.receive(request)]);
			assert.deepEqual(both.map(reasonOf), [200, 'replayed-nonce']);
		}
		site.store.failing = false;
		await site.post({ ts: site.seconds + 2 });
		for (const request of requests) assert.equal(reasonOf(await site.receive(request)), 'replayed-nonce');
	});

	it('what was accepted before is known where the store was a server, which cannot be asked', async () => {
		const site = new Site().start();
		site.store.shared = true;
		const report = requestOf({ ts: site.seconds, body: { uptime_s: 1000 } });
		assert.equal(reasonOf(await site.receive(report)), 200);
		site.store.failing = true;
		assert.equal(reasonOf(await site.receive(report)), 'replayed-nonce');
		await site.time.advance(30_000);
		assert.equal((await site.post({ body: { uptime_s: 1030 } })).status, 200);
		assert.equal(reasonOf(await site.receive(report)), 'replayed-nonce');
		site.store.failing = false;
		assert.equal(reasonOf(await site.receive(report)), 'replayed-nonce');
	});

	it('what is accepted is refused by the next process as well, once the store was back', async () => {
		const site = new Site().start();
		await site.post({ body: { uptime_s: 1000 } });
		site.store.failing = true;
		const posts = [1030, 1060].map((uptime_s) =>
			requestOf({ ts: site.seconds + uptime_s - 1000, body: { uptime_s } }),
		);
		for (const post of posts) assert.equal(reasonOf(await site.receive(post)), 200);
		site.store.failing = false;
		await settled();
		const next = site.restarted(site.store.afterKill()).start();
		for (const post of posts) assert.equal(reasonOf(await next.receive(post)), 'replayed-nonce');
	});

	it('a POST whose nonce was forgotten is refused as too old', async () => {
		const site = new Site().start({ clockSkew: 3600 });
		site.store.failing = true;
		const first = requestOf({ ts: site.seconds, body: { uptime_s: 1000 } });
		await site.receive(first);
		for (let at = 30; at <= 9000; at += 30) {
			await site.time.advance(30_000);
			assert.equal((await site.post({ body: { uptime_s: 1000 + at } })).status, 200);
		}
		site.time.setClock(START);
		assert.equal(reasonOf(await site.receive(first)), 'replayed-nonce');
	});

	it('a report from before makes no event when it recovers', async () => {
		const site = new Site().start();
		site.store.failing = true;
		await site.post({ body: { uptime_s: 1000, power: OUTAGE } });
		site.store.failing = false;
		await site.time.advance(30_000);
		await site.post({ body: { uptime_s: 1030, power: CALM } });
		assert.deepEqual(site.eventNames, ['online']);
	});
});

describe('a command that cannot be stored', () => {
	it('is an error and not queued', async () => {
		const site = new Site().start();
		site.store.failing = true;
		await assert.rejects(site.queue('ui.beep'), coded('store-unavailable'));
		site.store.failing = false;
		assert.deepEqual([site.idsStored(), site.reports], [[], []]);
		assert.deepEqual(idsIn(await site.post()), []);
		assert.equal(site.leftovers.messages, 0);
	});

	it('is an error if the outcome is unknown, and its states are delivered if it is stored', async () => {
		const site = new Site().start();
		site.store.unknownOutcome = 'made';
		await assert.rejects(site.queue('ui.beep'), coded('store-outcome-unknown'));
		site.store.unknownOutcome = undefined;
		const [id = ''] = site.idsStored();
		await site.time.advance(5000);
		assert.deepEqual(idsIn(await site.post({ body: { uptime_s: 1000 } })), [id]);
		await site.post({ body: { uptime_s: 1000, acks: [id] } });
		assert.deepEqual(site.states(), ['queued', 'sent', 'acked']);
		assert.deepEqual(site.queuedMessages, Array(3).fill({ topic: 'whole' }));
		assert.deepEqual(site.leftovers, { messages: 0, stored: 0, outbox: 0 });
	});

	it('leaves nothing if the outcome is unknown and it is not stored', async () => {
		const site = new Site().start();
		site.store.unknownOutcome = 'not made';
		await assert.rejects(site.queue('ui.beep'), coded('store-outcome-unknown'));
		site.store.unknownOutcome = undefined;
		assert.deepEqual(idsIn(await site.post({ body: { uptime_s: 1000 } })), []);
		const next = await site.queue('ui.beep');
		await site.post({ body: { uptime_s: 1000 } });
		await site.post({ body: { uptime_s: 1000, acks: [next] } });
		await site.queue('ui.beep');
		assert.deepEqual(site.states(), ['queued', 'sent', 'acked', 'queued']);
		assert.equal(site.leftovers.messages, 1);
	});
});

describe('an answer that does not carry a delivery which was stored', () => {
	for (const command of ['ui.beep', 'power.cycle'] as const) {
		it(`is a lost answer to the UPS: ${command} is sent again`, async () => {
			const site = new Site().start();
			await site.post({ body: { uptime_s: 1000 } });
			const id = await site.queue(command);
			await site.time.advance(30_000);
			site.store.unknownOutcome = 'made';
			assert.deepEqual(idsIn(await site.post({ body: { uptime_s: 1030 } })), []);
			site.store.unknownOutcome = undefined;
			await site.time.advance(30_000);
			assert.deepEqual(idsIn(await site.post({ body: { uptime_s: 1060 } })), [id]);
			await site.time.advance(30_000);
			await site.post({ body: { uptime_s: 1090, acks: [id] } });
			assert.deepEqual(told(site), [
				['queued', 0, 0],
				['sent', 30, 1],
				['acked', 90, 2],
			]);
		});
	}

	it('leaves a power cycle unknown where the UPS restarted meanwhile', async () => {
		const site = new Site().start();
		await site.post({ body: { uptime_s: 1000 } });
		await site.queue('power.cycle');
		site.store.unknownOutcome = 'made';
		await site.post({ body: { uptime_s: 1000 } });
		site.store.unknownOutcome = undefined;
		await site.time.advance(30_000);
		assert.deepEqual(idsIn(await site.post({ body: { uptime_s: 12 } })), []);
		assert.deepEqual(site.states(), ['queued', 'sent', 'unknown']);
	});

	it('delivers the events of its POST later, with their time', async () => {
		const site = new Site().start();
		await settled();
		site.store.unknownOutcome = 'made';
		assert.equal(isRefusal(await site.post({ body: { power: OUTAGE } })), false);
		assert.deepEqual(site.eventNames, []);
		site.store.unknownOutcome = undefined;
		await site.time.advance(5000);
		assert.deepEqual(
			site.events.map(({ event, time }) => [event, time]),
			[
				['online', START],
				['mains-lost', START],
			],
		);
	});
});

describe('a store that is slow', () => {
	it('sends no command before it is stored, nor an answer before its delivery is', async () => {
		const site = new Site().start();
		site.store.delaying = true;
		const ordering = site.queue('power.cycle');
		await settled();
		const post = site.handle(requestOf({ ts: site.seconds, body: { uptime_s: 1000 } }));
		await settled();
		site.store.failing = true;
		site.store.release();
		await assert.rejects(ordering, coded('store-unavailable'));
		assert.deepEqual(idsIn(await post), []);
		site.store.failing = false;
		await site.time.advance(30_000);
		assert.deepEqual(idsIn(await site.post({ body: { uptime_s: 1030 } })), []);
		assert.deepEqual(site.reports, []);
	});
});
