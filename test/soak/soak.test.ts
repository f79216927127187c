import assert from 'node:assert/strict';
import { patience } from '../patience.js';
import { Site } from './site.js';
import { type Usage, usageOf } from './usage.js';

/** Rounds of ten requests each, made as fast as they are answered. */
const ROUNDS = 100;
/** Until the process has learned most of what it learns. */
const WARM_UP = 150;
const BATCHES = 4;
/** Bytes; a message that stays is several times as much. */
const MOST_PER_REQUEST = 250;

describe('a long run in short', () => {
	let site: Site;
	before(async () => {
		site = await Site.start({ upses: 5, cars: 6, addresses: 30 });
	});
	after(() => site.stop());

	async function load(rounds: number): Promise<Usage> {
		for (let round = 0; round < rounds; round++) {
			const several = [site.ups(), site.ups(), site.ups(), site.car(), site.car(), site.car(), site.ask()];
			await Promise.all([...several, site.stranger(), site.stranger(), site.command()]);
		}
		// Long enough for every nonce and every command to be over.
		for (let time = 0; time < 3; time++) await site.later(700_000);
		return usageOf(site.nr);
	}

	it('leaves no memory of requests behind', async function () {
		this.timeout(patience(120_000));
		let before = await load(WARM_UP);
		const left: number[] = [];
		for (let batch = 0; batch < BATCHES; batch++) {
			const requests = site.requests;
			const after = await load(ROUNDS);
			left.push((after.heap - before.heap) / (site.requests - requests));
			before = after;
		}
		// What is learned, compiled or by chance not collected shows in some of them; what stays for good in all.
		assert.ok(Math.min(...left) < MOST_PER_REQUEST, `${left} bytes are left of each request`);
	});

	it('leaves no handle, no listener and no route of deploys behind', async () => {
		const before = await usageOf(site.nr);
		for (let time = 0; time < 6; time++)
			await Promise.all([site.redeploy(), site.car(), site.car(), site.ups()]);
		await site.later(1000);
		const after = await usageOf(site.nr);
		const { Timeout: timers = 0, TCPServerWrap: servers } = after.handles;
		assert.deepEqual([after.listeners, after.routes], [before.listeners, before.routes]);
		assert.equal(servers, before.handles.TCPServerWrap);
		assert.equal(site.unserved, 0, JSON.stringify(site.counts));
		assert.ok(timers <= (before.handles.Timeout ?? 0) + 3, JSON.stringify(after.handles));
	});
});
