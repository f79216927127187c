import assert from 'node:assert/strict';
import type { StoredEvent, VehicleMemory, VehicleRecord } from '../../../nodes/protocol/wican/memory.js';
import {
	type Circumstances,
	fallSilent,
	isFirst,
	keyOf,
	receive,
	told,
} from '../../../nodes/protocol/wican/reception.js';
import { ADDRESS, ID, OTHER_ID, reportOf, START } from './garage.js';

const NEW: VehicleMemory = { vehicle: undefined, config: [] };
const RECORD: VehicleRecord = { status: {}, online: true, untold: [] };
const CIRCUMSTANCES: Circumstances = {
	receivedAt: START,
	remoteAddress: ADDRESS,
	lastStatus: undefined,
	isResent: false,
	moved: undefined,
	isStill: false,
	digest: () => 'digest',
	isKept: true,
	interval: undefined,
};

const taken = (memory: VehicleMemory, body: object, changed: Partial<Circumstances> = {}) =>
	receive(memory, reportOf(body), { ...CIRCUMSTANCES, ...changed });
const known = (record: Partial<VehicleRecord>): VehicleMemory => ({
	...NEW,
	vehicle: { ...RECORD, ...record },
});

describe('the first POST ever', () => {
	it('makes a record of the vehicle and one of its units', () => {
		const body = {
			config: { SOC: { unit: '%', class: 'battery' } },
			status: {
				device_id: ID,
				fw_version: '4.51',
				uptime: '00:00:41',
				ecu_status: 'online',
				sta_pass: 'geheim',
			},
		};
		const facts = { time: START, remoteAddress: ADDRESS, deviceId: ID };
		const vehicle = {
			status: { device_id: ID, fw_version: '4.51', uptime: '00:00:41', ecu_status: 'online' },
			statusAt: START,
			deviceId: ID,
			firmware: '4.51',
			ecu: 'online',
			online: true,
			stale: undefined,
			untold: [
				{ event: 'online', ...facts },
				{ event: 'started', ...facts },
				{ event: 'ecu-online', ...facts },
			],
		};
		const config = [['SOC', '%', 'battery']];
		assert.deepEqual(taken(NEW, body), { now: { vehicle, config }, vehicle, config, flush: true });
	});

	it('without a status says only that the vehicle is online', () => {
		const { vehicle } = taken(NEW, {});
		assert.deepEqual(vehicle, {
			status: {},
			online: true,
			stale: undefined,
			untold: [{ event: 'online', time: START, remoteAddress: ADDRESS }],
		});
	});
});

describe('a POST without news', () => {
	it('changes nothing', () => {
		const memory = known({ deviceId: ID, status: { device_id: ID }, statusAt: 5, interval: 10_000 });
		for (const body of [{}, { autopid_data: { SOC: 1 } }, { status: { device_id: ID } }, { config: {} }]) {
			assert.deepEqual(taken(memory, body, { moved: true, interval: 11_000 }), { now: memory });
		}
	});

	it('is written all the same if it is a first one and the store has not kept all', () => {
		const memory = known({ deviceId: ID, status: { device_id: ID }, statusAt: 5 });
		const writes = (body: object) => 'vehicle' in taken(memory, body, { isKept: false });
		assert.deepEqual([{}, { autopid_data: {} }].map(writes), [false, false]);
		assert.deepEqual([{ status: { device_id: ID } }, { config: {} }, { status: {} }].map(writes), [
			true,
			true,
			true,
		]);
	});
});

describe('a first POST', () => {
	it('is one with config or status', () => {
		const bodies = [
			{ config: {} },
			{ status: {} },
			{ config: {}, status: {} },
			{},
			{ config: 5, autopid_data: {} },
		];
		assert.deepEqual(
			bodies.map((body) => isFirst(reportOf(body))),
			[true, true, true, false, false],
		);
	});
});

describe('the status that is remembered', () => {
	it('is brought up to date: what is not mentioned stays', () => {
		const memory = known({
			status: { fw_version: '4.51', wifi_mode: 'Station' },
			statusAt: 5,
			firmware: '4.51',
		});
		const { vehicle } = taken(memory, { status: { wifi_mode: 'AP', fw_version: null } });
		assert.deepEqual(vehicle, {
			status: { fw_version: '4.51', wifi_mode: 'AP' },
			statusAt: START,
			firmware: '4.51',
			online: true,
			stale: undefined,
			untold: [],
		});
	});
});

describe('the interval that is remembered', () => {
	const rows: readonly (readonly [number | undefined, number | undefined, number | undefined])[] = [
		[undefined, undefined, undefined],
		[undefined, 10_000, 10_000],
		[10_000, undefined, 10_000],
		[10_000, 12_000, 10_000],
		[10_000, 8_100, 10_000],
		[10_000, 13_000, 13_000],
		[10_000, 7_000, 7_000],
		[0, 0, 0],
		[0, 10_000, 10_000],
	];
	for (const [before, usual, after] of rows) {
		it(`of ${before} becomes ${after} where ${usual} is usual now`, () => {
			const memory = known(before === undefined ? {} : { interval: before });
			assert.equal(taken(memory, {}, { interval: usual }).now.vehicle.interval, after);
		});
	}
});

