import assert from 'node:assert/strict';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, CATCH, letTimePass, nextEvent, TAB } from './kit.js';
import { ACCEPTED, type Event, eventsOf, nextSnapshot, send, UNAUTHORIZED, wicanIn } from './wican-kit.js';

const CONFIG = { SOC: { class: 'battery', unit: '%' }, GEAR: { class: 'none', unit: 'none' } };

interface StatusSent {
	readonly uptime?: string;
	readonly ecu_status?: string;
	readonly device_id?: string;
}

function first(values: object, status: StatusSent = {}): object {
	const usual = { device_id: '3c84279a51e0', fw_version: '4.51', uptime: '00:00:41', ecu_status: 'online' };
	return { config: CONFIG, status: { ...usual, ...status }, autopid_data: values };
}

const later = (values: object): object => ({ autopid_data: values });

const NODES = [
	wicanIn('each', { emit: 'parameters' }),
	wicanIn('news', { changedOnly: true }),
	wicanIn('each-news', { changedOnly: true, emit: 'parameters' }),
	wicanIn('named', { vehicle: 'My car' }),
	wicanIn('unnamed'),
	wicanIn('life'),
	wicanIn('other'),
	wicanIn('crowd'),
	wicanIn('silent', { offlineAfter: '1' }),
	wicanIn('still', { offlineAfter: '60' }),
	wicanIn('refused'),
	wicanIn('keyless', { credentials: { token: ' ' } }),
	wicanIn('waiting'),
	wicanIn('safe'),
	wicanIn('all', { statusFields: 'all' }),
	wicanIn('none', { statusFields: 'none' }),
];

