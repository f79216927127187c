import assert from 'node:assert/strict';
import { settled } from '../manual-time.js';
import { chance, STATES } from './simulation.js';
import { idsIn, isRefusal, requestOf, Site } from './site.js';

/** More requests in flight than a UPS ever has. */
const AT_ONCE = 4;

/** A UPS that executes what it gets and names it in its next POST, with several requests under way at once. */
class HastyUps {
	private readonly acks = new Set<string>();
	readonly executed: string[] = [];
	private ts: number;
	private underWay = 0;

	constructor(private readonly site: Site) {
		this.ts = site.seconds;
	}

	async post(): Promise<void> {
		if (this.underWay === AT_ONCE) return;
		this.underWay++;
		await this.exchange().finally(() => this.underWay--);
	}

	private async exchange(): Promise<void> {
		const acks = [...this.acks];
		const body = {
			uptime_s: this.ts - this.site.seconds + 1000,
			acks,
			power: { version: 2, faults: this.ts & 1 },
		};
		const decision = await this.site.receive(requestOf({ ts: this.ts++, body }));
		if (isRefusal(decision)) return;
		for (const id of acks) this.acks.delete(id);
		for (const id of idsIn(decision)) {
			this.acks.add(id);
			this.executed.push(id);
		}
	}
}

/** Orders, POSTs and withdrawals over one another, over a disk that is slow or fails at times. */
async function turmoil(seed: number) {
	const site = new Site().start();
	const ups = new HastyUps(site);
	const random = chance(seed);
	const work: Promise<unknown>[] = [];
	for (let step = 0; step < 150; step++) {
		const kind = Math.floor(random() * 8);
		if (kind < 3) work.push(ups.post());
		else if (kind < 6) work.push(site.queue('ui.beep').catch(() => undefined));
		else if (kind === 6)
			work.push(site.service.commands.cancel(site.events[0]?.deviceId ?? 'x', true).catch(() => undefined));
		else site.store.failing = random() < 0.3;
		site.store.delaying = random() < 0.5;
		if (random() < 0.3) await settled();
		if (!site.store.delaying) site.store.release();
	}
	site.store.failing = false;
	site.store.release();
	await Promise.all(work);
	for (let rest = 0; rest < 60; rest++) await ups.post();
	await settled();
	return { site, ups };
}

describe('everything at once, over a disk that is slow and fails', () => {
	for (const seed of [21, 22, 23, 24, 25, 26, 27, 28]) {
		it(`delivers each command's states once and in order, seed ${seed}`, async () => {
			const { site, ups } = await turmoil(seed);
			const ids = [...new Set(site.reports.map(({ id }) => id))];
			assert.ok(ids.length > 10);
			for (const id of ids) {
				const states = site.states(id).join(' ');
				assert.match(states, STATES.ui, states);
				assert.equal(ups.executed.includes(id), states === 'queued sent acked');
			}
			assert.deepEqual(
				ups.executed.filter((id) => !ids.includes(id)),
				[],
			);
			assert.deepEqual(site.idsStored(), []);
			assert.deepEqual(site.leftovers, { messages: 0, stored: 0, outbox: 0 });
			const faults = site.eventNames.filter((name) => name.startsWith('fault'));
			assert.deepEqual(
				faults,
				faults.map((_, index) => (index % 2 === (faults[0] === 'fault' ? 0 : 1) ? 'fault' : 'fault-cleared')),
			);
		});
	}
});
