import assert from 'node:assert/strict';
import type { CommandReport, UpsEvent, UpsSettings } from '../../../nodes/protocol/ups/index.js';
import { ManualTime, settled } from '../manual-time.js';
import { TestStore } from '../memory-store.js';
import { chance } from './simulation.js';
import {
	ENDPOINT,
	ID,
	idsIn,
	isRefusal,
	type RequestParts,
	requestOf,
	Site,
	START,
	settingsOf,
} from './site.js';

const CALM = { version: 2, flags: 31, vbus_in_mv: 20000, vbat_mv: 7700, faults: 0 };
const OUTAGE = { ...CALM, flags: 6, vbus_in_mv: 120 };
const reasonOf = (decision: object) => ('refused' in decision ? decision.refused : 200);

/** Two Node-REDs with the same flows over one store, behind a balancer. */
class Pair {
	readonly time = new ManualTime(START);
	readonly store = new TestStore(this.time);
	readonly one: Site;
	readonly other: Site;

	constructor(settings: Partial<UpsSettings> = {}) {
		this.store.shared = true;
		this.one = new Site(this.time, this.store).start(settings);
		this.other = new Site(this.time, this.store).start(settings);
	}

	/** What was told by either, in the order of time. */
	get events(): UpsEvent[] {
		return [...this.one.events, ...this.other.events].sort((a, b) => a.time - b.time);
	}

	get reports(): CommandReport[] {
		return [...this.one.reports, ...this.other.reports].sort((a, b) => a.time - b.time);
	}

	get names(): string[] {
		return this.events.map(({ event }) => event);
	}

	get states(): string[] {
		return this.reports.map(({ state }) => state);
	}
}

