import assert from 'node:assert/strict';
import { Changes } from '../../../nodes/protocol/wican/changes.js';
import { parseQuery } from '../../../nodes/protocol/wican/query.js';
import { numberOf } from '../../../nodes/protocol/wican/values.js';
import { Garage, ID, OTHER_ID, reportOf, SECOND } from './garage.js';

/** `{ n0: value, n1: value, … }`. */
function members(count: number, value: unknown = 1): Record<string, unknown> {
	return Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, value]));
}

describe('What one body of a WiCAN can cost', () => {
	it('is not the square of the length of a text that is almost a number', () => {
		for (const end of ['x', '.x', 'e', '.e'])
			assert.equal(numberOf(`${'9'.repeat(400_000)}${end}`), undefined);
		assert.equal(numberOf(`${'.'.repeat(400_000)}`), undefined);
	});

	it('is fifty names that stand twice, since each parameter has a message that repeats them', () => {
		const pairs = Array.from({ length: 60 }, (_, index) => `"n${index}":1,"n${index}":2`).join();
		const first = Array.from({ length: 50 }, (_, index) => `n${index}`);
		assert.deepEqual(reportOf(`{"autopid_data":{${pairs}}}`).duplicates, first);
		assert.deepEqual(reportOf(`{${pairs}}`).duplicates, first);
		assert.deepEqual(reportOf(`{${pairs}}`, true).duplicates, first);
		const groups = { a: members(60), b: members(60) };
		assert.deepEqual(reportOf({ autopid_data: groups }).duplicates, first);
	});

	it('is 32 parameters of a query', () => {
		const parts = Array.from({ length: 40 }, (_, index) => `n${index}=1`);
		assert.deepEqual(parseQuery(parts.join('&')), members(32, '1'));
	});

	it('is two hundred members of a status, but always those that are safe', () => {
		const { status, odd } = reportOf({
			status: { ...members(202), fw_version: '4.40', device_id: '60550fc2a6b1' },
		});
		assert.deepEqual(status?.all, { ...members(200), fw_version: '4.40', device_id: '60550fc2a6b1' });
		assert.deepEqual(odd, ['status.n200', 'status.n201']);
	});

	it('is two thousand characters of what is nested in a status', () => {
		const list = Array.from({ length: 600 }, () => 1);
		const { status, odd } = reportOf({
			status: { bits: { on: true }, first: list, second: list, mdns: 'x' },
		});
		assert.deepEqual(status?.all, { bits: { on: true }, first: list, mdns: 'x' });
		assert.deepEqual(odd, ['status.second']);
	});
});

describe('What is remembered of a WiCAN', () => {
	it('has no text that is longer than any device has', () => {
		const [name, unit, version] = ['N'.repeat(255), 'u'.repeat(64), '4'.repeat(200)];
		const { config, status, odd } = reportOf({
			config: {
				[name]: { unit, class: unit },
				[`${name}N`]: { unit, class: unit },
				SOC: { unit: `${unit}u`, class: 'battery' },
				SOH: { unit: '%', class: `${unit}u` },
			},
			status: { fw_version: version, uptime: `${version}4`, git_version: `${version}4` },
		});
		assert.deepEqual(config, [
			[name, unit, unit],
			['SOC', '', 'battery'],
			['SOH', '%', ''],
		]);
		assert.deepEqual(status?.safe, { fw_version: version });
		assert.deepEqual(
			odd.map((one) => one.slice(0, 20)),
			['config.NNNNNNNNNNNNN', 'config.SOC.unit', 'config.SOH.class', 'status.git_version', 'status.uptime'],
		);
	});

	it('is forgotten where its values grow beyond what a car has', () => {
		const values = new Changes(3, 10);
		assert.equal(values.hasAny({ a: '1234', b: '12' }), true);
		assert.equal(values.hasAny({ a: '4321', b: '21' }), true, 'each has changed');
		assert.equal(values.hasAny({ a: '4321', b: '21' }), false, 'and none was forgotten');
		assert.equal(values.hasAny({ c: '12' }), true, 'now there is too much');
		assert.equal(values.hasAny({ c: '12' }), false);
		assert.equal(values.hasAny({ b: '21' }), true, 'and the others are forgotten');
	});
});

describe('What a WiCAN says only once after its start', () => {
	const first = (uptime: string, unit: string, device_id: string, fw_version: string) =>
		JSON.stringify({
			config: { SOC: { unit } },
			status: { uptime, device_id, fw_version },
			autopid_data: {},
		});
	const cases: readonly (readonly [what: string, body: string, isFlushed: boolean])[] = [
		['a table of units', first('00:00:41', '%', ID, '4.51'), true],
		['only another uptime', first('00:00:51', '%', ID, '4.51'), false],
		['another unit', first('00:01:01', 'Wh', ID, '4.51'), true],
		['another firmware', first('00:01:11', 'Wh', ID, '4.52'), true],
		['another device', first('00:01:21', 'Wh', OTHER_ID, '4.52'), true],
	];

	it('survives a loss of power once it is acknowledged', async () => {
		const garage = new Garage();
		for (const [what, body, isFlushed] of cases) {
			const before = garage.store.commits.length;
			assert.equal(await garage.post(body), 200);
			assert.equal(garage.store.commits[before]?.durable ?? false, isFlushed, what);
			await garage.time.advance(10 * SECOND);
		}
	});
});

describe('A POST that fails in a way nobody expects', () => {
	it('does not keep the node from closing', async () => {
		const garage = new Garage();
		garage.time.monotonic = () => {
			throw new TypeError('no clock');
		};
		await assert.rejects(garage.post({ autopid_data: { SOC: 1 } }), TypeError);
		await garage.receiver.close();
	});
});
