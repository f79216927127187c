import assert from 'node:assert/strict';
import {
	type CommandReport,
	parseDeviceId,
	parseKey,
	UpsReceiver,
} from '../../../nodes/protocol/ups/index.js';
import { coded } from '../errors.js';
import { settled } from '../manual-time.js';
import { ADDRESS, ENDPOINT, ID, idsIn, requestOf, Site, START, settingsOf } from './site.js';

const CALM = { version: 2, flags: 31, vbus_in_mv: 20000, vbat_mv: 7700, faults: 0 };
const OUTAGE = { ...CALM, flags: 6, vbus_in_mv: 120 };
const stepsOf = (reports: readonly CommandReport[]) =>
	reports.map(({ state, time, sent, reason }) => [
		state,
		(time - START) / 1000,
		sent,
		...(reason ? [reason] : []),
	]);

describe('ids of UPSes', () => {
	it('are 1 to 64 characters without blanks', () => {
		for (const id of [ID, 'my-ups_01.b', 'x'.repeat(64), 'ä']) assert.equal(parseDeviceId(id), id);
		for (const id of ['', ' ', 'x'.repeat(65), 'a\u0000', '\u007f', undefined, null, 5, { toString: null }]) {
			assert.throws(() => parseDeviceId(id), coded('ups-bad-device-id'));
		}
	});

	it('of digits may stand in groups, as they are pasted', () => {
		for (const id of [' 8988 2280 6668 0569 990 ', '8988228066680569\u00a0990\n', '8988\t228066680569990'])
			assert.equal(parseDeviceId(id), ID);
	});

	it('with another space are a wrong value', () => {
		for (const id of ['a b', 'my ups', '8988 x', 'a\u00a0b'])
			assert.throws(() => parseDeviceId(id), coded('config-invalid'));
	});
});

describe('an accepted POST', () => {
	it('is answered, signed and shown', async () => {
		const site = new Site().start();
		const body = { ts: 1795200781, fw_ver: 'esp32:0.8.17', uptime_s: 137, acks: [] };
		const decision = await site.receive(requestOf({ ts: 1_795_200_783, nonce: '2bee6844d6b90e94', body }));
		assert.deepEqual(
			{ ...decision, after: undefined },
			{
				status: 200,
				headers: { 'X-W3PUPS-Sig': 'fa32596fa8002312a24936b8dad909a82110056761304d5e4adfee3423f9beeb' },
				body: '{"commands":[]}',
				after: undefined,
			},
		);
		assert.deepEqual(site.messages, [
			{
				topic: ID,
				payload: { time: 1_795_200_781_000, firmware: 'esp32:0.8.17', uptime: 137 },
				telemetry: body,
				ups: {
					deviceId: ID,
					name: 'Garage',
					receivedAt: START,
					clockOffset: 2,
					remoteAddress: ADDRESS,
					acks: [],
					rejected: [],
					sent: [],
					pending: 0,
				},
			},
		]);
		assert.deepEqual(site.events, [{ event: 'online', deviceId: ID, time: START }]);
	});

	it('names what was odd, dropped, acked and sent', async () => {
		const site = new Site().start();
		const id = await site.queue('ui.beep');
		await site.post({
			body: {
				ts: 'x',
				acks: ['a', 1],
				rejected: [{ id: 'b', reason: 'bad_id' }],
				resp_dropped: { bytes: 9, max: 8 },
			},
		});
		const { clockOffset, receivedAt, remoteAddress, deviceId, name, ...ups } =
			site.messages[0]?.ups ?? assert.fail();
		assert.deepEqual(ups, {
			acks: ['a'],
			rejected: [{ id: 'b', reason: 'bad_id' }],
			responseDropped: { bytes: 9, max: 8 },
			sent: [id],
			pending: 1,
			odd: ['ts', 'acks'],
		});
	});

	it('is shown after the answer, to each who looks, in an object of his own', async () => {
		const site = new Site().start();
		const seen: unknown[] = [];
		site.receiver.subscribe(ID, { ...site.listener, message: (message) => seen.push(message) });
		site.receiver.subscribe('other', { ...site.listener, message: () => assert.fail() });
		const elsewhere = new UpsReceiver(site.service, ENDPOINT);
		elsewhere.subscribe(undefined, { ...site.listener, message: () => assert.fail() });
		const decision = await site.handle(requestOf({ ts: site.seconds, body: { fw_ver: 'x' } }));
		assert.equal(site.messages.length, 0);
		if ('after' in decision) decision.after?.();
		assert.deepEqual(seen, site.messages);
		assert.notEqual(seen[0], site.messages[0]);
		assert.equal(site.messages.length, 1);
	});

	it('is shown to the others when one of them fails', async () => {
		const site = new Site();
		site.service.register(settingsOf());
		const broken = () => {
			throw new Error('broken flow');
		};
		site.receiver.subscribe(ID, { message: broken, event: broken, view: broken, failure: broken });
		site.receiver.subscribe(undefined, site.listener);
		assert.equal((await site.post()).status, 200);
		assert.deepEqual([site.messages.length, site.eventNames], [1, ['online']]);
		assert.equal(site.problems.length, 2);
	});

	it('lets its place be idle only when it has been shown', async () => {
		const site = new Site().start();
		await site.receiver.idle();
		site.store.delaying = true;
		const answer = site.handle(requestOf({ ts: site.seconds }));
		await settled();
		const order: string[] = [];
		const idle = site.receiver.idle().then(() => order.push(`idle after ${site.messages.length}`));
		await settled();
		assert.deepEqual(order, []);
		site.store.release();
		const decision = await answer;
		if ('after' in decision) decision.after?.();
		await idle;
		assert.deepEqual(order, ['idle after 1']);
	});

	it('is no more under way when it turns out to be a replay', async () => {
		const site = new Site().start();
		const request = requestOf({ ts: site.seconds });
		await site.receive(request);
		await site.receive(request);
		await site.receiver.idle();
		assert.equal(site.messages.length, 1);
	});
});

