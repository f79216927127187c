import assert from 'node:assert/strict';
import { Garage } from './garage.js';

const SECOND = 1000;

/** Firmware before 4.42: a status without uptime. */
const FIRST = {
	config: { SOC: { class: 'battery', unit: '%' } },
	status: { device_id: 'e831cd123456', fw_version: '4.40' },
	autopid_data: { SOC: 62.35 },
};
const LATER = { autopid_data: { SOC: 62.3 } };

describe('the start of a device that does not tell for how long it runs', () => {
	it('is told for the first time, and again after other reports', async () => {
		const garage = new Garage();
		await garage.post(FIRST);
		await garage.post(LATER);
		await garage.time.advance(10 * SECOND);
		await garage.post(FIRST);
		assert.deepEqual(garage.eventNames, ['online', 'started', 'started']);
	});

	it('is not told again when the answer was lost and the first report is sent anew', async () => {
		const garage = new Garage();
		for (let attempt = 0; attempt < 3; attempt++) {
			await garage.post(FIRST);
			await garage.time.advance(5 * SECOND);
		}
		assert.deepEqual(garage.eventNames, ['online', 'started']);
	});

	it('is told after a silence, also when only the first report of the drive before arrived', async () => {
		const garage = new Garage();
		await garage.post(FIRST);
		await garage.time.advance(300 * SECOND);
		await garage.post(FIRST);
		assert.deepEqual(garage.eventNames, ['online', 'started', 'offline', 'online', 'started']);
	});

	it('is not told by a webhook that sends only what has changed of its status', async () => {
		const garage = new Garage();
		await garage.post(FIRST);
		await garage.post(LATER);
		await garage.post({ status: { batt_voltage: '12.6V' } });
		assert.deepEqual(garage.eventNames, ['online', 'started']);
	});
});

describe('a status without anything that may be shown', () => {
	it('counts as the first one only once', async () => {
		const garage = new Garage();
		await garage.post({ status: { sta_ssid: 'home' } });
		await garage.post({ status: { sta_ssid: 'home' } });
		assert.deepEqual(garage.eventNames, ['online', 'started']);
	});
});