describe('two Node-REDs over one store', () => {
	it('deliver each event once, whichever takes the POST', async () => {
		const pair = new Pair();
		for (let count = 0; count < 12; count++) {
			const site = count % 2 === 0 ? pair.one : pair.other;
			const power = count % 3 === 2 ? OUTAGE : CALM;
			await site.post({ body: { uptime_s: 1000 + 30 * count, power } });
			await pair.time.advance(30_000);
		}
		const outage = ['mains-lost', 'mains-restored'];
		assert.deepEqual(pair.names, ['online', ...outage, ...outage, ...outage, 'mains-lost']);
		assert.deepEqual([pair.one.messages.length, pair.other.messages.length], [6, 6]);
		assert.deepEqual(pair.one.leftovers.outbox, 0);
	});

	it('process a command together, each state delivered once', async () => {
		const pair = new Pair();
		const body = (uptime: number, host: number) => ({ uptime_s: uptime, host: { uptime_s: host } });
		await pair.one.post({ body: body(1000, 5000) });
		const id = await pair.one.queue('power.cycle');
		await pair.time.advance(30_000);
		assert.deepEqual(idsIn(await pair.other.post({ body: body(1030, 5030) })), [id]);
		await pair.time.advance(30_000);
		assert.deepEqual(idsIn(await pair.one.post({ body: { ...body(1060, 5060), acks: [id] } })), []);
		await pair.time.advance(30_000);
		await pair.other.post({ body: body(1090, 20) });
		assert.deepEqual(
			[pair.one.states(), pair.other.states()],
			[
				['queued', 'acked'],
				['sent', 'confirmed'],
			],
		);
		assert.deepEqual(pair.one.queuedMessages, [{ topic: 'whole' }, { topic: 'whole' }]);
		assert.deepEqual(pair.other.queuedMessages, [{ topic: 'stored' }, { topic: 'stored' }]);
		assert.deepEqual(pair.one.idsStored(), []);
		// The message that queued it goes with the next command, since another told its end.
		await pair.one.queue('ui.beep');
		assert.equal(pair.one.leftovers.messages, 1);
	});

	it('cancel a command that the other one queued', async () => {
		const pair = new Pair();
		const id = await pair.one.queue('ui.beep');
		await pair.other.service.commands.cancel(undefined, id);
		assert.deepEqual([pair.one.states(), pair.other.states()], [['queued'], ['cancelled']]);
		assert.deepEqual(idsIn(await pair.one.post()), []);
		assert.deepEqual(await pair.other.service.commands.pending('n'), []);
	});

	it('accept a POST once', async () => {
		const pair = new Pair();
		for (const delaying of [false, true]) {
			const request = requestOf({ ts: pair.one.seconds });
			pair.store.delaying = delaying;
			const both = Promise.all([pair.one.receive(request), pair.other.receive(request)]);
			await settled();
			pair.store.release();
			assert.deepEqual((await both).map(reasonOf).sort(), [200, 'replayed-nonce']);
		}
	});

	it('deliver `offline` once, when neither has got a report for so long', async () => {
		const pair = new Pair();
		await pair.one.post();
		await pair.time.advance(100_000);
		await pair.other.post();
		assert.equal(pair.store.dueOf(`ups/${ID}`), START + 220_000);
		await pair.time.advance(119_999);
		assert.deepEqual(pair.names, ['online']);
		await pair.time.advance(1);
		assert.deepEqual(pair.events.slice(1), [{ event: 'offline', deviceId: ID, time: START + 220_000 }]);
		await pair.time.advance(86_400_000);
		assert.deepEqual(pair.names, ['online', 'offline']);
	});

	it('deliver `offline` in time although one has just begun to listen', async () => {
		const pair = new Pair();
		await pair.one.post();
		await pair.time.advance(110_000);
		pair.other.kill();
		const next = new Site(pair.time, pair.store).start();
		await pair.time.advance(10_000);
		assert.deepEqual([pair.one.eventNames, next.eventNames], [['online', 'offline'], []]);
	});

	it('wait the whole time when the only process left has just begun to listen', async () => {
		const pair = new Pair();
		await pair.one.post();
		pair.one.kill();
		pair.other.kill();
		await pair.time.advance(86_400_000);
		const next = new Site(pair.time, pair.store).start();
		await pair.time.advance(119_000);
		assert.deepEqual(next.eventNames, []);
		await pair.time.advance(6_000);
		assert.deepEqual(next.eventNames, ['offline']);
	});

	it('deliver once that a UPS never reported', async () => {
		const pair = new Pair();
		await pair.time.advance(86_400_000);
		assert.deepEqual(pair.events, [{ event: 'offline', never: true, deviceId: ID, time: START + 120_000 }]);
	});

	it('meet each deadline once', async () => {
		const pair = new Pair({ mainsLostAfter: 60_000, offlineAfter: 600_000 });
		await pair.one.queue('ui.beep', { maxAge: 30_000 });
		await pair.other.post({ body: { uptime_s: 1, power: OUTAGE } });
		await pair.time.advance(300_000);
		assert.deepEqual(pair.states, ['queued', 'sent', 'unknown']);
		assert.deepEqual(pair.names, ['online', 'mains-lost']);
	});

	it('move no deadline by a step of one machine’s clock: the time is the store’s', async () => {
		const pair = new Pair();
		await pair.one.post({ body: { uptime_s: 1000 } });
		await pair.one.queue('ui.beep');
		pair.time.setClock(START + 3_600_000);
		pair.store.ahead = -3_600_000;
		await pair.other.post({ body: { uptime_s: 1000 } });
		await pair.time.advance(119_999);
		assert.deepEqual([pair.names, pair.states], [['online'], ['queued', 'sent']]);
		await pair.time.advance(480_001);
		assert.deepEqual(
			[pair.names, pair.states],
			[
				['online', 'offline'],
				['queued', 'sent', 'unknown'],
			],
		);
		assert.equal(pair.events[1]?.time, START + 120_000);
	});

	it('show on their badges what the other one has received', async () => {
		const pair = new Pair();
		await pair.one.post({ body: { power: OUTAGE } });
		const view = (site: Site) => site.service.views(ID, ENDPOINT)[0];
		assert.equal(view(pair.other)?.seen, false);
		await pair.time.advance(120_000);
		assert.deepEqual(view(pair.other), view(pair.one));
		assert.deepEqual([view(pair.one)?.online, view(pair.one)?.mains], [false, false]);
		assert.ok(pair.other.views > 0);
	});
});

describe('a Node-RED that dies between the commit of a POST and its events', () => {
	it('leaves them to another one, which delivers them after 5 s with the same time', async () => {
		const pair = new Pair();
		const id = await pair.one.queue('ui.beep');
		await pair.time.advance(1000);
		const decision = await pair.one.handle(requestOf({ ts: pair.one.seconds, body: { power: OUTAGE } }));
		assert.deepEqual(idsIn(decision), [id]);
		pair.one.kill();
		await pair.time.advance(4999);
		assert.deepEqual([pair.other.events, pair.other.reports], [[], []]);
		await pair.time.advance(1);
		assert.deepEqual(
			pair.other.events.map(({ event, time }) => [event, time]),
			[
				['online', START + 1000],
				['mains-lost', START + 1000],
			],
		);
		assert.deepEqual(
			pair.other.reports.map(({ state, time, sent }) => [state, time, sent]),
			[['sent', START + 1000, 1]],
		);
		assert.deepEqual(pair.other.queuedMessages, [{ topic: 'stored' }]);
		await pair.time.advance(60_000);
		assert.deepEqual([pair.other.events.length, pair.other.leftovers.outbox], [2, 0]);
	});

	it('leaves them also when reports follow one another', async () => {
		const pair = new Pair();
		await settled();
		await pair.one.handle(requestOf({ ts: pair.one.seconds, body: { uptime_s: 1000 } }));
		pair.one.kill();
		pair.store.callsNobody = true;
		for (let at = 1; at <= 6; at++) {
			await pair.time.advance(1000);
			await pair.other.post({ body: { uptime_s: 1000 + at } });
		}
		assert.deepEqual(pair.other.events, [{ event: 'online', deviceId: ID, time: START }]);
	});

	it('leaves them also when the other one has no such node yet', async () => {
		const pair = new Pair();
		await pair.one.queue('ui.beep', { nodeId: 'late' });
		pair.one.kill();
		await pair.time.advance(3_000_000);
		assert.deepEqual(pair.other.reports, []);
		pair.other.attach('late');
		await settled();
		assert.deepEqual(pair.other.states(), ['queued', 'expired']);
	});
});