describe('events', () => {
	it('are edges, and stay edges over a restart', async () => {
		const site = new Site().start();
		await site.post({ body: { uptime_s: 1000, power: OUTAGE, host: { uptime_s: 5 } } });
		assert.deepEqual(site.eventNames, ['online', 'mains-lost']);
		const next = site.restarted().start();
		await next.time.advance(30_000);
		await next.post({ body: { uptime_s: 1030, power: OUTAGE, host: { uptime_s: 35 } } });
		assert.deepEqual(next.eventNames, []);
		await next.time.advance(30_000);
		await next.post({ body: { uptime_s: 1060, power: CALM } });
		assert.deepEqual(next.eventNames, ['mains-restored', 'host-down']);
	});

	it('are told again after a kill, to whoever looks then', async () => {
		const site = new Site().start();
		await settled();
		const decision = await site.handle(requestOf({ ts: site.seconds, body: { power: OUTAGE } }));
		assert.equal(decision.status, 200);
		const next = site.restarted(site.store.afterKill());
		next.service.register(settingsOf());
		await settled();
		next.receiver.subscribe(undefined, next.listener);
		await settled();
		assert.deepEqual(next.events, [
			{ event: 'online', deviceId: ID, time: START },
			{ event: 'mains-lost', inputVoltage: 0.12, inputTooLow: false, deviceId: ID, time: START },
		]);
		const last = next.restarted().start();
		await settled();
		assert.deepEqual(last.events, []);
	});

	it('come once, however many things happen meanwhile', async () => {
		const site = new Site().start();
		site.store.delaying = true;
		const answer = site.handle(requestOf({ ts: site.seconds, body: { power: OUTAGE } }));
		await settled();
		site.attach('m');
		site.receiver.subscribe('other', site.listener);
		await settled();
		assert.deepEqual(site.eventNames, []);
		site.store.release();
		const decision = await answer;
		if ('after' in decision) decision.after?.();
		site.attach('o');
		await settled();
		assert.deepEqual(site.eventNames, ['online', 'mains-lost']);
	});

	it('offline comes after a while of silence, once, and online with the next POST', async () => {
		const site = new Site().start();
		await site.post();
		await site.time.advance(119_999);
		assert.deepEqual(site.eventNames, ['online']);
		await site.time.advance(1);
		assert.deepEqual(site.events.at(-1), { event: 'offline', deviceId: ID, time: START + 120_000 });
		assert.equal(site.service.views(ID, ENDPOINT)[0]?.online, false);
		await site.time.advance(86_400_000);
		await site.post();
		assert.deepEqual(site.eventNames, ['online', 'offline', 'online']);
	});

	it('offline is found out when Node-RED starts and the UPS has gone meanwhile', async () => {
		const site = new Site().start();
		await site.post();
		await site.time.advance(50_000);
		const next = site.restarted().start();
		await settled();
		await next.time.advance(119_999);
		assert.deepEqual(next.eventNames, []);
		await next.time.advance(1);
		assert.deepEqual(next.eventNames, ['offline']);
	});

	it('offline does not come from a clock that jumps', async () => {
		const site = new Site().start();
		await site.post();
		site.time.setClock(START + 86_400_000);
		await site.time.advance(60_000);
		assert.deepEqual(site.eventNames, ['online']);
	});
});

