import assert from 'node:assert/strict';
import { coded } from '../errors.js';
import { settled } from '../manual-time.js';
import { ID, idsIn, isRefusal, Site, settingsOf } from './site.js';

const SCOPE = `ups/${ID}`;

/** A command as this version stores it. */
const COMMAND = {
	...{ id: 'x1', seq: 7, nodeId: 'n', command: 'ui.beep', args: {}, queuedAt: 1, expiresAt: null, due: null },
	...{ maxAge: 0, sent: 0, history: [{ state: 'queued', time: 1 }] },
};

/** What another version, or a fault, may have left there. */
const UNREADABLE: readonly (readonly [string, unknown])[] = [
	['an unknown name', { ...COMMAND, command: 'host.sing' }],
	['the name of something that every object has', { ...COMMAND, command: 'toString' }],
	['an unknown state', { ...COMMAND, history: [{ state: 'dreamt', time: 1 }] }],
	['no history', { ...COMMAND, history: [] }],
	['a history that is none', { ...COMMAND, history: 'queued' }],
	['no id', { ...COMMAND, id: 5 }],
	['no deadline', { ...COMMAND, due: 'tomorrow' }],
	['no arguments', { ...COMMAND, args: null }],
	['nothing', null],
	['a text', 'ui.beep'],
];

async function siteWith(entries: readonly (readonly [string, unknown])[]): Promise<Site> {
	const site = new Site();
	site.store.put(SCOPE, Object.fromEntries(entries));
	return site;
}

const unreadable = (count: number) => coded('store-unreadable', { deviceId: ID, count });

function assertSaid(site: Site, count: number): void {
	assert.equal(site.failures.length, 1);
	assert.throws(() => {
		throw site.failures[0];
	}, unreadable(count));
}

describe('a stored command that cannot be read', () => {
	for (const [what, record] of UNREADABLE) {
		it(`with ${what} is ignored and reported, and everything else works`, async () => {
			const site = (await siteWith([['command/x1', record]])).start();
			const id = await site.queue('host.shutdown');
			const nonce = '2bee6844d6b90e94';
			assert.deepEqual(idsIn(await site.post({ nonce, body: { uptime_s: 100 } })), [id]);
			const again = await site.post({ nonce, body: { uptime_s: 100 } });
			assert.equal(isRefusal(again) && again.refused, 'replayed-nonce');
			await site.time.advance(30_000);
			await site.post({ body: { uptime_s: 130, acks: [id] } });
			await site.time.advance(86_400_000);
			assert.deepEqual(site.states(), ['queued', 'sent', 'acked', 'unconfirmed']);
			assert.deepEqual(site.eventNames, ['online', 'refused', 'offline']);
			assertSaid(site, 1);
			assert.deepEqual(site.problems, []);
			// It stays for the version that can read it.
			assert.deepEqual(site.store.entriesOf(SCOPE)['command/x1'], record);
		});
	}

	it('is neither pending nor cancellable', async () => {
		const site = (await siteWith([['command/x1', UNREADABLE[0]?.[1]]])).start();
		await assert.rejects(site.service.commands.cancel(ID, 'x1'), coded('ups-not-cancellable'));
		await site.service.commands.cancel(ID, true);
		await site.post();
		assert.deepEqual([site.messages[0]?.ups.pending, site.reports], [0, []]);
	});

	it('is reported to each receiving node, also to a later one', async () => {
		const site = (
			await siteWith([
				['command/x1', null],
				['command/x2', null],
			])
		).start();
		await settled();
		const later: unknown[] = [];
		site.receiver.subscribe('other', { ...site.listener, failure: () => assert.fail() });
		site.receiver.subscribe(ID, { ...site.listener, failure: (error) => later.push(error) });
		assertSaid(site, 2);
		assert.deepEqual(later, site.failures);
	});

	it('is reported once, not with each deploy', async () => {
		const site = await siteWith([['command/x1', null]]);
		const unregister = site.service.register(settingsOf());
		site.receiver.subscribe(undefined, site.listener);
		await settled();
		unregister();
		site.service.register(settingsOf());
		await settled();
		assertSaid(site, 1);
	});
});

describe('what is stored of a UPS and cannot be read', () => {
	for (const [what, record] of [
		['a later version', { v: 2 }],
		['no condition', { v: 1, ts: 5, seenAt: 5, floor: 0 }],
		['a text', 'device'],
	] as const) {
		it(`(${what}) is reported, and its next report replaces it`, async () => {
			const site = (await siteWith([['device', record]])).start();
			await site.time.advance(200_000);
			assert.deepEqual(site.events, []);
			assert.equal((await site.post()).status, 200);
			assert.deepEqual(site.eventNames, ['online']);
			assertSaid(site, 1);
		});
	}

	it('of which every form that this version writes can be read', async () => {
		const site = new Site().start();
		await site.queue('host.shutdown');
		const power = { version: 2, flags: 6, vbat_mv: 6500, faults: 3 };
		for (let at = 0; at < 10; at++) {
			await site.post({
				body: { uptime_s: at * 30, power: { ...power, uptime_s: at * 30 }, host: { uptime_s: 5 } },
			});
			await site.time.advance(30_000);
		}
		const next = site.restarted().start();
		await settled();
		assert.deepEqual(next.failures, []);
	});
});