describe('values that stand still', () => {
	const rows: readonly (readonly [
		string,
		string | undefined,
		Partial<Circumstances>,
		string | undefined,
		string[],
	])[] = [
		['move', undefined, { moved: true }, undefined, []],
		['have not stood for long', undefined, { moved: false }, undefined, []],
		['have stood for long', undefined, { moved: false, isStill: true }, 'digest', ['stale']],
		['still stand', 'other', { moved: false, isStill: true }, 'other', []],
		['move again', 'digest', { moved: true }, undefined, ['fresh']],
		['are the same after a restart', 'digest', { moved: undefined }, 'digest', []],
		['are others after a restart', 'other', { moved: undefined }, undefined, ['fresh']],
		['are not sent after a restart', 'digest', { moved: false }, 'digest', []],
	];
	for (const [what, before, circumstances, after, events] of rows) {
		it(`are ${after === undefined ? 'fresh' : 'stale'} when they ${what}`, () => {
			const { vehicle } = taken(known({ stale: before }), {}, circumstances).now;
			assert.deepEqual([vehicle.stale, vehicle.untold.map(({ event }) => event)], [after, events]);
		});
	}
});

describe('another device', () => {
	it('takes nothing over but whether the vehicle is online, and what is to be told', () => {
		const untold: StoredEvent[] = [{ event: 'online', time: 1 }];
		const memory: VehicleMemory = {
			vehicle: {
				...{ deviceId: ID, firmware: '4.51', status: { wifi_mode: 'AP' }, statusAt: 5, ecu: 'online' },
				...{ online: true, stale: 'digest', interval: 10_000, untold },
			},
			config: [['SOC', '%', '']],
		};
		const { vehicle, config } = taken(memory, { status: { device_id: OTHER_ID } }, { moved: true });
		const facts = { time: START, remoteAddress: ADDRESS, deviceId: OTHER_ID };
		assert.deepEqual(
			[vehicle, config],
			[
				{
					deviceId: OTHER_ID,
					status: { device_id: OTHER_ID },
					statusAt: START,
					online: true,
					stale: undefined,
					untold: [
						...untold,
						{ event: 'device-changed', ...facts, previousDeviceId: ID },
						{ event: 'started', ...facts },
						{ event: 'fresh', ...facts },
					],
				},
				[],
			],
		);
	});
});

describe('events that wait to be told', () => {
	it('are a hundred at most, the newest', () => {
		const untold = Array.from({ length: 100 }, (_, time): StoredEvent => ({ event: 'online', time }));
		const { vehicle } = taken(known({ online: false, untold }), {}).now;
		assert.deepEqual(
			[vehicle.untold.length, vehicle.untold[0]?.time, vehicle.untold.at(-1)?.time],
			[100, 1, START],
		);
	});

	it('are forgotten when they have been told', () => {
		const untold: StoredEvent[] = [
			{ event: 'online', time: 1 },
			{ event: 'offline', time: 2 },
		];
		const [first, second] = untold.map(keyOf) as [string, string];
		assert.deepEqual(told(known({ untold }), new Set([first])), {
			vehicle: { ...RECORD, untold: untold.slice(1) },
		});
		assert.deepEqual(told(known({ untold }), new Set([first, second])), { vehicle: RECORD });
		assert.deepEqual(told(known({ untold }), new Set(['x'])), {});
		assert.deepEqual(told(NEW, new Set([first])), {});
	});

	it('are told apart by kind, time and device', () => {
		const events: StoredEvent[] = [
			{ event: 'online', time: 1 },
			{ event: 'online', time: 2 },
			{ event: 'offline', time: 1 },
			{ event: 'online', time: 1, deviceId: ID },
		];
		assert.equal(new Set(events.map(keyOf)).size, 4);
	});
});

describe('silence', () => {
	it('makes a vehicle offline that was online', () => {
		assert.deepEqual(fallSilent(known({ deviceId: ID, heardAt: 2 }), 7, 5), {
			vehicle: {
				...RECORD,
				heardAt: 5,
				deviceId: ID,
				online: false,
				untold: [{ event: 'offline', time: 7, deviceId: ID }],
			},
		});
		const { vehicle } = fallSilent(known({ heardAt: 2 }), 7, undefined);
		assert.equal(vehicle !== undefined && 'heardAt' in vehicle, false, 'an older silence tells nothing');
		assert.deepEqual(fallSilent(known({ online: false }), 7, 5), {});
		assert.deepEqual(fallSilent(NEW, 7, undefined), {});
	});
});