describe('a command', () => {
	it('goes through its states, with the message that queued it', async () => {
		const site = new Site().start();
		await site.post({ body: { uptime_s: 1000, host: { uptime_s: 5000 } } });
		const id = await site.queue('power.cycle', { args: { off_ms: 1500 } });
		assert.deepEqual(site.reports, [
			{
				id,
				deviceId: ID,
				command: 'power.cycle',
				args: { off_ms: 1500 },
				state: 'queued',
				time: START,
				queuedAt: START,
				expiresAt: START + 600_000,
				sent: 0,
			},
		]);
		await site.time.advance(30_000);
		assert.deepEqual(idsIn(await site.post({ body: { uptime_s: 1030, host: { uptime_s: 5030 } } })), [id]);
		await site.time.advance(30_000);
		const acked = { uptime_s: 1060, host: { uptime_s: 5060 }, acks: [id] };
		assert.deepEqual(idsIn(await site.post({ body: acked })), []);
		await site.time.advance(30_000);
		await site.post({ body: { uptime_s: 1090, host: { uptime_s: 20 } } });
		assert.deepEqual(stepsOf(site.reports), [
			['queued', 0, 0],
			['sent', 30, 1],
			['acked', 60, 1],
			['confirmed', 90, 1],
		]);
		assert.deepEqual(site.queuedMessages, Array(4).fill({ topic: 'whole' }));
		assert.deepEqual(site.idsStored(), []);
	});

	it('is not taken when a thousand wait already, and is when one of them is cancelled', async () => {
		const site = new Site().start();
		for (let count = 0; count < 1000; count++) await site.queue('ui.beep');
		await assert.rejects(site.queue('ui.beep'), coded('ups-queue-full', { deviceId: ID, max: 1000 }));
		assert.equal(site.idsStored().length, 1000);
		await site.service.commands.cancel(ID, site.idsStored()[0] ?? '');
		await site.queue('ui.beep');
		assert.equal(site.idsStored().length, 1000);
	});

	it('has states and is sent only once it is durable', async () => {
		const site = new Site().start();
		const first = await site.queue('ui.beep');
		site.store.delaying = true;
		const ordering = site.queue('ui.beep');
		await settled();
		const post = site.handle(requestOf({ ts: site.seconds }));
		let isAnswered = false;
		void post.then(() => {
			isAnswered = true;
		});
		site.attach('m');
		await settled();
		assert.deepEqual([site.states(), isAnswered], [['queued'], false]);
		site.store.release();
		const decision = await post;
		const second = await ordering;
		assert.deepEqual(idsIn(decision), [first, second]);
		const queueing = site.store.commits.find(({ set }) => set?.some(([name]) => name.includes(second)));
		assert.equal(queueing?.durable, true);
		if ('after' in decision) decision.after?.();
		await settled();
		assert.deepEqual(site.states(second), ['queued', 'sent']);
	});

	it('for an unknown UPS is an error', async () => {
		const order = {
			nodeId: 'n',
			command: 'ui.beep',
			args: {},
			maxAge: 0,
			message: {},
			storedMessage: {},
		} as const;
		await assert.rejects(
			new Site().start().service.commands.queue('other', order),
			coded('ups-unknown-device'),
		);
		await assert.rejects(new Site().service.commands.queue('__proto__', order), coded('ups-unknown-device'));
	});

	it('has an age of its own, of the UPS, or none', async () => {
		const site = new Site().start({ commandMaxAge: 5000 });
		await site.queue('ui.beep');
		await site.queue('ui.beep', { maxAge: 7000 });
		await site.queue('ui.beep', { maxAge: 0 });
		assert.deepEqual(
			site.reports.map(({ expiresAt }) => expiresAt),
			[START + 5000, START + 7000, null],
		);
		await site.time.advance(86_400_000);
		assert.deepEqual(stepsOf(site.reports.slice(3)), [
			['expired', 5, 0],
			['expired', 7, 0],
		]);
		assert.equal(site.idsStored().length, 1);
	});

	it('expires without any POST, also one of a UPS that was away', async () => {
		const site = new Site().start();
		await site.queue('ui.beep', { maxAge: 1000 });
		const next = site.restarted();
		await next.time.advance(5000);
		next.start();
		await settled();
		await next.time.advance(0);
		assert.deepEqual(stepsOf(next.reports), [['expired', 5, 0]]);
		assert.deepEqual(next.queuedMessages, [{ topic: 'stored' }]);
	});

	it('expires at the earliest possible moment although the timer of another was set', async () => {
		const site = new Site().start();
		await site.queue('ui.beep', { maxAge: 60_000 });
		await site.queue('ui.beep', { maxAge: 20_000 });
		await site.time.advance(20_000);
		assert.deepEqual(site.states(), ['queued', 'queued', 'expired']);
	});

	it('waits longer than a timer can', async () => {
		const site = new Site().start({ offlineAfter: 365 * 86_400_000 });
		await site.time.advance(10_000);
		await site.queue('ui.beep', { maxAge: 40 * 86_400_000 });
		await site.time.advance(5000);
		assert.equal(site.time.nextTimer, 15_000 + 0x7fff_ffff);
		await site.time.advance(40 * 86_400_000 - 5001);
		assert.deepEqual(site.states(), ['queued']);
		await site.time.advance(1);
		assert.deepEqual(site.states(), ['queued', 'expired']);
	});

	it('that must not run twice is durable before it is sent', async () => {
		const site = new Site().start();
		for (const command of ['ui.beep', 'host.shutdown'] as const) {
			await site.queue(command);
			await site.post({ body: { uptime_s: 1000 } });
		}
		const posts = site.store.commits.filter(({ nonce }) => nonce !== undefined);
		assert.deepEqual(
			posts.map(({ durable }) => durable ?? false),
			[false, true],
		);
	});

	it('continues after a restart, without a state delivered twice', async () => {
		const site = new Site().start();
		const id = await site.queue('ui.display_msg', { args: { text: 'x' } });
		await site.post({ body: { uptime_s: 1000 } });
		const next = site.restarted().start();
		await settled();
		assert.deepEqual(next.reports, []);
		await next.time.advance(30_000);
		await next.post({ body: { uptime_s: 1030, acks: [id] } });
		assert.deepEqual(stepsOf(next.reports), [['acked', 30, 1]]);
		assert.deepEqual(next.queuedMessages, [{ topic: 'stored' }]);
	});

	it('has its last state delivered after a kill, with the same time', async () => {
		const site = new Site().start();
		const id = await site.queue('ui.beep');
		const decision = await site.handle(requestOf({ ts: site.seconds, body: { uptime_s: 1 } }));
		assert.deepEqual(idsIn(decision), [id]);
		const next = site.restarted(site.store.afterKill());
		await next.time.advance(1000);
		next.start();
		await settled();
		assert.deepEqual(stepsOf(next.reports), [['sent', 0, 1]]);
	});

	it('is kept for a node that comes late, for a day', async () => {
		const site = new Site().start();
		await site.queue('ui.beep', { nodeId: 'gone', maxAge: 1000 });
		await site.time.advance(1000);
		site.kill();
		await site.time.advance(3 * 86_400_000);
		const next = site.restarted().start();
		await next.time.advance(3_500_000);
		next.attach('gone');
		await settled();
		assert.deepEqual(stepsOf(next.reports), [
			['queued', 0, 0],
			['expired', 1, 0],
		]);
		assert.deepEqual(next.idsStored(), []);
	});

	it('is forgotten when its node has been gone for a day', async () => {
		const site = new Site().start();
		await site.queue('ui.beep', { nodeId: 'gone', maxAge: 1000 });
		await site.time.advance(86_400_000);
		await site.queue('ui.beep');
		assert.equal(site.idsStored().length, 2);
		await site.time.advance(2000);
		await site.queue('ui.beep');
		assert.deepEqual(site.idsStored().length, 2);
		assert.deepEqual(site.states(), ['queued', 'queued']);
	});

	it('is not reported to a removed node', async () => {
		const site = new Site();
		site.service.register(settingsOf());
		site.receiver.subscribe(undefined, site.listener);
		const detach = site.attach('n');
		await site.queue('ui.beep');
		detach();
		await site.post({ body: { uptime_s: 1 } });
		assert.deepEqual(site.states(), ['queued']);
		site.attach('n');
		await settled();
		assert.deepEqual(site.states(), ['queued', 'sent']);
	});

	it('does not keep other reports back when its node fails', async () => {
		const site = new Site();
		site.service.register(settingsOf());
		site.service.attach('n', () => {
			throw new Error('broken flow');
		});
		site.attach('m');
		await site.queue('ui.beep');
		await site.queue('ui.beep', { nodeId: 'm' });
		assert.deepEqual([site.states(), site.problems.length], [['queued'], 1]);
	});
});

