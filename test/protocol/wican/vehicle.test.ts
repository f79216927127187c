import assert from 'node:assert/strict';
import { settled } from '../manual-time.js';
import { ADDRESS, Garage, type GarageSettings, HOUR, ID, MINUTE, OTHER_ID, SECOND, START } from './garage.js';

const values = (soc: unknown) => ({ autopid_data: { SOC: soc, '0C-EngineRPM': 800 } });
const status = (members: object, soc?: unknown) => ({
	status: members,
	...(soc === undefined ? {} : values(soc)),
});
const UPTIME = { device_id: ID, uptime: '00:00:41' };

/** POSTs at an even pace, each with another value. */
async function drive(garage: Garage, posts: number, pace = 10 * SECOND): Promise<void> {
	for (let count = 0; count < posts; count++) {
		await garage.time.advance(pace);
		await garage.post(values(garage.time.now()));
	}
}

/** POSTs at an even pace, all with the same values. */
async function stand(
	garage: Garage,
	posts: number,
	body: object = values(62),
	pace = 10 * SECOND,
): Promise<void> {
	for (let count = 0; count < posts; count++) {
		await garage.time.advance(pace);
		await garage.post(body);
	}
}

describe('events', () => {
	it('say what happened to which vehicle, when, and who told', async () => {
		const garage = new Garage({ vehicle: { name: 'Niro' } });
		await garage.post(status({ ...UPTIME, ecu_status: 'online' }));
		const facts = { vehicle: 'Niro', time: START, remoteAddress: ADDRESS, deviceId: ID };
		assert.deepEqual(garage.events, [
			{ event: 'online', ...facts },
			{ event: 'started', ...facts },
			{ event: 'ecu-online', ...facts },
		]);
	});

	it('come after the message of their POST', async () => {
		const garage = new Garage();
		await garage.post(status(UPTIME));
		assert.deepEqual(garage.journal, ['message', 'online', 'started']);
	});

	it('call the vehicle by its name, its device id, or its path', async () => {
		const named = async (settings: GarageSettings, body: object) => {
			const garage = new Garage(settings);
			await garage.post(body);
			const [event] = garage.events;
			assert.equal(event?.vehicle, garage.snapshot.topic);
			assert.equal(event?.vehicle, garage.snapshot.wican.vehicle);
			return event?.vehicle;
		};
		assert.equal(await named({ vehicle: { name: 'Niro' } }, status(UPTIME)), 'Niro');
		assert.equal(await named({}, status(UPTIME)), ID);
		assert.equal(await named({}, values(1)), '/wican');
		assert.equal(await named({}, status({ device_id: 'a\nb' })), '/wican');
		assert.equal(await named({ vehicle: { path: '/cars/1' } }, {}), '/cars/1');
	});

	it('do not stop at a listener that throws', async () => {
		const garage = new Garage();
		garage.events.push = () => {
			throw new Error('flow');
		};
		assert.equal(await garage.post(status(UPTIME)), 200);
		assert.equal(garage.problems.length, 2);
		assert.equal(await garage.post(values(1)), 200);
		assert.equal(garage.problems.length, 2);
	});
});