describe('what wican-https-in puts out', () => {
	let nr: RunningNodeRed;
	before(async () => {
		nr = await startNodeRed({ flows: [TAB, CATCH, ...NODES] });
	});
	after(() => nr.stop());

	async function post(id: string, body: object): Promise<void> {
		assert.equal(answerOf(await send(nr.url, { path: `/${id}`, body })), ACCEPTED);
	}

	/** What came out of the first output since the last call, without what is known of the POST. */
	async function messages(id: string): Promise<object[]> {
		await nr.sync();
		const found: object[] = [];
		for (const { wican: _, ...msg } of nr.untakenMessages({ from: id, port: 0 })) {
			await nr.message({ from: id, port: 0 });
			found.push(msg);
		}
		return found;
	}

	async function eventNames(id: string): Promise<string[]> {
		const events = await eventsOf(nr, id);
		for (const { event } of events) await nextEvent(nr, event, id);
		return events.map(({ event }) => event);
	}

	it('parameters: one message for each, in the order in which they came', async () => {
		await post('each', first({ SOC: 62.35, GEAR: 'D', NEW: 7, timestamp: 1 }));
		const { wican } = await nextSnapshot(nr, 'each');
		assert.deepEqual([wican.vehicle, wican.first], ['3c84279a51e0', true]);
		assert.deepEqual(await messages('each'), [
			{ topic: 'GEAR', payload: 'D' },
			{ topic: 'NEW', payload: 7 },
		]);
		await post('each', later({ SOC: 62 }));
		assert.deepEqual(await messages('each'), [{ topic: 'SOC', payload: 62, unit: '%', class: 'battery' }]);
		await post('each', later({}));
		assert.deepEqual(await messages('each'), []);
	});

	it('only what changed: those keys, and no message where nothing has', async () => {
		await post('news', first({ SOC: 62, GEAR: 'D' }));
		await post('news', later({ SOC: 62, GEAR: 'D' }));
		await post('news', later({ SOC: '61', GEAR: 'D' }));
		await post('news', later({ SOC: 61.0, GEAR: 'R' }));
		const topic = '3c84279a51e0';
		assert.deepEqual(await messages('news'), [
			{ topic, payload: { SOC: 62, GEAR: 'D' }, units: { SOC: '%' }, classes: { SOC: 'battery' } },
			{ topic, payload: { SOC: 61 }, units: { SOC: '%' }, classes: { SOC: 'battery' } },
			{ topic, payload: { GEAR: 'R' }, units: {}, classes: {} },
		]);
	});

	it('only parameters that changed', async () => {
		await post('each-news', first({ SOC: 62, GEAR: 'D' }));
		await post('each-news', later({ SOC: 62, GEAR: 'R' }));
		const soc = { topic: 'SOC', payload: 62, unit: '%', class: 'battery' };
		assert.deepEqual(await messages('each-news'), [
			soc,
			{ topic: 'GEAR', payload: 'D' },
			{ topic: 'GEAR', payload: 'R' },
		]);
	});

	it('a topic: the name that it was given, else the device id, until that is known the path', async () => {
		await post('named', later({ SOC: 1 }));
		await post('named', first({ SOC: 1 }));
		await post('unnamed', later({ SOC: 1 }));
		await post('unnamed', first({ SOC: 1 }));
		await post('unnamed', later({ SOC: 1 }));
		for (const [id, topic] of [
			...[['named', 'My car'] as const, ['named', 'My car'] as const],
			...[['unnamed', '/unnamed'] as const, ['unnamed', '3c84279a51e0'] as const],
			['unnamed', '3c84279a51e0'] as const,
		]) {
			const msg = await nextSnapshot(nr, id);
			assert.deepEqual([msg.topic, msg.wican.vehicle], [topic, topic]);
		}
		const topics = nr.untakenMessages({ from: 'named', port: 1 }).map(({ topic }) => topic);
		assert.deepEqual([...new Set(topics)], ['My car']);
	});

	it('events: once each, when something changes', async () => {
		await post('life', first({ SOC: 1 }));
		const { topic, payload } = await nr.message({ from: 'life', port: 1 });
		const { time, ...event } = payload as Event;
		const device = { deviceId: '3c84279a51e0', remoteAddress: '127.0.0.1' };
		assert.deepEqual([topic, typeof time], ['3c84279a51e0', 'number']);
		assert.deepEqual(event, { event: 'online', vehicle: '3c84279a51e0', ...device });
		assert.deepEqual(await eventNames('life'), ['started', 'ecu-online']);
		await post('life', first({ SOC: 1 }));
		await post('life', later({ SOC: 2 }));
		assert.deepEqual(await eventNames('life'), []);
		await post('life', first({ SOC: 2 }, { uptime: '00:00:30' }));
		assert.deepEqual(await eventNames('life'), ['started', 'ecu-online']);
		await post('life', first({ SOC: 2 }, { uptime: '00:00:31', ecu_status: 'offline' }));
		assert.deepEqual(await eventNames('life'), ['ecu-offline']);
		await post('life', first({ SOC: 2 }, { uptime: '00:00:32', ecu_status: 'online' }));
		assert.deepEqual(await eventNames('life'), ['ecu-online']);
	});

	it('events once, and a message each, of first POSTs that come at one moment', async () => {
		const values = Array.from({ length: 20 }, (_, SOC) => SOC);
		await Promise.all(values.map((SOC) => post('crowd', first({ SOC }))));
		const shown = ((await messages('crowd')) as { payload: { SOC: number } }[]).map(
			({ payload }) => payload.SOC,
		);
		assert.deepEqual(
			shown.sort((one, other) => one - other),
			values,
		);
		assert.deepEqual(await eventNames('crowd'), ['online', 'started', 'ecu-online']);
	});

	it('an event when another device reports, of whose units nothing is known', async () => {
		await post('other', first({ SOC: 1 }));
		await eventNames('other');
		await messages('other');
		const status = { device_id: 'aaaaaaaaaaaa', fw_version: '4.45' };
		await post('other', { status, autopid_data: { SOC: 1 } });
		const { time: _, ...event } = await nextEvent(nr, 'device-changed', 'other');
		const ids = { deviceId: 'aaaaaaaaaaaa', previousDeviceId: '3c84279a51e0', vehicle: 'aaaaaaaaaaaa' };
		assert.deepEqual(event, { event: 'device-changed', ...ids, remoteAddress: '127.0.0.1' });
		assert.deepEqual(await eventNames('other'), ['started']);
		const { topic, units, wican } = await nextSnapshot(nr, 'other');
		assert.deepEqual([topic, units, wican.firmware], ['aaaaaaaaaaaa', {}, '4.45']);
	});

	it('of the status what is safe, all, or nothing', async () => {
		const shown: unknown[] = [];
		for (const id of ['safe', 'all', 'none']) {
			await post(id, { status: { batt_voltage: '12.5V', sta_ssid: 'mine', mdns: 'x', device_id: 'abc' } });
			const { wican, topic } = await nextSnapshot(nr, id);
			shown.push([topic, wican.status]);
		}
		const safe = { device_id: 'abc', batt_voltage: 12.5 };
		assert.deepEqual(shown, [
			['abc', safe],
			['abc', { ...safe, sta_ssid: 'mine', mdns: 'x' }],
			['abc', {}],
		]);
	});

	it('badges, and events of silence and of values that stand still', async () => {
		await post('silent', first({ SOC: 1 }));
		await post('still', first({ SOC: 1, GEAR: 'D' }));
		for (let time = 0; time < 2; time++) {
			await letTimePass(nr, 40_000);
			await post('still', later({ SOC: 1, GEAR: 'D' }));
		}
		assert.equal(
			answerOf(await send(nr.url, { path: '/refused', headers: { Authorization: null } })),
			UNAUTHORIZED,
		);
		await post('safe', later({ SOC: 1, GEAR: 'D' }));
		const badge = async (id: string, text: string): Promise<string> => {
			const shown = await nr.status(id, (status) => status.text === text);
			return `${id}: ${shown.fill} ${shown.shape}, ${shown.text}`;
		};
		assert.deepEqual(
			await Promise.all([
				badge('waiting', 'waiting'),
				badge('safe', 'values: 2'),
				badge('silent', 'offline 1 min'),
				badge('still', 'values unchanged'),
				badge('refused', 'wrong token'),
				badge('keyless', 'no credential'),
			]),
			[
				'waiting: grey ring, waiting',
				'safe: green dot, values: 2',
				'silent: grey ring, offline 1 min',
				'still: yellow ring, values unchanged',
				'refused: yellow ring, wrong token',
				'keyless: red ring, no credential',
			],
		);
		await nextEvent(nr, 'offline', 'silent');
		await nextEvent(nr, 'stale', 'still');
		await post('silent', later({ SOC: 1 }));
		await post('still', later({ SOC: 1.5, GEAR: 'D' }));
		const times = [await nextEvent(nr, 'fresh', 'still')];
		times.push(await nextEvent(nr, 'online', 'silent'), await nextEvent(nr, 'online', 'silent'));
		assert.deepEqual(
			times.map(({ time }) => typeof time),
			['number', 'number', 'number'],
		);
		await nr.status('still', ({ fill }) => fill === 'green');
		const stale: unknown[] = [];
		for (let count = 0; count < 4; count++) stale.push((await nextSnapshot(nr, 'still')).wican.stale);
		assert.deepEqual(stale, [undefined, undefined, true, undefined]);
	});
});
