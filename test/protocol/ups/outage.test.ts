import assert from 'node:assert/strict';
import type { UpsSettings } from '../../../nodes/protocol/ups/index.js';
import { ID, Site, START } from './site.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A version 2 record on mains, and one on a phone charger of 5 V, which the UPS cannot run on. */
const MAINS = { version: 2, flags: 31, vbus_in_mv: 19_900, vbat_mv: 8160 };
const CHARGER = { ...MAINS, flags: 22, vbus_in_mv: 5150, vbat_mv: 8000 };
const BATTERY = { ...MAINS, flags: 6, vbus_in_mv: 120 };
/** A version 1 record has no flags. */
const V1 = { charge_state: 0, vbus_in_mv: 15_000, vbat_mv: 8160 };

/** A UPS that reports every 30 s. */
class Reports {
	private count = 0;

	constructor(public site: Site) {}

	static start(settings: Partial<UpsSettings> = {}): Reports {
		return new Reports(new Site().start(settings));
	}

	/** Lets a report come, 30 s after the one before it. @returns what it told beside its time */
	async next(power?: object, body: object = {}): Promise<object[]> {
		const { site } = this;
		if (this.count > 0) await site.time.advance(30 * SECOND);
		const told = site.events.length;
		const uptime_s = 1000 + 30 * this.count++;
		const sample = power && { ...power, uptime_s: 5000 + uptime_s };
		await site.post({ body: { fw_ver: '0.8.17', uptime_s, power: sample, ...body } });
		return site.events.slice(told).map(({ deviceId: _, time: __, ...event }) => event);
	}

	/** The power record and the facts of the last message. */
	get last() {
		const { payload, ups } = this.site.messages.at(-1) ?? assert.fail('no message');
		return { power: payload.power as Record<string, unknown>, ups };
	}
}

describe('a UPS at a phone charger', () => {
	it('is on battery from the first report on, and says that its input is too low', async () => {
		const reports = Reports.start();
		assert.deepEqual(await reports.next(CHARGER), [
			{ event: 'online' },
			{ event: 'mains-lost', inputVoltage: 5.15, inputTooLow: true },
		]);
		const { power, ups } = reports.last;
		assert.deepEqual(
			[power.mainsPresent, power.inputTooLow, power.batteryLow, ups.onBatterySince],
			[false, true, false, START],
		);
	});

	it('has an event for a low battery below 6.9 V, with the level and the minutes left', async () => {
		const reports = Reports.start();
		const told: object[] = [];
		for (let millivolts = 8000; millivolts >= 6200; millivolts -= 50)
			told.push(...(await reports.next({ ...CHARGER, vbat_mv: millivolts })));
		assert.deepEqual(told.slice(2), [{ event: 'battery-low', batteryLevel: 13, batteryMinutes: 0 }]);
		assert.equal(reports.last.power.batteryLow, true);
		assert.deepEqual(await reports.next(MAINS), [
			{ event: 'mains-restored' },
			{ event: 'battery-ok', batteryLevel: 100 },
		]);
		const { power, ups } = reports.last;
		assert.deepEqual(
			[power.mainsPresent, power.batteryLow, 'inputTooLow' in power, 'onBatterySince' in ups],
			[true, false, false, false],
		);
	});

	it('stays in one state while its input is around 5 V', async () => {
		for (const [record, flags] of [
			[CHARGER, 22],
			[V1, undefined],
		] as const) {
			const reports = Reports.start();
			await reports.next({ ...record, vbus_in_mv: 5000 });
			assert.deepEqual(reports.site.eventNames, ['online', 'mains-lost']);
			for (const vbus_in_mv of [5001, 5000, 4999, 5100, 4900, 9000])
				assert.deepEqual(await reports.next({ ...record, flags, vbus_in_mv }), []);
		}
	});
});

describe('a version 1 record', () => {
	it('is on mains above 9.95 V, on battery below 8.96 V, and as before in between', async () => {
		const reports = Reports.start();
		const cases = [
			[9500, undefined],
			[9950, undefined],
			[9951, true],
			[8960, true],
			[8959, false],
			[9950, false],
			[12_000, true],
		] as const;
		for (const [vbus_in_mv, expected] of cases) {
			await reports.next({ ...V1, vbus_in_mv });
			assert.equal(reports.last.power.mainsPresent, expected, String(vbus_in_mv));
		}
		assert.deepEqual(reports.site.eventNames, ['online', 'mains-lost', 'mains-restored']);
	});
});

describe('the battery', () => {
	it('is low by the thresholds of the UPS, and again above 7.3 V', async () => {
		const reports = Reports.start();
		const names = async (vbat_mv: number) =>
			(await reports.next({ ...BATTERY, vbat_mv })).map((event) => Object(event).event);
		assert.deepEqual(await names(6900), ['online', 'mains-lost']);
		assert.deepEqual(await names(6899), ['battery-low']);
		assert.deepEqual(await names(7300), []);
		assert.deepEqual(await names(7301), ['battery-ok']);
	});

	it('is low below the percentage of the user, and again ten points above it', async () => {
		const reports = Reports.start({ lowBattery: 60 });
		const names = async (vbat_mv: number) =>
			(await reports.next({ ...BATTERY, vbat_mv })).map((event) => Object(event).event);
		assert.deepEqual(await names(7400), ['online', 'mains-lost']);
		assert.deepEqual(await names(7398), ['battery-low']);
		assert.deepEqual(await names(7530), []);
		assert.deepEqual(await names(7534), ['battery-ok']);
	});

	it('is not low on mains', async () => {
		const reports = Reports.start();
		assert.deepEqual(await reports.next({ ...MAINS, vbat_mv: 6000 }), [{ event: 'online' }]);
		assert.equal(reports.last.power.batteryLow, false);
	});

	it('has no level and is not low while it is out', async () => {
		const reports = Reports.start();
		await reports.next(MAINS);
		assert.deepEqual(await reports.next({ ...MAINS, flags: 27, vbat_mv: 900 }), [
			{ event: 'battery-removed' },
		]);
		const { power } = reports.last;
		assert.deepEqual(
			[power.batteryPresent, 'batteryLevel' in power, power.batteryLow],
			[false, false, false],
		);
		assert.deepEqual(await reports.next({ ...BATTERY, flags: 2, vbat_mv: 900 }), [
			{ event: 'mains-lost', inputVoltage: 0.12, inputTooLow: false },
		]);
		assert.deepEqual(await reports.next(MAINS), [{ event: 'mains-restored' }, { event: 'battery-inserted' }]);
	});
});