describe('online and offline', () => {
	it('are told once each', async () => {
		const garage = new Garage();
		await drive(garage, 5);
		assert.deepEqual(garage.news(), ['online']);
		await garage.time.advance(HOUR);
		assert.deepEqual(garage.news(), ['offline']);
		await garage.time.advance(9 * HOUR);
		await drive(garage, 2);
		assert.deepEqual(garage.news(), ['online']);
	});

	it('change after two minutes of silence, with the time of that moment', async () => {
		const garage = new Garage();
		await drive(garage, 5);
		const last = garage.time.now();
		garage.news();
		await garage.time.advance(2 * MINUTE - 1);
		assert.deepEqual(garage.events, []);
		await garage.time.advance(1);
		assert.deepEqual(garage.events, [{ event: 'offline', vehicle: '/wican', time: last + 2 * MINUTE }]);
	});

	it('change after five times the usual interval where that is longer', async () => {
		const garage = new Garage();
		await drive(garage, 5, MINUTE);
		garage.news();
		await garage.time.advance(5 * MINUTE - 1);
		assert.deepEqual(garage.news(), []);
		await garage.time.advance(1);
		assert.deepEqual(garage.news(), ['offline']);
	});

	it('remember the usual interval over a restart', async () => {
		const before = new Garage();
		await drive(before, 5, MINUTE);
		const garage = before.restarted();
		await garage.time.advance(5 * MINUTE - 1);
		assert.deepEqual(garage.news(), []);
		await garage.time.advance(1);
		assert.deepEqual(garage.news(), ['offline']);
	});

	it('change after the time that the user has set', async () => {
		for (const [offlineAfter, pace] of [
			[5 * SECOND, SECOND],
			[30 * MINUTE, SECOND],
			[40 * 24 * HOUR, MINUTE],
		] as const) {
			const garage = new Garage({ vehicle: { offlineAfter } });
			await drive(garage, 5, pace);
			garage.news();
			await garage.time.advance(offlineAfter - 1);
			assert.deepEqual(garage.news(), []);
			await garage.time.advance(1);
			assert.deepEqual(garage.news(), ['offline']);
		}
	});

	it('take a body without values for a sign of life', async () => {
		const garage = new Garage();
		await stand(garage, 60, {});
		assert.deepEqual(garage.news(), ['online']);
	});

	it('are edges over a restart: a vehicle that is online stays so', async () => {
		const before = new Garage();
		await drive(before, 3);
		const garage = before.restarted();
		await drive(garage, 3);
		assert.deepEqual(garage.events, []);
		await garage.time.advance(HOUR);
		const later = garage.restarted();
		assert.deepEqual(garage.news(), ['offline']);
		await later.time.advance(HOUR);
		assert.deepEqual(later.news(), []);
		await drive(later, 1);
		assert.deepEqual(later.news(), ['online']);
	});

	it('are told though the car fell silent while Node-RED was not running', async () => {
		const before = new Garage();
		await drive(before, 3);
		const garage = before.restarted();
		await settled();
		assert.equal(garage.vehicle.view.online, true);
		await garage.time.advance(2 * MINUTE);
		assert.deepEqual(garage.news(), ['offline']);
	});

	it('are not for a vehicle that never reported', async () => {
		const garage = new Garage();
		await garage.time.advance(24 * HOUR);
		assert.deepEqual([garage.events, garage.vehicle.view.seen], [[], false]);
	});

	it('leave no timer behind when the vehicle is given up', async () => {
		const garage = new Garage();
		await drive(garage, 3);
		garage.news();
		garage.close();
		await garage.time.advance(HOUR);
		assert.deepEqual(garage.events, []);
		assert.equal(garage.time.nextTimer, Number.POSITIVE_INFINITY);
	});

	it('need no timer while the vehicle is offline', async () => {
		const garage = new Garage();
		await drive(garage, 3);
		await garage.time.advance(HOUR);
		assert.deepEqual(garage.news(), ['online', 'offline']);
		assert.equal(garage.time.nextTimer, Number.POSITIVE_INFINITY);
		const next = garage.restarted();
		await settled();
		assert.equal(next.time.nextTimer, Number.POSITIVE_INFINITY);
	});

	it('are not confused by a clock that is set', async () => {
		const garage = new Garage();
		await drive(garage, 3);
		garage.time.setClock(START + 1000 * HOUR);
		await garage.time.advance(2 * MINUTE - 1);
		assert.deepEqual(garage.news(), ['online']);
		garage.time.setClock(0);
		await garage.time.advance(1);
		assert.deepEqual(garage.news(), ['offline']);
	});

	it('do not change when the vehicle is heard while its silence is being noted', async () => {
		const garage = new Garage();
		await drive(garage, 3);
		garage.news();
		await garage.time.advance(2 * MINUTE - 1);
		// The POST comes between the timer and the store's answer to it.
		const silence = garage.time.advance(1);
		const post = garage.post(values(7));
		await Promise.all([silence, post]);
		assert.deepEqual(garage.news(), []);
		assert.equal(garage.vehicle.view.online, true);
		await garage.time.advance(2 * MINUTE);
		assert.deepEqual(garage.news(), ['offline']);
	});
});

