import assert from 'node:assert/strict';
import { settled } from '../manual-time.js';
import { ID, requestOf, Site, START, settingsOf } from './site.js';

const NEVER = { event: 'offline', never: true, deviceId: ID, time: START + 120_000 };

describe('a UPS that never reported', () => {
	it('is offline once, `offlineAfter` after the deploy', async () => {
		const site = new Site().start();
		await site.time.advance(119_999);
		assert.deepEqual(site.events, []);
		await site.time.advance(1);
		assert.deepEqual(site.events, [NEVER]);
		await site.time.advance(86_400_000);
		assert.deepEqual([site.events, site.leftovers.outbox], [[NEVER], 0]);
	});

	it('is offline once, also over restarts and deploys', async () => {
		const site = new Site().start();
		await site.time.advance(120_000);
		const next = site.restarted().start();
		await next.time.advance(86_400_000);
		assert.deepEqual(next.events, []);
	});

	it('is offline also when a kill came before the event was delivered', async () => {
		const site = new Site();
		site.service.register(settingsOf());
		await settled();
		await site.time.advance(120_000);
		const next = site.restarted(site.store.afterKill()).start();
		await settled();
		assert.deepEqual(next.events, [NEVER]);
	});

	it('is offline at every endpoint, since it belongs to none', async () => {
		const site = new Site().start();
		const other: unknown[] = [];
		site.receiver.subscribe(ID, { ...site.listener, event: (event) => other.push(event) });
		await site.time.advance(120_000);
		assert.deepEqual([site.events, other], [[NEVER], [NEVER]]);
	});

	it('is not offline with `never` after a report', async () => {
		const site = new Site().start();
		await site.time.advance(110_000);
		await site.post();
		await site.time.advance(240_000);
		assert.deepEqual(site.events, [
			{ event: 'online', deviceId: ID, time: START + 110_000 },
			{ event: 'offline', deviceId: ID, time: START + 230_000 },
		]);
	});

	it('waits longer for no step of the clock, and not shorter', async () => {
		const site = new Site().start();
		for (const step of [3600_000, -7200_000]) {
			await site.time.advance(50_000);
			site.time.setClock(site.time.now() + step);
			await settled();
			assert.deepEqual(site.events, []);
		}
		await site.time.advance(20_000);
		assert.deepEqual(site.eventNames, ['offline']);
	});

	it('stays so after a refused request', async () => {
		const site = new Site().start();
		await site.post({ key: 'ABCDEFGHJKMNPQRT' });
		await site.time.advance(120_000);
		assert.deepEqual(site.eventNames, ['refused', 'offline']);
	});

	it('is online with its first report', async () => {
		const site = new Site().start();
		await site.time.advance(120_000);
		await site.post({ body: { power: { version: 2, flags: 6, vbus_in_mv: 100 } } });
		assert.deepEqual(site.eventNames, ['offline', 'online', 'mains-lost']);
	});
});

describe('`offline`', () => {
	it('says so where the last report was on battery', async () => {
		for (const [flags, onBattery] of [
			[6, true],
			[31, undefined],
		] as const) {
			const site = new Site().start();
			await site.post({ body: { power: { version: 2, flags, vbus_in_mv: 100 } } });
			await site.time.advance(120_000);
			assert.deepEqual(site.events.at(-1), {
				...{ event: 'offline', ...(onBattery && { onBattery }), deviceId: ID },
				time: START + 120_000,
			});
		}
	});

	it('comes in time although the clock was set back while Node-RED was down', async () => {
		const site = new Site().start();
		await site.post();
		site.time.setClock(START - 3_600_000);
		const next = site.restarted().start();
		await next.time.advance(120_000);
		assert.deepEqual(next.eventNames, ['offline']);
	});

	it('comes neither with a restart after a long time nor with a step of the clock', async () => {
		const site = new Site().start();
		await site.post();
		const next = site.restarted();
		await next.time.advance(86_400_000);
		next.start();
		next.time.setClock(next.time.now() + 86_400_000);
		await next.time.advance(119_999);
		assert.deepEqual(next.events, []);
		await next.receive(requestOf({ ts: next.seconds }));
		next.time.setClock(next.time.now() - 3600_000);
		await next.time.advance(119_999);
		assert.deepEqual(next.events, []);
		await next.time.advance(1);
		assert.deepEqual(next.eventNames, ['offline']);
	});
});
