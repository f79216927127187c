import assert from 'node:assert/strict';
import { badgeOfVehicle, type VehicleView } from '../../../nodes/protocol/wican/index.js';

const NEW: VehicleView = { seen: false, online: false, stale: false, count: undefined, refused: undefined };

describe('the badge of a vehicle', () => {
	const rows: readonly (readonly [Partial<VehicleView>, string, object])[] = [
		[{}, 'waiting', {}],
		[{ refused: 401 }, 'refused', { status: 401 }],
		[{ seen: true, online: true, count: 246 }, 'car-online', { count: 246 }],
		[{ seen: true, online: true }, 'car-known', {}],
		[{ seen: true, online: true, count: 0 }, 'car-online', { count: 0 }],
		[{ seen: true, online: true, count: 7, refused: 401 }, 'car-online', { count: 7 }],
		[{ seen: true, online: true, stale: true, count: 7 }, 'car-stale', {}],
		[{ seen: true }, 'car-offline', {}],
		[{ seen: true, stale: true }, 'car-offline', {}],
		[{ seen: true, heardAt: 590_000 }, 'car-offline', { age: 10_000 }],
		[{ seen: true, heardAt: 420_000 }, 'car-offline-for', { age: 180_000 }],
		[{ seen: true, refused: 413 }, 'refused', { status: 413 }],
	];
	for (const [view, name, params] of rows) {
		it(`is ${name} for ${JSON.stringify(view)}`, () => {
			assert.deepEqual(badgeOfVehicle({ ...NEW, ...view }, 600_000), [name, params]);
		});
	}
});
