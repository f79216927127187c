import assert from 'node:assert/strict';
import { badgeOfVehicle, type VehicleView } from '../../../nodes/protocol/wican/index.js';

const WRONG = { reason: 'unauthorized', status: 401 };
const NEW: VehicleView = { seen: false, online: false, stale: false, count: undefined, refused: undefined };

describe('the badge of a vehicle', () => {
	const rows: readonly (readonly [Partial<VehicleView>, string, object])[] = [
		[{}, 'waiting', {}],
		[{ seen: true, online: true, count: 246 }, 'car-online', { count: 246 }],
		[{ seen: true, online: true }, 'car-known', {}],
		[{ seen: true, online: true, count: 0 }, 'car-online', { count: 0 }],
		[{ seen: true, online: true, count: 7, refused: WRONG }, 'car-online', { count: 7 }],
		[{ seen: true, online: true, stale: true, count: 7 }, 'car-stale', {}],
		[{ seen: true }, 'car-offline', {}],
		[{ seen: true, stale: true }, 'car-offline', {}],
		[{ seen: true, heardAt: 590_000 }, 'car-offline', { age: 10_000 }],
		[{ seen: true, heardAt: 420_000 }, 'car-offline-for', { age: 180_000 }],
		[{ refused: WRONG }, 'wrong-token', {}],
		[{ seen: true, refused: { reason: 'bad-json', status: 400 } }, 'bad-report', {}],
		[{ seen: true, refused: { reason: 'bad-body', status: 400 } }, 'bad-report', {}],
		[{ seen: true, refused: { reason: 'too-large', status: 413 } }, 'report-too-large', {}],
		[{ seen: true, refused: { reason: 'rate-limited', status: 429 } }, 'too-many-refused', {}],
		[{ seen: true, refused: { reason: 'no-reason-of-ours', status: 418 } }, 'refused', { status: 418 }],
	];
	for (const [view, name, params] of rows) {
		it(`is ${name} for ${JSON.stringify(view)}`, () => {
			assert.deepEqual(badgeOfVehicle({ ...NEW, ...view }, 600_000, 'bearer'), [name, params]);
		});
	}

	it('says which credential is wrong', () => {
		const kinds = ['bearer', 'api-key-header', 'api-key-query', 'basic', 'client-cert'] as const;
		assert.deepEqual(
			kinds.map((kind) => badgeOfVehicle({ ...NEW, refused: WRONG }, 0, kind)[0]),
			['wrong-token', 'wrong-api-key', 'wrong-api-key', 'wrong-login', 'wrong-certificate'],
		);
	});
});
