import assert from 'node:assert/strict';
import { fullBody, periodicBody, SECRET_VALUES, WicanDevice } from '../../devices/wican/index.js';
import { coded } from '../errors.js';
import { settled } from '../manual-time.js';
import { Garage, HOUR, ID, OTHER_ID, requestOf, SECOND, START } from './garage.js';

const FIRST = `{"config":{"SOC":{"unit":"%","class":"battery"},"T":{"unit":"°C","class":"temperature"},"X":{"unit":"none","class":""}},
	"status":{"device_id":"${ID}","fw_version":"4.51","uptime":"00:00:41","sta_ssid":"Kolibri"},
	"autopid_data":{"SOC":62,"T":20,"X":1,"timestamp":1795200781}}`;
const LATER = '{"autopid_data":{"SOC":62.5,"T":20.5,"timestamp":1795200791}}';
const MEANT = {
	units: { SOC: '%', T: '°C' },
	classes: { SOC: 'battery', T: 'temperature' },
};
const meaning = ({ units, classes, wican }: Garage['snapshot']) => ({
	units,
	classes,
	deviceId: wican.deviceId,
	firmware: wican.firmware,
	vehicle: wican.vehicle,
});

describe('what is remembered of a vehicle', () => {
	it('gives later POSTs their units, classes, firmware and device id', async () => {
		const garage = new Garage();
		assert.deepEqual([await garage.post(FIRST), await garage.post(LATER)], [200, 200]);
		assert.deepEqual(meaning(garage.snapshot), { ...MEANT, deviceId: ID, firmware: '4.51', vehicle: ID });
	});

	it('does so after a restart in the middle of a drive', async () => {
		const garage = new Garage();
		await garage.post(FIRST);
		const next = garage.restarted(garage.settings, garage.store.afterKill());
		await next.post(LATER);
		assert.deepEqual(meaning(next.snapshot), { ...MEANT, deviceId: ID, firmware: '4.51', vehicle: ID });
		assert.equal(next.snapshot.wican.first, undefined);
	});

	it('does so when the process is killed the moment the answer is decided, before anything is shown', async () => {
		const garage = new Garage();
		const decision = await garage.receiver.handle(requestOf(FIRST));
		assert.equal('status' in decision && decision.status, 200);
		const next = garage.restarted(garage.settings, garage.store.afterKill());
		await next.post(LATER);
		assert.deepEqual(meaning(next.snapshot), { ...MEANT, deviceId: ID, firmware: '4.51', vehicle: ID });
	});

	it('does so for a redeployed node, but not for another node', async () => {
		const garage = new Garage();
		await garage.post(FIRST);
		const same = garage.redeployed();
		await same.post(LATER);
		assert.deepEqual(meaning(same.snapshot), { ...MEANT, deviceId: ID, firmware: '4.51', vehicle: ID });
		const other = new Garage({ key: 'n2' }, garage.store, garage.time);
		await other.post(LATER);
		assert.deepEqual(meaning(other.snapshot), {
			...{ units: {}, classes: {}, deviceId: undefined, firmware: undefined, vehicle: '/wican' },
		});
	});

	it('keeps units of parameters that a later config does not mention, and takes newer ones', async () => {
		const garage = new Garage();
		await garage.post(FIRST);
		await garage.post('{"config":{"T":{"unit":"°F"},"V":{"unit":"V"}},"autopid_data":{"SOC":1,"T":2,"V":3}}');
		assert.deepEqual(garage.snapshot.units, { SOC: '%', T: '°F', V: 'V' });
		assert.deepEqual(garage.snapshot.classes, { SOC: 'battery' });
	});

	it('keeps the firmware and id that a later status does not mention', async () => {
		const garage = new Garage();
		await garage.post(FIRST);
		await garage.post('{"status":{"batt_voltage":"12.5V"}}');
		const { deviceId, firmware, status } = garage.snapshot.wican;
		assert.deepEqual([deviceId, firmware, status], [ID, '4.51', { batt_voltage: 12.5 }]);
	});

	it('is forgotten when another device reports, whatever of it comes with the news', async () => {
		for (const config of ['"config":{"V":{"unit":"V"}},', '"config":{},', '']) {
			const garage = new Garage();
			await garage.post(FIRST);
			await garage.post(`{${config}"status":{"device_id":"${OTHER_ID}"},"autopid_data":{"SOC":1,"V":2}}`);
			assert.deepEqual(garage.snapshot.units, config.includes('"V"') ? { V: 'V' } : {}, config);
			assert.deepEqual(
				[garage.snapshot.wican.deviceId, garage.snapshot.wican.firmware],
				[OTHER_ID, undefined],
			);
			const next = garage.restarted();
			await next.post('{"autopid_data":{"SOC":2}}');
			assert.deepEqual([next.snapshot.units, next.snapshot.wican.deviceId], [{}, OTHER_ID]);
		}
	});

	it('holds the tables of firmware 6 and ten thousand parameters', async () => {
		const names = Array.from({ length: 10_000 }, (_, count) => `HV_C_V_${count}`);
		const parameters = names.map((name) => ({
			name,
			expression: '[B15:B16]/1000',
			unit: 'V',
			class: 'battery',
		}));
		const body = JSON.stringify({
			config: { groups: [], pids: [{ cmd: '220101', parameters }], filters: [] },
			status: { device_id: ID },
			autopid_data: Object.fromEntries(names.map((name, count) => [name, count / 1000])),
		});
		const garage = new Garage();
		assert.equal(await garage.post(body), 200);
		const next = garage.restarted(garage.settings, garage.store.afterKill());
		await next.post({ autopid_data: { HV_C_V_0: 3.7, HV_C_V_9999: 3.8, HV_C_V_10000: 3.9 } });
		assert.deepEqual(next.snapshot.units, { HV_C_V_0: 'V', HV_C_V_9999: 'V' });
		assert.deepEqual(garage.vehicle.view.count, 10_000);
	});

	it('gives units to all values of a large electric car, whatever its firmware', async () => {
		for (const firmware of ['4.40', '4.48', '4.51', '6'] as const) {
			const device = new WicanDevice({ firmware, car: 'electric', large: true, pollTakes: 0 });
			const garage = new Garage();
			assert.equal(await garage.post(fullBody(device)), 200);
			const next = garage.restarted(garage.settings, garage.store.afterKill());
			device.advance(10 * SECOND);
			await next.post(periodicBody(device));
			const { payload, units, wican } = next.snapshot;
			assert.deepEqual([wican.deviceId, wican.odd], [device.deviceId, undefined]);
			assert.ok(wican.firmware?.startsWith(firmware));
			const voltages = Object.keys(payload).filter((name) => name.startsWith('HV_C_V_'));
			assert.ok(voltages.length > 100 && voltages.every((name) => units[name] === 'V'), firmware);
		}
	});

	it('holds no secret, neither in the store nor in what is told', async () => {
		const garage = new Garage();
		for (const firmware of ['4.40', '4.48', '4.51', '6', 'ha4', 'ha6', 'classic'] as const) {
			const device = new WicanDevice({ firmware });
			assert.equal(await garage.post(fullBody(device)), 200);
			await garage.time.advance(HOUR);
		}
		const said = [garage.store.commits, garage.remembered, garage.events, garage.messages, garage.registry];
		const text = said.map((one) => JSON.stringify(one, withMaps)).join('\n');
		assert.deepEqual(
			SECRET_VALUES.filter((secret) => text.includes(secret)),
			[],
		);
		assert.deepEqual(Object.keys(garage.remembered).sort(), ['config', 'seen', 'vehicle']);
		assert.ok(garage.events.length > 2 && garage.messages.length === 7);
	});
});