describe('stale and fresh', () => {
	it('say that the values stand still for two minutes, and move again', async () => {
		const garage = new Garage();
		await stand(garage, 13);
		assert.deepEqual(garage.news(), ['online', 'stale']);
		assert.deepEqual(garage.vehicle.view, {
			seen: true,
			online: true,
			stale: true,
			count: 2,
			refused: undefined,
			heardAt: garage.time.now(),
		});
		assert.equal(garage.snapshot.wican.stale, true);
		await stand(garage, 100);
		assert.deepEqual(garage.news(), []);
		await stand(garage, 1, values(63));
		assert.deepEqual(garage.news(), ['fresh']);
		assert.equal(garage.snapshot.wican.stale, undefined);
		await stand(garage, 12, values(63));
		assert.deepEqual(garage.news(), ['stale']);
	});

	it('heed the time that the user has set, and the usual interval', async () => {
		const quick = new Garage({ vehicle: { offlineAfter: 30 * SECOND } });
		await stand(quick, 4);
		assert.deepEqual(quick.news(), ['online', 'stale']);
		const slow = new Garage();
		await stand(slow, 5, values(62), MINUTE);
		assert.deepEqual(slow.news(), ['online']);
		await stand(slow, 1, values(62), MINUTE);
		assert.deepEqual(slow.news(), ['stale']);
	});

	it('do not heed the time of the POST nor the status', async () => {
		const garage = new Garage();
		for (let count = 0; count < 13; count++) {
			await garage.time.advance(10 * SECOND);
			await garage.post({
				autopid_data: { SOC: 62, timestamp: garage.time.now() / 1000 },
				status: { batt_voltage: 12 + count },
			});
		}
		assert.deepEqual(garage.news(), ['online', 'started', 'stale']);
	});

	it('are not for a car without values', async () => {
		const garage = new Garage();
		await stand(garage, 50, { autopid_data: {} });
		assert.deepEqual(garage.news(), ['online']);
	});

	it('do not come with the first POST after a silence', async () => {
		const garage = new Garage();
		await stand(garage, 3);
		await garage.time.advance(9 * HOUR);
		await stand(garage, 12);
		assert.deepEqual(garage.news(), ['online', 'offline', 'online']);
		await stand(garage, 1);
		assert.deepEqual(garage.news(), ['stale']);
	});

	it('are remembered over a restart: the same values are still stale, others fresh', async () => {
		const before = new Garage();
		await stand(before, 13);
		const same = before.restarted();
		await settled();
		assert.deepEqual([same.vehicle.view.stale, same.views], [true, 1]);
		await stand(same, 1, { autopid_data: { '0C-EngineRPM': 800, SOC: '62' } });
		assert.deepEqual([same.news(), same.snapshot.wican.stale], [[], true]);
		const moved = same.restarted();
		await stand(moved, 1, values(63));
		assert.deepEqual(moved.news(), ['fresh']);
	});

	it('take any value for a change where only changes are sent', async () => {
		const garage = new Garage();
		await garage.post(values(62));
		await stand(garage, 13, {});
		assert.deepEqual(garage.news(), ['online', 'stale']);
		const next = garage.restarted();
		await stand(next, 3, {});
		assert.deepEqual(next.news(), []);
		await stand(next, 1, { autopid_data: { SOC: 61 } });
		assert.deepEqual(next.news(), ['fresh']);
	});
});

describe('stale and fresh with a GPS receiver', () => {
	const standing = (jitter: number, RPM = 851) => ({
		autopid_data: { gps_latitude: 52.52 + jitter * 1e-6, gps_longitude: 13.4, gps_speed: jitter % 2, RPM },
	});

	it('say that the values stand still though the position moves', async () => {
		const garage = new Garage();
		for (let count = 0; count < 9; count++) {
			await garage.time.advance(20 * SECOND);
			await garage.post(standing(count));
		}
		assert.deepEqual(garage.news(), ['online', 'stale']);
		await garage.time.advance(20 * SECOND);
		await garage.post(standing(10, 852));
		assert.deepEqual(garage.news(), ['fresh']);
	});

	it('are the same over a restart', async () => {
		const before = new Garage();
		for (let count = 0; count < 9; count++) {
			await before.time.advance(20 * SECOND);
			await before.post(standing(count));
		}
		const garage = before.restarted();
		await garage.post(standing(20));
		assert.deepEqual([garage.news(), garage.snapshot.wican.stale], [[], true]);
		await garage.post(standing(21, 852));
		assert.deepEqual(garage.news(), ['fresh']);
	});

	it('are not told of a receiver alone', async () => {
		const garage = new Garage();
		for (let count = 0; count < 9; count++) {
			await garage.time.advance(20 * SECOND);
			await garage.post({ autopid_data: { gps_latitude: 52.52, gps_longitude: 13.4 } });
		}
		assert.deepEqual(garage.news(), ['online']);
	});
});