describe('the minutes that are left', () => {
	/** Reports on battery, 30 s and so many millivolts apart. @returns the minutes that each told */
	async function minutes(records: readonly object[]): Promise<unknown[]> {
		const reports = Reports.start();
		await reports.next(MAINS);
		const told: unknown[] = [];
		for (const record of records) {
			await reports.next({ ...BATTERY, ...record });
			told.push(reports.last.ups.batteryMinutes);
		}
		return told;
	}
	const falling = (...millivolts: number[]) => millivolts.map((vbat_mv) => ({ vbat_mv }));

	it('are told after two minutes, down to 10 %', async () => {
		// 75 % falls by 1.5 % a minute: 72 % is left after two minutes, and 62 % above the last 10 %.
		const told = await minutes(falling(7600, 7590, 7580, 7570, 7560));
		assert.deepEqual(told, [undefined, undefined, undefined, undefined, 41]);
	});

	it('are not told before the level falls', async () => {
		assert.deepEqual(await minutes(falling(7600, 7600, 7600, 7600, 7600)), Array(5).fill(undefined));
	});

	it('are measured from where the table begins', async () => {
		const full = falling(...Array<number>(20).fill(8100), 7600, 7590, 7580, 7570, 7560);
		assert.equal(
			(await minutes(full)).at(-1),
			(await minutes(falling(8000, 7600, 7590, 7580, 7570, 7560))).at(-1),
		);
	});

	it('are none while one sample is repeated', async () => {
		const site = new Site().start();
		const power = { ...BATTERY, uptime_s: 7, vbat_mv: 7600 };
		for (const [at, vbat_mv] of [
			[0, 7600],
			[60, 7600],
			[120, 7500],
			[180, 7500],
		] as const) {
			site.time.setClock(START + at * SECOND);
			await site.post({ body: { uptime_s: 1000 + at, power: { ...power, vbat_mv } } });
			assert.equal(site.messages.at(-1)?.ups.batteryMinutes, undefined);
		}
	});

	it('go on after a restart of Node-RED', async () => {
		const reports = Reports.start();
		for (const vbat_mv of [7600, 7590, 7580, 7570]) await reports.next({ ...BATTERY, vbat_mv });
		reports.site = reports.site.restarted().start();
		await reports.next({ ...BATTERY, vbat_mv: 7560 });
		assert.equal(reports.last.ups.batteryMinutes, 41);
	});
});

describe('a loss of the mains that is to last', () => {
	const settings = { mainsLostAfter: 2 * MINUTE, offlineAfter: 10 * MINUTE };

	it('is told by a timer, also when the UPS has fallen silent', async () => {
		const reports = Reports.start(settings);
		await reports.next(MAINS);
		assert.deepEqual(await reports.next(BATTERY), []);
		const { site } = reports;
		await site.time.advance(2 * MINUTE - 1);
		assert.deepEqual(site.eventNames, ['online']);
		await site.time.advance(1);
		assert.deepEqual(site.events.at(-1), {
			...{ event: 'mains-lost', inputVoltage: 0.12, inputTooLow: false },
			...{ deviceId: ID, time: START + 150 * SECOND },
		});
		assert.deepEqual(await reports.next(MAINS), [{ event: 'mains-restored' }]);
	});

	it('tells neither event when it ends earlier', async () => {
		const reports = Reports.start(settings);
		await reports.next(MAINS);
		for (let count = 0; count < 3; count++) assert.deepEqual(await reports.next(BATTERY), []);
		assert.deepEqual(await reports.next(MAINS), []);
		await reports.site.time.advance(9 * MINUTE);
		assert.deepEqual(reports.site.eventNames, ['online']);
	});

	it('begins anew with each loss', async () => {
		const reports = Reports.start(settings);
		for (const power of [BATTERY, BATTERY, BATTERY, MAINS, BATTERY, BATTERY]) await reports.next(power);
		await reports.site.time.advance(MINUTE);
		assert.deepEqual(reports.site.eventNames, ['online']);
	});

	it('is told after a restart of Node-RED', async () => {
		const reports = Reports.start(settings);
		await reports.next(BATTERY);
		await reports.site.time.advance(MINUTE);
		const next = reports.site.restarted().start(settings);
		await next.time.advance(MINUTE);
		assert.deepEqual(next.eventNames, ['mains-lost']);
	});

	it('lasts no longer for a clock that is set', async () => {
		const reports = Reports.start(settings);
		await reports.next(BATTERY);
		const { time } = reports.site;
		time.setClock(time.now() + 60 * MINUTE);
		assert.deepEqual(await reports.next(BATTERY, {}), []);
		await time.advance(90 * SECOND);
		assert.deepEqual(reports.site.eventNames, ['online', 'mains-lost']);
		assert.equal(reports.last.ups.onBatterySince, START + 60 * MINUTE);
	});
});