/** Shows what is in maps and sets as well. */
function withMaps(name: string, value: unknown): unknown {
	if (name === 'environment') return undefined;
	return value instanceof Map || value instanceof Set ? [...value] : value;
}

describe('commits', () => {
	it('are none for a first POST that is sent again', async () => {
		const garage = new Garage();
		await garage.post(FIRST);
		const before = garage.store.commits.length;
		await garage.time.advance(SECOND / 2);
		assert.equal(await garage.post(FIRST), 200);
		assert.equal(garage.store.commits.length, before);
		assert.deepEqual(meaning(garage.snapshot), { ...MEANT, deviceId: ID, firmware: '4.51', vehicle: ID });
	});

	it('note of periodic POSTs only when they came, at most once a second', async () => {
		const garage = new Garage();
		const drive = async (posts: number) => {
			for (let count = 0; count < posts; count++) {
				await garage.time.advance(10 * SECOND);
				await garage.post({ autopid_data: { SOC: count } });
			}
		};
		await drive(5);
		const before = garage.store.commits.length;
		await drive(50);
		const names = garage.store.commits.slice(before).flatMap(({ set = [] }) => set.map(([name]) => name));
		assert.deepEqual(names, Array(50).fill('seen'));
		for (let count = 0; count < 9; count++) {
			await garage.time.advance(100);
			await garage.post({ autopid_data: { SOC: count } });
		}
		assert.equal(garage.store.commits.length, before + 50);
	});

	it('hold the vehicle alone where the config is known', async () => {
		const garage = new Garage();
		await garage.post(FIRST);
		const before = garage.store.commits.length;
		await garage.time.advance(HOUR / 60);
		await garage.post(FIRST.replace('00:00:41', '00:01:41'));
		const names = garage.store.commits.slice(before).flatMap(({ set = [] }) => set.map(([name]) => name));
		assert.deepEqual(names, ['vehicle', 'seen']);
	});

	it('come before the answer', async () => {
		const garage = new Garage();
		garage.store.delaying = true;
		let isAnswered = false;
		const answered = garage.receiver.handle(requestOf(FIRST)).then((decision) => {
			isAnswered = true;
			return decision;
		});
		await settled();
		assert.equal(isAnswered, false);
		garage.store.release();
		const decision = await answered;
		assert.equal('status' in decision && decision.status, 200);
	});

	it('are waited for by the same first POST that comes again while they are under way', async () => {
		const garage = new Garage();
		garage.store.delaying = true;
		const answers: number[] = [];
		const posts = [1, 2].map(() => garage.post(FIRST).then((status) => answers.push(status)));
		await settled();
		assert.deepEqual(answers, []);
		garage.store.failing = true;
		garage.store.release();
		await Promise.all(posts);
		assert.deepEqual(answers, [503, 503]);
	});
});