describe('started', () => {
	it('is the first status ever, with or without an uptime', async () => {
		for (const members of [UPTIME, { fw_version: '4.40' }, {}]) {
			const garage = new Garage();
			await garage.post(status(members));
			await garage.post(status(members));
			assert.deepEqual(garage.news(), ['online', 'started'], JSON.stringify(members));
		}
	});

	it('is not a POST without a status', async () => {
		const garage = new Garage();
		await garage.post({ config: {}, ...values(1) });
		assert.deepEqual(garage.news(), ['online']);
	});

	const rows: readonly (readonly [string, unknown, number, unknown, boolean])[] = [
		['an uptime that fell', '01:00:00', 10 * SECOND, '00:00:41', true],
		['an uptime that fell by a second', '00:00:41', SECOND, '00:00:40', true],
		['the same uptime an hour later', '00:00:41', HOUR, '00:00:41', true],
		['an uptime that grew by less than the time', '00:00:41', HOUR, '00:10:41', true],
		['a number of seconds that fell', 3600, HOUR, 41, true],
		['days that fell', '2d 00:00:41', HOUR, '1d 00:00:41', true],
		['the same body seconds later', '00:00:41', 2 * SECOND, '00:00:41', false],
		['the same body at once', '00:00:41', 0, '00:00:41', false],
		['an uptime that grew with time', '00:00:41', HOUR, '01:00:41', false],
		['an uptime that grew faster than our clock', '00:00:41', HOUR, '01:10:41', false],
		['an uptime that grew slower by a minute', '00:00:41', HOUR, '00:59:41', false],
		['an uptime that is not known any more', '00:00:41', HOUR, 'N/A', false],
		['an uptime that was not known', 'N/A', HOUR, '00:00:41', false],
		['no uptime at all', undefined, HOUR, undefined, false],
	];
	for (const [what, before, pause, after, isStart] of rows) {
		const news = isStart ? ['started'] : [];
		const uptime = (value: unknown) => status({ device_id: ID, uptime: value });
		it(`is ${isStart ? '' : 'not '}${what}`, async () => {
			const garage = new Garage({ vehicle: { offlineAfter: 24 * HOUR } });
			await garage.post(uptime(before));
			garage.news();
			await garage.time.advance(pause);
			await garage.post(uptime(after));
			assert.deepEqual(garage.news(), news);
		});

		it(`is ${isStart ? '' : 'not '}${what}, over a restart`, async () => {
			const garage = new Garage({ vehicle: { offlineAfter: 24 * HOUR } });
			await garage.post(uptime(before));
			await garage.time.advance(pause);
			const next = garage.restarted();
			await next.post(uptime(after));
			assert.deepEqual(next.news(), news);
		});
	}

	it('is a first POST of firmware that tells no uptime, unless it is sent again', async () => {
		const garage = new Garage();
		const first = { config: {}, ...status({ fw_version: '4.40' }, 62) };
		await garage.post(first);
		await garage.time.advance(2 * SECOND);
		await garage.post(first);
		await stand(garage, 3);
		assert.deepEqual(garage.news(), ['online', 'started']);
		await garage.post(first);
		assert.deepEqual(garage.news(), ['started']);
		await garage.time.advance(HOUR);
		await garage.post(first);
		assert.deepEqual(garage.news(), ['offline', 'online', 'started']);
		const next = garage.restarted();
		await stand(next, 1);
		await next.post(first);
		assert.deepEqual(next.news(), ['started']);
	});

	it('is one event for a first POST that comes twice at once', async () => {
		const garage = new Garage();
		await Promise.all([garage.post(status(UPTIME, 1)), garage.post(status(UPTIME, 1))]);
		assert.deepEqual(garage.news(), ['online', 'started']);
		assert.equal(garage.messages.length, 2);
	});

	it('is not a clock of ours that is set', async () => {
		const garage = new Garage({ vehicle: { offlineAfter: 24 * HOUR } });
		await garage.post(status(UPTIME));
		garage.news();
		garage.time.setClock(START + 5 * HOUR);
		await garage.time.advance(10 * SECOND);
		await garage.post(status({ ...UPTIME, uptime: '00:00:51' }));
		assert.deepEqual(garage.news(), []);
	});
});