describe('cancelling', () => {
	it('ends one command by its id, with or without its UPS', async () => {
		const site = new Site().start();
		const [first, second, third] = [
			await site.queue('ui.beep'),
			await site.queue('ui.beep'),
			await site.queue('ui.beep'),
		];
		await site.service.commands.cancel(ID, first);
		await site.service.commands.cancel(undefined, second);
		const isDurable = (id: string) =>
			site.store.commits.filter(({ set }) => set?.some(([name]) => name === `command/${id}`)).at(-1)?.durable;
		assert.deepEqual([isDurable(first), isDurable(second)], [true, true]);
		assert.deepEqual(
			[first, second, third].map((id) => site.states(id)),
			[['queued', 'cancelled'], ['queued', 'cancelled'], ['queued']],
		);
		assert.deepEqual(idsIn(await site.post()), [third]);
	});

	it('ends all waiting commands of a UPS', async () => {
		const site = new Site().start();
		const sent = await site.queue('ui.beep');
		await site.post({ body: { uptime_s: 1 } });
		await site.queue('ui.beep');
		await site.queue('power.cycle');
		await site.service.commands.cancel(ID, true);
		assert.deepEqual(site.states().slice(2), ['queued', 'queued', 'cancelled', 'cancelled']);
		assert.deepEqual(site.idsStored(), [sent]);
		await site.service.commands.cancel(ID, true);
	});

	it('of all needs a UPS', async () => {
		const site = new Site().start();
		await site.queue('ui.beep');
		await assert.rejects(site.service.commands.cancel(undefined, true), coded('ups-unknown-device'));
		await assert.rejects(site.service.commands.cancel('other', true), coded('ups-unknown-device'));
		assert.deepEqual(site.states(), ['queued']);
	});

	it('is an error once a command was delivered, is over or never was', async () => {
		const site = new Site().start();
		const id = await site.queue('ui.beep');
		await site.post({ body: { uptime_s: 1 } });
		for (const which of [id, 'none', '__proto__', '']) {
			await assert.rejects(site.service.commands.cancel(ID, which), coded('ups-not-cancellable'));
			await assert.rejects(site.service.commands.cancel(undefined, which), coded('ups-not-cancellable'));
		}
	});

	it('that cannot be stored is an error, and the command stays queued', async () => {
		const site = new Site().start();
		const id = await site.queue('ui.beep');
		site.store.failing = true;
		await assert.rejects(site.service.commands.cancel(ID, id), coded('store-unavailable'));
		site.store.failing = false;
		await site.post({ body: { uptime_s: 1000 } });
		await site.time.advance(30_000);
		assert.deepEqual(idsIn(await site.post({ body: { uptime_s: 1030 } })), [id]);
		assert.deepEqual(site.states(), ['queued', 'sent']);
	});

	it('and delivering at one moment do only one of the two', async () => {
		const site = new Site().start();
		const id = await site.queue('power.cycle');
		const post = site.handle(requestOf({ ts: site.seconds }));
		const cancel = site.service.commands.cancel(ID, id).then(
			() => 'cancelled',
			() => 'too late',
		);
		const [decision, outcome] = await Promise.all([post, cancel]);
		assert.deepEqual(idsIn(decision).length + (outcome === 'cancelled' ? 1 : 0), 1);
	});
});

