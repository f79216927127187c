import assert from 'node:assert/strict';
import type { UpsSettings } from '../../../nodes/protocol/ups/index.js';
import { coded } from '../errors.js';
import { ADDRESS, ENDPOINT, ID, idsIn, isRefusal, Site, settingsOf } from './site.js';

/** As it is printed on the SIM card: with a check digit that the UPS leaves out. */
const PRINTED = `${ID}4`;
const MAINS = { version: 2, flags: 31, vbus_in_mv: 19_900 };

describe('a UPS that is configured by the 20 digits of its SIM card', () => {
	it('is known by the 19 digits that it sends, which its messages and events have', async () => {
		const site = new Site().start({ deviceId: PRINTED });
		assert.equal((await site.post({ body: { power: MAINS } })).status, 200);
		await site.time.advance(120_000);
		assert.deepEqual(
			site.messages.map(({ topic, ups }) => [topic, ups.deviceId]),
			[[ID, ID]],
		);
		assert.deepEqual(
			site.events.map(({ event, deviceId }) => [event, deviceId]),
			[
				['online', ID],
				['offline', ID],
			],
		);
	});

	it('is known by all 20 as well', async () => {
		const site = new Site().start({ deviceId: PRINTED });
		assert.equal((await site.post({ deviceId: PRINTED })).status, 200);
		assert.deepEqual([site.messages[0]?.topic, site.events[0]?.deviceId], [PRINTED, PRINTED]);
	});

	it('gets commands by either id, and spends a nonce once for both', async () => {
		const site = new Site().start({ deviceId: PRINTED });
		const order = {
			nodeId: 'n',
			command: 'ui.beep',
			args: {},
			maxAge: 0,
			message: {},
			storedMessage: {},
		} as const;
		await site.service.commands.queue(ID, order);
		await site.service.commands.queue(PRINTED, order);
		const nonce = '2bee6844d6b90e94';
		assert.equal(idsIn(await site.post({ nonce })).length, 2);
		const again = await site.post({ nonce, deviceId: PRINTED });
		assert.equal(isRefusal(again) && again.refused, 'replayed-nonce');
		const toCancel = site.reports.at(-1)?.id ?? '';
		await assert.rejects(site.service.commands.cancel(ID, toCancel), coded('ups-not-cancellable'));
		assert.deepEqual(new Set(site.reports.map(({ deviceId }) => deviceId)), new Set([PRINTED, ID]));
	});

	it('is received by a node that asks for it alone, and its refusals are shown there', async () => {
		const site = new Site();
		site.service.register(settingsOf({ deviceId: PRINTED }));
		site.receiver.subscribe(PRINTED, site.listener);
		const refused = await site.post({ key: 'ABCDEFGHJKMNPQRT' });
		assert.equal(isRefusal(refused) && refused.refused, 'bad-signature');
		assert.equal((await site.post()).status, 200);
		assert.deepEqual(site.eventNames, ['refused', 'online']);
		const [view] = site.service.views(PRINTED, ENDPOINT);
		assert.deepEqual([view?.seen, view?.refused?.remoteAddress], [true, ADDRESS]);
		assert.deepEqual(site.service.unknownDevices(), []);
	});

	it('is the same as one that is configured by the 19', () => {
		for (const ids of [
			[PRINTED, ID],
			[ID, PRINTED],
		]) {
			const site = new Site();
			const [first, second] = ids.map((deviceId) => settingsOf({ deviceId }));
			site.service.register(first as UpsSettings);
			assert.throws(() => site.service.register(second as UpsSettings), coded('ups-duplicate-device'));
		}
	});

	it('loses both ids with its node', async () => {
		const site = new Site();
		site.service.register(settingsOf({ deviceId: PRINTED }))();
		site.flowsStarted();
		site.start();
		assert.equal((await site.post()).status, 200);
		const printed = await site.post({ deviceId: PRINTED });
		assert.equal(isRefusal(printed) && printed.refused, 'unknown-device');
	});
});

describe('two UPSes with one key', () => {
	it('both get a warning about the other', () => {
		const site = new Site();
		const told: string[] = [];
		const withKey = (deviceId: string, key: UpsSettings['key']) =>
			site.service.register({
				...settingsOf({ deviceId, key }),
				onSameKey: (other) => told.push(`${deviceId}: ${other.deviceId}`),
			});
		withKey('a', settingsOf().key);
		withKey('b', settingsOf().key);
		assert.deepEqual(told, ['a: b', 'b: a']);
		assert.deepEqual(
			site.service.registry.withSameKey('a').map(({ deviceId }) => deviceId),
			['b'],
		);
		assert.deepEqual(site.service.registry.withSameKey('unknown'), []);
	});
});