describe('ecu-online and ecu-offline', () => {
	it('are edges, over a restart, too', async () => {
		const garage = new Garage();
		const ecu = (state?: string) => status({ device_id: ID, ecu_status: state });
		await garage.post(ecu('online'));
		assert.deepEqual(garage.news(), ['online', 'started', 'ecu-online']);
		for (const state of ['online', undefined, 'strange', 'online']) await garage.post(ecu(state));
		assert.deepEqual(garage.news(), []);
		assert.equal(garage.snapshot.wican.ecu, 'online');
		const next = garage.restarted();
		await next.post(ecu('online'));
		assert.deepEqual(next.news(), []);
		await next.post(ecu('offline'));
		await next.post(values(1));
		assert.deepEqual(next.news(), ['ecu-offline']);
		assert.equal(next.snapshot.wican.ecu, undefined);
		await next.time.advance(SECOND);
		await next.post(ecu('online'));
		assert.deepEqual(next.news(), ['ecu-online']);
	});

	it('come with the first status that says so', async () => {
		const garage = new Garage();
		await garage.post(status({ ecu_status: 'offline' }));
		assert.deepEqual(garage.news(), ['online', 'started', 'ecu-offline']);
	});
});

describe('three drives', () => {
	const firsts: Readonly<Record<string, object>> = {
		'with an uptime': { ...status({ ...UPTIME, ecu_status: 'online' }, 50), config: {} },
		'of firmware without an uptime': { ...status({ device_id: ID, ecu_status: 'online' }, 50), config: {} },
		'of a status alone': status({ device_id: ID, ecu_status: 'online' }, 50),
	};
	for (const [name, body] of Object.entries(firsts)) {
		it(`${name} tell ecu-online once each`, async () => {
			const garage = new Garage();
			const drives: string[][] = [];
			for (let drive = 0; drive < 3; drive++) {
				await garage.post(body);
				await garage.time.advance(10 * SECOND);
				await garage.post(values(drive));
				await garage.time.advance(8 * HOUR);
				drives.push(garage.news());
			}
			const events = ['online', 'started', 'ecu-online', 'offline'];
			assert.deepEqual(drives, [events, events, events]);
		});
	}

	it('tell it over a restart of Node-RED, too', async () => {
		const body = status({ ...UPTIME, ecu_status: 'online' });
		const before = new Garage();
		await before.post(body);
		await before.time.advance(8 * HOUR);
		const garage = before.restarted();
		await garage.post(body);
		assert.deepEqual(garage.news(), ['online', 'started', 'ecu-online']);
	});

	it('do not tell it again in the middle of a drive', async () => {
		const garage = new Garage();
		await garage.post(status({ ...UPTIME, ecu_status: 'online' }));
		garage.news();
		await garage.time.advance(MINUTE);
		await garage.post(status({ device_id: ID, uptime: '00:01:41', ecu_status: 'online' }));
		assert.deepEqual(garage.news(), []);
	});
});

describe('device-changed', () => {
	it('has the new and the previous id; the other device has started', async () => {
		const garage = new Garage();
		await garage.post(status(UPTIME));
		garage.news();
		await garage.time.advance(SECOND);
		await garage.post(status({ device_id: OTHER_ID, uptime: '99:00:00', ecu_status: 'online' }));
		const facts = { vehicle: OTHER_ID, time: START + SECOND, remoteAddress: ADDRESS, deviceId: OTHER_ID };
		assert.deepEqual(garage.events, [
			{ event: 'device-changed', ...facts, previousDeviceId: ID },
			{ event: 'started', ...facts },
			{ event: 'ecu-online', ...facts },
		]);
	});

	it('is not an id that becomes known, is missing or unusable', async () => {
		const garage = new Garage();
		await garage.post(values(1));
		for (const id of [ID, undefined, null, '', 'a b', 5, ID]) await garage.post(status({ device_id: id }));
		assert.deepEqual(garage.news(), ['online', 'started']);
		assert.equal(garage.snapshot.wican.deviceId, ID);
	});

	it('is noticed over a restart', async () => {
		const garage = new Garage();
		await garage.post(status(UPTIME));
		const next = garage.restarted();
		await next.post(status({ device_id: OTHER_ID }));
		assert.deepEqual(next.news(), ['device-changed', 'started']);
	});
});