describe('a clock that is set', () => {
	it('keeps the time left of commands', async () => {
		for (const step of [3_600_000, 315_360_000_000, -3_600_000]) {
			const site = new Site().start();
			await site.queue('ui.beep');
			await site.time.advance(100_000);
			site.time.setClock(site.time.now() + step);
			await site.post({ body: { uptime_s: 1 } });
			await site.time.advance(499_999);
			assert.deepEqual(site.states(), ['queued', 'sent']);
			await site.time.advance(1);
			assert.deepEqual(site.states(), ['queued', 'sent', 'unknown']);
		}
	});

	it('does not change a command queued after it', async () => {
		const site = new Site().start();
		site.time.setClock(START + 3_600_000);
		await site.queue('ui.beep', { maxAge: 1000 });
		await site.post({ body: { uptime_s: 1 } });
		await site.time.advance(1000);
		assert.deepEqual(site.states(), ['queued', 'sent', 'unknown']);
	});

	it('while Node-RED was not running leaves a command 600 s at most, where its age is no longer', async () => {
		const site = new Site().start();
		await site.post({ body: { uptime_s: 1000 } });
		const acked = await site.queue('host.reset', { maxAge: 0 });
		await site.post({ body: { uptime_s: 1000 } });
		await site.post({ body: { uptime_s: 1000, acks: [acked] } });
		const waiting = await site.queue('ui.beep', { maxAge: 5000 });
		site.time.setClock(START - 315_360_000_000);
		const next = site.restarted().start();
		await settled();
		await next.time.advance(599_999);
		assert.deepEqual(next.states(), []);
		await next.time.advance(1);
		assert.deepEqual([next.states(acked), next.states(waiting)], [['unconfirmed'], ['expired']]);
	});
});

