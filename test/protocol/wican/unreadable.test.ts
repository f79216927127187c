import assert from 'node:assert/strict';
import { coded } from '../errors.js';
import { ManualTime, settled } from '../manual-time.js';
import { TestStore } from '../memory-store.js';
import { Garage, HOUR, ID, SECOND, START } from './garage.js';

const SCOPE = 'wican/n1';
const FIRST = `{"config":{"SOC":{"unit":"%","class":"battery"}},"status":{"device_id":"${ID}","fw_version":"4.51","uptime":"00:00:41"},
	"autopid_data":{"SOC":62}}`;
const LATER = '{"autopid_data":{"SOC":62.5}}';

/** A vehicle and its units as this version stores them. */
const VEHICLE = {
	...{
		deviceId: ID,
		firmware: '4.51',
		status: { uptime: '00:00:41' },
		statusAt: 1,
		ecu: 'online',
		online: true,
	},
};
const CONFIG = [['SOC', '%', 'battery']];

/** What another version, or a fault, may have left there. */
const UNREADABLE_VEHICLES: readonly (readonly [string, unknown])[] = [
	['no status', { ...VEHICLE, status: null }],
	['a status that is a text', { ...VEHICLE, status: 'awake' }],
	['a device id that is a number', { ...VEHICLE, deviceId: 5 }],
	['an unknown state of the control units', { ...VEHICLE, ecu: 'asleep' }],
	['values that stand still or not', { ...VEHICLE, stale: true }],
	['nothing', null],
	['a text', 'vehicle'],
	['a list', []],
];
const UNREADABLE_CONFIGS: readonly (readonly [string, unknown])[] = [
	['an object', { SOC: { unit: '%' } }],
	['a pair', [['SOC', '%']]],
	['a unit that is a number', [['SOC', 5, 'battery']]],
	['a list of nothing', [null]],
	['nothing', null],
	['a text', 'SOC'],
];

async function garageWith(entries: readonly (readonly [string, unknown])[]): Promise<Garage> {
	const time = new ManualTime(START);
	const store = new TestStore(time);
	store.put(SCOPE, Object.fromEntries(entries));
	const garage = new Garage({}, store, time);
	await settled();
	return garage;
}

function assertSaid(garage: Garage, deviceId: string, count: number): void {
	assert.equal(garage.failures.length, 1);
	assert.ok(coded('store-unreadable', { deviceId, count })(garage.failures[0]));
	assert.deepEqual(garage.problems, []);
}

describe('what is stored of a car and cannot be read', () => {
	for (const [what, record] of UNREADABLE_VEHICLES) {
		it(`(${what}) is left aside and said; units hold, and the next report makes it new`, async () => {
			const garage = await garageWith([
				['vehicle', record],
				['config', CONFIG],
			]);
			assertSaid(garage, '/wican', 1);
			assert.equal(await garage.post(LATER), 200);
			assert.deepEqual(garage.snapshot.units, { SOC: '%' });
			assert.deepEqual(garage.news(), ['online']);
			await garage.time.advance(10 * SECOND);
			assert.equal(await garage.post(FIRST), 200);
			assert.deepEqual(garage.news(), ['started']);
			await garage.time.advance(HOUR);
			assert.deepEqual(garage.news(), ['offline']);
			const next = garage.restarted(garage.settings, garage.store.afterKill());
			assert.equal(await next.post(LATER), 200);
			assert.deepEqual([next.snapshot.wican.deviceId, next.failures], [ID, []]);
		});
	}

	for (const [what, record] of UNREADABLE_CONFIGS) {
		it(`(units: ${what}) is left aside and said; its first report brings units again`, async () => {
			const garage = await garageWith([
				['vehicle', VEHICLE],
				['config', record],
			]);
			assertSaid(garage, ID, 1);
			assert.equal(await garage.post(LATER), 200);
			assert.deepEqual([garage.snapshot.units, garage.snapshot.wican.deviceId], [{}, ID]);
			assert.deepEqual(garage.store.entriesOf(SCOPE).config, record);
			assert.equal(await garage.post(FIRST), 200);
			assert.deepEqual(garage.snapshot.units, { SOC: '%' });
			const next = garage.restarted(garage.settings, garage.store.afterKill());
			assert.equal(await next.post(LATER), 200);
			assert.deepEqual([next.snapshot.units, next.failures], [{ SOC: '%' }, []]);
		});
	}

	it('is said once for all of it, and not with each deploy', async () => {
		const garage = await garageWith([
			['vehicle', null],
			['config', null],
		]);
		assertSaid(garage, '/wican', 2);
		const next = garage.redeployed();
		await settled();
		assert.deepEqual(next.failures, []);
	});

	it('is nothing of what this version stores', async () => {
		const garage = await garageWith([
			['vehicle', VEHICLE],
			['config', CONFIG],
		]);
		assert.deepEqual([garage.failures, garage.news()], [[], []]);
		for (let count = 0; count < 30; count++) {
			await garage.post(count === 0 ? FIRST : LATER);
			await garage.time.advance(10 * SECOND);
		}
		await garage.time.advance(HOUR);
		assert.deepEqual(garage.news().sort(), ['offline', 'stale', 'started']);
		const next = garage.restarted();
		await settled();
		assert.deepEqual(next.failures, []);
	});
});