describe('what has happened', () => {
	it('is told again by the next process when this one is killed before it was told', async () => {
		const garage = new Garage();
		const { store } = garage;
		await garage.vehicle.take(reportOfFirst(), START, ADDRESS);
		assert.deepEqual(garage.events, []);
		const next = garage.restarted(garage.settings, store.afterKill());
		await settled();
		assert.deepEqual(next.news(), ['online', 'started']);
		const last = next.restarted(next.settings, next.store.afterKill());
		await settled();
		await last.post(status(UPTIME));
		assert.deepEqual(last.news(), []);
	});

	it('is told once, though many POSTs come at once', async () => {
		const garage = new Garage();
		garage.store.delaying = true;
		const ids = [ID, ID, OTHER_ID, OTHER_ID];
		const posts = ids.flatMap((id) => [
			garage.post(status({ device_id: id, uptime: '00:00:41', ecu_status: 'online' }, 1)),
			garage.post(values(1)),
		]);
		await settled();
		garage.store.release();
		assert.deepEqual(await Promise.all(posts), Array(8).fill(200));
		await settled();
		assert.deepEqual(garage.news(), [
			...['online', 'started', 'ecu-online'],
			...['device-changed', 'started', 'ecu-online'],
		]);
		assert.equal(garage.messages.length, 8);
		assert.deepEqual(Object.keys(garage.remembered).sort(), ['seen', 'vehicle']);
	});

	it('is told when the node is back, if nobody was there', async () => {
		const garage = new Garage();
		await drive(garage, 3);
		garage.news();
		garage.close();
		await garage.vehicle.take(reportOfFirst(), garage.time.now(), ADDRESS);
		garage.vehicle.shown();
		await settled();
		assert.deepEqual(garage.events, []);
		const next = garage.redeployed();
		await settled();
		assert.deepEqual(next.news(), ['started']);
	});

	it('does not pile up in memory or store', async () => {
		const garage = new Garage();
		for (let count = 0; count < 700; count++) {
			await garage.time.advance(SECOND);
			await garage.post(status({ ecu_status: count % 2 ? 'online' : 'offline' }));
		}
		assert.equal(garage.events.length, 702);
		assert.deepEqual(Object.keys(garage.remembered).sort(), ['seen', 'vehicle']);
	});
});

function reportOfFirst() {
	return {
		payload: {},
		config: undefined,
		status: { safe: {}, all: {}, deviceId: undefined, firmware: undefined, ecu: undefined, uptime: 41 },
		position: undefined,
		sampledAt: undefined,
		duplicates: [],
		odd: [],
	};
}

describe('a redeploy', () => {
	it('keeps what is known of the vehicle, and takes its new name and patience', async () => {
		const garage = new Garage();
		await drive(garage, 3);
		const next = garage.redeployed({ vehicle: { name: 'Niro', offlineAfter: 30 * SECOND } });
		await settled();
		assert.deepEqual(next.vehicle.view, {
			seen: true,
			online: true,
			stale: false,
			count: 2,
			refused: undefined,
			heardAt: next.time.now(),
		});
		assert.equal(next.vehicle, garage.vehicle);
		await next.time.advance(30 * SECOND);
		assert.deepEqual(next.events, [{ event: 'offline', vehicle: 'Niro', time: next.time.now() }]);
	});

	it('may take the vehicle up before it was given up', async () => {
		const garage = new Garage();
		await drive(garage, 3);
		garage.news();
		const next = new Garage(garage.settings, garage.store, garage.time, garage.registry);
		garage.close();
		await next.time.advance(HOUR);
		assert.deepEqual([next.news(), garage.news()], [['offline'], []]);
	});
});

describe('the view of a vehicle', () => {
	it('counts the values of each POST, texts as well', async () => {
		const garage = new Garage();
		const counts: unknown[] = [];
		for (const soc of [62, 61, 60, null]) {
			await garage.post({ autopid_data: { SOC: soc, PLUG: 'on', LIGHT: true, timestamp: 1_795_200_781 } });
			counts.push(garage.vehicle.view.count);
		}
		assert.deepEqual(counts, [3, 3, 3, 2]);
	});
});