describe('a redeploy', () => {
	it('lets a POST wait until its UPS is back', async () => {
		const site = new Site();
		const unregister = site.service.register(settingsOf());
		site.receiver.subscribe(undefined, site.listener);
		unregister();
		const answer = site.post();
		await settled();
		site.service.register(settingsOf());
		assert.equal((await answer).status, 200);
		assert.deepEqual(site.messages.length, 1);
	});

	it('refuses it when it is signed with the key of before and the UPS returns with another', async () => {
		const site = new Site();
		const unregister = site.service.register(settingsOf());
		site.receiver.subscribe(undefined, site.listener);
		unregister();
		const answer = site.post();
		site.service.register(settingsOf({ key: parseKey('ABCDEFGHJKMNPQRT') }));
		assert.equal((await answer).status, 401);
	});

	it('refuses it when its UPS does not come back', async () => {
		const site = new Site();
		const unregister = site.service.register(settingsOf());
		site.receiver.subscribe(undefined, site.listener);
		unregister();
		const answer = site.post();
		await settled();
		await site.time.advance(1000);
		assert.equal((await answer).status, 401);
		assert.equal(site.service.registry.keyOf(ID), undefined);
		assert.deepEqual(
			site.events.map(({ reason }) => reason),
			['unknown-device'],
		);
	});

	it('refuses it as soon as the deploy is over without its UPS', async () => {
		const site = new Site();
		const unregister = site.service.register(settingsOf());
		site.receiver.subscribe(undefined, site.listener);
		unregister();
		const answer = site.post();
		await settled();
		site.flowsStarted();
		assert.equal((await answer).status, 401);
	});

	it('lets no POST with a wrong signature wait, which would show that the id is known', async () => {
		const site = new Site();
		const unregister = site.service.register(settingsOf());
		site.receiver.subscribe(undefined, site.listener);
		unregister();
		const decision = await site.post({ key: 'ABCDEFGHJKMNPQRT' });
		assert.equal(decision.status, 401);
	});

	it('sends it on when nobody looks at the old place any more, so that nothing is lost', async () => {
		const site = new Site();
		const unregister = site.service.register(settingsOf());
		const unsubscribe = site.receiver.subscribe(undefined, site.listener);
		unregister();
		const decision = site.receiver.handle(requestOf({ ts: site.seconds }));
		unsubscribe();
		site.service.register(settingsOf());
		assert.ok('retry' in (await decision));
		assert.deepEqual(site.changes, []);
	});

	it('ends the timers of a removed UPS', async () => {
		const site = new Site();
		const unregister = site.service.register(settingsOf());
		await site.queue('ui.beep');
		unregister();
		await site.time.advance(600_000);
		assert.equal(site.time.nextTimer, Number.POSITIVE_INFINITY);
		assert.deepEqual(site.service.views(undefined, ENDPOINT), []);
	});

	it('may remove a UPS twice without effect on its successor', async () => {
		const site = new Site();
		const first = site.service.register(settingsOf());
		first();
		const second = site.service.register(settingsOf());
		first();
		assert.equal(site.service.registry.find(ID)?.deviceId, ID);
		second();
		assert.equal(site.service.registry.find(ID), undefined);
	});
});

