import assert from 'node:assert/strict';
import { type UpsEvent, UpsReceiver } from '../../../nodes/protocol/ups/index.js';
import { settled } from '../manual-time.js';
import { ENDPOINT, ID, isRefusal, type RequestParts, requestOf, Site, START, settingsOf } from './site.js';

const OTHER = 'own :8480 /';
const MAINS = { version: 2, flags: 31, vbus_in_mv: 19_900, vbat_mv: 8160 };
const OUTAGE = { ...MAINS, flags: 6, vbus_in_mv: 120 };

/** What a node at an endpoint got. */
class Inbox {
	readonly events: UpsEvent[] = [];
	messages = 0;
	readonly listener = {
		message: () => void this.messages++,
		event: (event: UpsEvent) => void this.events.push(event),
		view: () => {},
		failure: () => {},
	};

	get names(): string[] {
		return this.events.map(({ event }) => event);
	}
}

/** Two endpoints of one Node-RED, and a node at each that receives from every UPS. */
class TwoEndpoints {
	readonly here = new Inbox();
	readonly there = new Inbox();
	readonly other: UpsReceiver;

	constructor(readonly site = new Site()) {
		this.other = new UpsReceiver(site.service, OTHER);
	}

	/** Starts the flows; the node at the other endpoint comes first. */
	start(changed: object = {}): this {
		this.site.service.register(settingsOf(changed));
		this.other.subscribe(undefined, this.there.listener);
		this.site.receiver.subscribe(undefined, this.here.listener);
		return this;
	}

	restarted(changed: object = {}): TwoEndpoints {
		return new TwoEndpoints(this.site.restarted()).start(changed);
	}

	async post(receiver: UpsReceiver, parts: RequestParts = {}) {
		const decision = await receiver.handle(requestOf({ ts: this.site.seconds, ...parts }));
		if ('after' in decision) decision.after?.();
		await settled();
		return decision;
	}
}

describe('events of a UPS', () => {
	it('go to the endpoint at which it reported last, those of timers too', async () => {
		const both = new TwoEndpoints().start();
		await both.post(both.site.receiver);
		await both.site.time.advance(120_000);
		await both.post(both.site.receiver, { body: { power: OUTAGE } });
		assert.deepEqual(both.here.names, ['online', 'offline', 'online', 'mains-lost']);
		assert.deepEqual([both.there.names, both.there.messages], [[], 0]);
	});

	it('go there after a restart too, whichever node comes first', async () => {
		const both = new TwoEndpoints().start();
		await both.post(both.site.receiver, { body: { power: OUTAGE } });
		const next = both.restarted();
		await next.site.time.advance(120_000);
		assert.deepEqual([next.here.names, next.there.names], [['offline'], []]);
	});

	it('go there while a command is being stored', async () => {
		const both = new TwoEndpoints().start({ commandMaxAge: 0 });
		both.site.attach('n');
		await both.post(both.site.receiver);
		for (const power of [OUTAGE, MAINS, OUTAGE, MAINS]) {
			both.site.store.delaying = true;
			const order = both.site.queue('ui.beep');
			const answer = both.post(both.site.receiver, { body: { power } });
			await settled();
			both.site.store.release();
			await Promise.all([order, answer]);
		}
		const pair = ['mains-lost', 'mains-restored'];
		assert.deepEqual([both.here.names, both.there.names], [['online', ...pair, ...pair], []]);
	});

	it('go with it to another endpoint', async () => {
		const both = new TwoEndpoints().start();
		await both.post(both.site.receiver);
		await both.site.time.advance(30_000);
		await both.post(both.other, { body: { power: OUTAGE } });
		await both.site.time.advance(120_000);
		assert.deepEqual(both.here.names, ['online']);
		assert.deepEqual(both.there.names, ['mains-lost', 'offline']);
		const views = (endpoint: string) => both.site.service.views(ID, endpoint)[0]?.elsewhere;
		assert.deepEqual([views(ENDPOINT), views(OTHER)], [true, undefined]);
	});

	it('reach the remaining nodes when its endpoint is removed', async () => {
		const first = new TwoEndpoints().start();
		await first.post(first.other);
		const site = first.site.restarted();
		const inbox = new Inbox();
		site.service.register(settingsOf());
		site.receiver.subscribe(undefined, inbox.listener);
		assert.equal(site.service.views(ID, ENDPOINT)[0]?.elsewhere, undefined);
		await site.time.advance(120_000);
		assert.deepEqual(inbox.names, ['offline']);
	});

	it('wait for the nodes of a deploy that takes its time', async () => {
		const both = new TwoEndpoints().start();
		await settled();
		const decision = await both.other.handle(requestOf({ ts: both.site.seconds }));
		assert.equal(isRefusal(decision as never), false);
		const site = both.site.restarted(both.site.store.afterKill());
		const [here, there] = [new Inbox(), new Inbox()];
		site.service.register(settingsOf());
		site.receiver.subscribe(undefined, here.listener);
		await site.time.advance(9000);
		assert.deepEqual(here.names, []);
		new UpsReceiver(site.service, OTHER).subscribe(undefined, there.listener);
		await site.time.advance(30_000);
		assert.deepEqual([here.names, there.names], [[], ['online']]);
	});
});

describe('several nodes at one endpoint', () => {
	it('all get the messages and events of the UPSes that they asked for', async () => {
		const site = new Site();
		const inboxes = [new Inbox(), new Inbox(), new Inbox()] as const;
		site.service.register(settingsOf());
		site.service.register(settingsOf({ deviceId: 'other' }));
		site.receiver.subscribe(ID, inboxes[0].listener);
		site.receiver.subscribe(ID, inboxes[1].listener);
		site.receiver.subscribe(undefined, inboxes[2].listener);
		await site.post();
		await site.post({ deviceId: 'other' });
		assert.deepEqual(
			inboxes.map(({ names, messages }) => [names.length, messages]),
			[
				[1, 1],
				[1, 1],
				[2, 2],
			],
		);
	});

	it('do not know a UPS that none of them asks for', async () => {
		const site = new Site();
		const inbox = new Inbox();
		site.service.register(settingsOf());
		site.service.register(settingsOf({ deviceId: 'other' }));
		site.receiver.subscribe('other', inbox.listener);
		const decision = await site.post();
		assert.equal(isRefusal(decision) && decision.refused, 'unknown-device');
		assert.equal(inbox.events[0]?.time, START);
	});
});