/** A UPS that executes what it gets and names it in its next POST, which goes to either Node-RED. */
class BalancedUps {
	private acks: string[] = [];
	readonly executed: string[] = [];
	private count = 0;

	constructor(private readonly time: ManualTime) {}

	/** @param isTold whether what happened is told, or the process dies before that */
	async post(site: Site, isTold: boolean): Promise<void> {
		const power = { ...CALM, faults: Math.floor(++this.count / 3) & 1 };
		const uptime_s = 1000 + Math.round(this.time.monotonic() / 1000);
		const parts: RequestParts = { body: { uptime_s, acks: this.acks, power } };
		const request = requestOf({ ts: site.seconds, ...parts });
		const decision = isTold ? await site.receive(request) : await site.handle(request);
		if (isRefusal(decision)) assert.fail(decision.refused);
		this.acks = idsIn(decision);
		this.executed.push(...this.acks);
	}
}

/** Two Node-REDs that take POSTs and commands in turns by chance, and die by chance once a POST is committed. */
async function runWithDeaths(seed: number) {
	const random = chance(seed);
	const time = new ManualTime(START);
	const store = new TestStore(time);
	store.shared = true;
	const start = () => new Site(time, store).start();
	const alive = [start(), start()] as [Site, Site];
	const all: Site[] = [...alive];
	const ups = new BalancedUps(time);
	for (let step = 0; step < 120; step++) {
		const index = random() < 0.5 ? 0 : 1;
		const site = alive[index];
		if (random() < 0.4) await site.queue('ui.beep');
		const dies = random() < 0.2;
		await ups.post(site, !dies);
		if (dies) {
			site.kill();
			alive[index] = start();
			all.push(alive[index]);
		}
		await time.advance(random() * 10_000);
	}
	await time.advance(1000);
	for (const site of [...alive, ...alive]) await ups.post(site, true);
	await time.advance(10_000);
	return { ups, site: alive[0], reports: told(all, 'reports'), events: told(all, 'events') };
}

/** What all of them told, in the order of time and of the states that one POST can bring. */
function told<K extends 'reports' | 'events'>(sites: readonly Site[], what: K): Site[K] {
	const rank = (one: { state?: string; time: number }) => ORDER.indexOf(one.state ?? '');
	const found = sites.flatMap((site): (CommandReport | UpsEvent)[] => site[what]);
	return found.sort((a, b) => a.time - b.time || rank(a) - rank(b)) as Site[K];
}

const ORDER = ['queued', 'sent', 'acked'];

describe('two Node-REDs, of which one or the other dies at times', () => {
	for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
		it(`lose nothing and deliver everything once, seed ${seed}`, async () => {
			const { ups, site, reports, events } = await runWithDeaths(seed);
			const ids = [...new Set(reports.map(({ id }) => id))];
			for (const id of ids) {
				const own = reports.filter((report) => report.id === id);
				assert.deepEqual(
					own.map(({ state }) => state),
					['queued', 'sent', 'acked'],
				);
			}
			assert.ok(ids.length > 30);
			assert.deepEqual([...ups.executed].sort(), ids.sort());
			const pairs = Array.from(events.slice(1), (_, at) => (at % 2 === 0 ? 'fault' : 'fault-cleared'));
			assert.deepEqual(
				events.map(({ event }) => event),
				['online', ...pairs],
			);
			assert.ok(events.length > 30);
			assert.deepEqual([site.leftovers.outbox, site.leftovers.stored, site.idsStored()], [0, 0, []]);
		});
	}
});

describe('a UPS that is configured in one of two Node-REDs', () => {
	it('belongs to that one', async () => {
		const pair = new Pair();
		const unregister = pair.other.service.register(settingsOf({ deviceId: 'here' }));
		const request = {
			nodeId: 'n',
			command: 'ui.beep',
			args: {},
			maxAge: 60_000,
			message: {},
			storedMessage: {},
		} as const;
		await pair.other.service.commands.queue('here', request);
		await pair.time.advance(60_000);
		assert.deepEqual([pair.one.states(), pair.other.states()], [[], ['queued', 'expired']]);
		await pair.other.service.commands.queue('here', request);
		unregister();
		await pair.time.advance(120_000);
		assert.equal(pair.store.dueOf('ups/here') !== undefined, true);
		pair.one.service.register(settingsOf({ deviceId: 'here' }));
		await pair.time.advance(5000);
		assert.deepEqual(pair.one.states(), ['expired']);
	});
});
