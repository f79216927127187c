import assert from 'node:assert/strict';
import {
	applyPost,
	applySilence,
	type Circumstances,
	isFirst,
} from '../../../nodes/protocol/wican/apply-post.js';
import {
	type StoredVehicle,
	UNKNOWN_VEHICLE,
	type VehicleRecord,
} from '../../../nodes/protocol/wican/repository.js';
import { ADDRESS, ID, OTHER_ID, reportOf, START } from './garage.js';

const NEW = UNKNOWN_VEHICLE;
const RECORD: VehicleRecord = { status: {}, online: true };
const CIRCUMSTANCES: Circumstances = {
	receivedAt: START,
	remoteAddress: ADDRESS,
	lastStatus: undefined,
	isResent: false,
	moved: undefined,
	stillFor: 0,
	digest: () => 'digest',
};

const taken = (memory: StoredVehicle, body: object, changed: Partial<Circumstances> = {}) =>
	applyPost(memory, reportOf(body), { ...CIRCUMSTANCES, ...changed }, 120_000);
const known = (record: Partial<VehicleRecord>): StoredVehicle => ({
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
		};
		const events = [
			{ event: 'online', ...facts },
			{ event: 'started', ...facts },
			{ event: 'ecu-online', ...facts },
		];
		const config = [['SOC', '%', 'battery']];
		assert.deepEqual(taken(NEW, body), {
			...{ now: { vehicle, config }, events, vehicle, config },
			durable: true,
		});
	});

	it('without a status says only that the vehicle is online', () => {
		const { vehicle, events } = taken(NEW, {});
		assert.deepEqual(vehicle, { status: {}, online: true, stale: undefined });
		assert.deepEqual(events, [{ event: 'online', time: START, remoteAddress: ADDRESS }]);
	});
});

describe('a POST without news', () => {
	it('changes nothing', () => {
		const memory = known({ deviceId: ID, status: { device_id: ID }, statusAt: 5 });
		for (const body of [{}, { autopid_data: { SOC: 1 } }, { status: { device_id: ID } }, { config: {} }]) {
			const { vehicle, config } = memory;
			assert.deepEqual(taken(memory, body, { moved: true }), { now: { vehicle, config }, events: [] });
		}
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
		});
	});
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
		['have stood for long', undefined, { moved: false, stillFor: 120_000 }, 'digest', ['stale']],
		['still stand', 'other', { moved: false, stillFor: 120_000 }, 'other', []],
		['move again', 'digest', { moved: true }, undefined, ['fresh']],
		['are the same after a restart', 'digest', { moved: undefined }, 'digest', []],
		['are others after a restart', 'other', { moved: undefined }, undefined, ['fresh']],
		['are not sent after a restart', 'digest', { moved: false }, 'digest', []],
	];
	for (const [what, before, circumstances, after, events] of rows) {
		it(`are ${after === undefined ? 'fresh' : 'stale'} when they ${what}`, () => {
			const { now, events: happened = [] } = taken(known({ stale: before }), {}, circumstances);
			assert.deepEqual([now.vehicle.stale, happened.map(({ event }) => event)], [after, events]);
		});
	}
});

describe('another device', () => {
	it('takes nothing over but whether the vehicle is online', () => {
		const stored: StoredVehicle = {
			...NEW,
			vehicle: {
				...{ deviceId: ID, firmware: '4.51', status: { wifi_mode: 'AP' }, statusAt: 5, ecu: 'online' },
				...{ online: true, stale: 'digest' },
			},
			config: [['SOC', '%', '']],
		};
		const { vehicle, config, events } = taken(stored, { status: { device_id: OTHER_ID } }, { moved: true });
		const facts = { time: START, remoteAddress: ADDRESS, deviceId: OTHER_ID };
		assert.deepEqual(vehicle, {
			deviceId: OTHER_ID,
			status: { device_id: OTHER_ID },
			statusAt: START,
			online: true,
			stale: undefined,
		});
		assert.deepEqual(config, []);
		assert.deepEqual(events, [
			{ event: 'device-changed', ...facts, previousDeviceId: ID },
			{ event: 'started', ...facts },
			{ event: 'fresh', ...facts },
		]);
	});
});

describe('silence', () => {
	it('makes a vehicle offline that was online', () => {
		assert.deepEqual(applySilence(known({ deviceId: ID }), 7), {
			vehicle: { ...RECORD, deviceId: ID, online: false },
			events: [{ event: 'offline', time: 7, deviceId: ID }],
		});
		assert.deepEqual(applySilence(known({ online: false }), 7), {});
		assert.deepEqual(applySilence(NEW, 7), {});
	});
});
