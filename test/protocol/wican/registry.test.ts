import assert from 'node:assert/strict';
import { Garage } from './garage.js';

describe('the vehicles of a process', () => {
	it('has one vehicle for each key, the same every time', () => {
		const { registry, vehicle } = new Garage({ key: '__proto__' });
		assert.equal(registry.vehicle('__proto__'), vehicle);
		assert.notEqual(registry.vehicle('constructor'), vehicle);
		assert.deepEqual(registry.join('__proto__'), { environment: registry.environment, vehicle });
	});

	it('keeps its vehicles apart', async () => {
		const one = new Garage({ key: 'n1' });
		const other = new Garage({ key: 'n2' }, one.store, one.time, one.registry);
		await one.post({ config: { SOC: { unit: '%' } }, status: { device_id: 'a' }, autopid_data: { SOC: 1 } });
		await other.post({ autopid_data: { SOC: 2 } });
		assert.deepEqual([one.eventNames, other.eventNames], [['online', 'started'], ['online']]);
		assert.deepEqual([other.snapshot.units, other.snapshot.wican.deviceId], [{}, undefined]);
	});
});