describe('a store that fails', () => {
	it('lets a first POST come again, but shows it; later ones are accepted', async () => {
		const garage = new Garage();
		garage.store.failing = true;
		assert.equal(await garage.post(FIRST), 503);
		assert.deepEqual(meaning(garage.snapshot), { ...MEANT, deviceId: ID, firmware: '4.51', vehicle: ID });
		assert.equal(garage.failures.length, 1);
		assert.ok(coded('store-unavailable')(garage.failures[0]));
		assert.deepEqual(garage.news(), [], 'nothing is told that is not kept');
		assert.equal(await garage.post(LATER), 200);
		assert.equal(garage.messages.length, 2);
		assert.deepEqual(garage.snapshot.units, MEANT.units);
		assert.deepEqual(garage.problems, []);
	});

	it('never has a first POST acknowledged, though nothing in it is new', async () => {
		const garage = new Garage();
		garage.store.failing = true;
		for (let count = 0; count < 3; count++) assert.equal(await garage.post(FIRST), 503);
		garage.store.failing = false;
		assert.equal(await garage.post(FIRST), 200);
		const next = garage.restarted(garage.settings, garage.store.afterKill());
		await next.post(LATER);
		assert.deepEqual(meaning(next.snapshot), { ...MEANT, deviceId: ID, firmware: '4.51', vehicle: ID });
	});

	it('tells what happened meanwhile with the first POST that can be kept again', async () => {
		const garage = new Garage();
		garage.store.failing = true;
		await garage.post(FIRST);
		garage.store.failing = false;
		await garage.post(LATER);
		assert.deepEqual(garage.news(), ['online']);
		await garage.post(FIRST);
		assert.deepEqual(garage.news(), ['started']);
	});

	it('loses no start that came while it was away', async () => {
		const old = '{"config":{},"status":{"fw_version":"4.40"},"autopid_data":{"SOC":62}}';
		for (const body of [FIRST, old]) {
			const garage = new Garage();
			await garage.post(body);
			await garage.time.advance(24 * HOUR);
			garage.news();
			garage.store.failing = true;
			assert.equal(await garage.post(body), 503);
			garage.store.failing = false;
			await garage.time.advance(10 * SECOND);
			assert.equal(await garage.post(body), 200);
			assert.deepEqual(garage.news().slice(0, 2), ['online', 'started']);
		}
	});

	it('loses no value that moved again while it was away', async () => {
		const garage = new Garage();
		for (let count = 0; count < 14; count++) {
			await garage.time.advance(10 * SECOND);
			await garage.post(LATER);
		}
		assert.deepEqual(garage.news(), ['online', 'stale']);
		garage.store.failing = true;
		assert.equal(await garage.post(LATER.replace('62.5', '63')), 200);
		garage.store.failing = false;
		await garage.post(LATER.replace('62.5', '63'));
		assert.deepEqual(garage.news(), ['fresh']);
		await garage.post(LATER.replace('62.5', '63'));
		assert.deepEqual(garage.news(), []);
	});

	it('does not have a first POST acknowledged of which nobody knows whether it was kept', async () => {
		for (const unknownOutcome of ['made', 'not made'] as const) {
			const garage = new Garage();
			garage.store.unknownOutcome = unknownOutcome;
			assert.equal(await garage.post(FIRST), 503);
			assert.ok(coded('store-outcome-unknown')(garage.failures[0]));
			garage.store.unknownOutcome = undefined;
			assert.equal(await garage.post(FIRST), 200);
			await settled();
			assert.deepEqual(garage.news(), ['online', 'started']);
		}
	});

	it('answers a POST with config alone, or status alone, in the same way', async () => {
		for (const body of [
			'{"config":{"SOC":{"unit":"%"}}}',
			'{"status":{"fw_version":"4.40"}}',
			'{"config":{}}',
		]) {
			const garage = new Garage();
			garage.store.failing = true;
			assert.deepEqual([await garage.post(body), await garage.post(body)], [503, 503], body);
			assert.equal(garage.messages.length, 2);
		}
	});

	it('may be unreadable, too', async () => {
		const garage = new Garage();
		const store = garage.store.afterKill();
		store.unreadable = true;
		const next = garage.restarted(garage.settings, store);
		await settled();
		assert.deepEqual([next.views, next.vehicle.view.seen], [1, false], 'the badge is told all the same');
		assert.deepEqual(next.problems, [], 'the store itself tells of its trouble');
	});

	it('may become unreadable while a vehicle reports', async () => {
		const garage = new Garage();
		garage.store.unreadable = true;
		assert.equal(await garage.post(FIRST), 503);
		assert.equal(await garage.post(LATER), 200);
		assert.deepEqual(meaning(garage.snapshot), { ...MEANT, deviceId: ID, firmware: '4.51', vehicle: ID });
		assert.deepEqual(garage.news(), []);
		assert.ok(garage.failures.length === 2 && garage.failures.every(coded('store-unavailable')));
	});

	it('tells once it is back that a vehicle has fallen silent meanwhile, once', async () => {
		const garage = new Garage();
		await garage.post(LATER);
		garage.news();
		garage.store.failing = true;
		await garage.time.advance(HOUR);
		assert.deepEqual([garage.news(), garage.problems], [[], []]);
		garage.store.failing = false;
		await garage.time.advance(5 * SECOND);
		assert.deepEqual([garage.news(), garage.vehicle.view.online], [['offline'], false]);
		await garage.post(LATER);
		assert.deepEqual(garage.news(), ['online']);
	});
});

describe('what is told', () => {
	it('never has a time before the POST', async () => {
		const garage = new Garage();
		await garage.post(FIRST);
		assert.deepEqual(
			garage.events.map(({ time }) => time),
			[START, START],
		);
	});
});