describe('two of a kind', () => {
	it('two UPSes with one id are refused', () => {
		const site = new Site().start();
		assert.throws(() => site.service.register(settingsOf()), coded('ups-duplicate-device', { deviceId: ID }));
	});
});

describe('badges', () => {
	it('show the last POSTs, also after a restart', async () => {
		const site = new Site().start();
		assert.deepEqual(site.service.views(ID, ENDPOINT), [
			{ seen: false, online: false, mains: undefined, level: undefined },
		]);
		await site.post({ body: { power: OUTAGE } });
		const state = { seen: true, online: true, mains: false, batteryLow: false, onBatterySince: START };
		const outage = { ...state, endpoint: ENDPOINT };
		assert.deepEqual(site.service.views(ID, ENDPOINT), [{ ...outage, level: 81.5, seenAt: START }]);
		await site.time.advance(30_000);
		await site.post({ body: {} });
		assert.deepEqual(site.service.views(undefined, ENDPOINT), [
			{ ...outage, level: 81.5, seenAt: START + 30_000 },
		]);
		const next = site.restarted().start();
		await settled();
		assert.deepEqual(next.service.views(ID, ENDPOINT), [{ ...outage, level: 81.5, seenAt: START + 30_000 }]);
		assert.deepEqual([site.views, next.views, next.events], [0, 1, []]);
		assert.deepEqual(next.service.views('other', ENDPOINT), []);
	});
});

describe('panels of a UPS', () => {
	it('show its last POST and its last refusal', async () => {
		const site = new Site().start();
		assert.deepEqual(site.service.presence(ID), { online: false, seen: null, refused: null });
		await site.post();
		const seen = { at: START, remoteAddress: ADDRESS };
		assert.deepEqual(site.service.presence(ID), { online: true, seen, refused: null });
		await site.time.advance(1000);
		await site.post({ ts: site.seconds - 412 });
		assert.deepEqual(site.service.presence(ID), {
			online: true,
			seen,
			refused: {
				at: START + 1000,
				reason: 'stale-timestamp',
				status: 401,
				remoteAddress: ADDRESS,
				clockOffset: -412,
			},
		});
		const next = site.restarted().start();
		await settled();
		assert.deepEqual(next.service.presence(ID), {
			online: true,
			seen: { at: START, remoteAddress: undefined },
			refused: null,
		});
		assert.equal(next.service.presence('other'), undefined);
	});

	it('show unknown devices, until a node configures them', async () => {
		const site = new Site().start();
		await site.post({ deviceId: 'first' });
		await site.time.advance(1000);
		await site.post({ deviceId: 'second' });
		await site.post({ deviceId: 'second', nonce: 'no nonce of a UPS' });
		assert.deepEqual(site.service.unknownDevices(), [
			{ deviceId: 'second', at: START + 1000, remoteAddress: ADDRESS, count: 1 },
			{ deviceId: 'first', at: START, remoteAddress: ADDRESS, count: 1 },
		]);
		site.service.register(settingsOf({ deviceId: 'first' }));
		assert.deepEqual(
			site.service.unknownDevices().map(({ deviceId }) => deviceId),
			['second'],
		);
	});
});
