import assert from 'node:assert/strict';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, headerNames, TAB } from './kit.js';
import { ACCEPTED, eventsOf, nextSnapshot, type Snapshot, send, wicanIn } from './wican-kit.js';

/** As firmware 4.51 sends it after a boot. */
const FIRST = {
	config: {
		SOC: { class: 'battery', unit: '%' },
		HV_C_V_001: { class: 'battery', unit: 'V' },
		CHARGING: { class: 'battery_charging', unit: 'none' },
		'0C-EngineRPM': { class: 'none', unit: 'rpm' },
		NEVER_READ: { class: 'temperature', unit: '°C' },
	},
	status: {
		...{ wifi_mode: 'APStation', fw_version: '4.51', git_version: 'v4.51p', hw_version: 'WiCAN-OBD-PRO' },
		...{ uptime: '00:00:41', batt_voltage: '14.1V', device_id: '3c84279a51e0', ecu_status: 'online' },
		...{ timestamp: 1_730_000_000, time_synced: true, mdns: 'wican_3c84279a51e0', ap_ssid: 'my dongle' },
	},
	autopid_data: {
		...{ SOC: 62.35, HV_C_V_001: '3.92', CHARGING: 'on', '0C-EngineRPM': 4147, GONE: null },
		timestamp: 1_730_000_000,
	},
};

const LATER = '{"autopid_data":{"SOC":62.3,"HV_C_V_001":3.91,"NEVER_READ":21,"timestamp":1730000010}}';

for (const version of [5, 4] as const) {
	describe(`wican-https-in on Node-RED ${version}`, () => {
		let nr: RunningNodeRed;
		before(async () => {
			nr = await startNodeRed({ version, flows: [TAB, wicanIn('in'), wicanIn('fresh')] });
		});
		after(() => nr.stop());
		afterEach(() => nr.forget());

		/** Posts and gives the message, without the times of this machine. */
		async function report(
			path: string,
			body: object | string,
		): Promise<Omit<Snapshot, 'wican'> & { wican: object }> {
			const earliest = Date.now();
			assert.equal(answerOf(await send(nr.url, { path, body })), ACCEPTED);
			const { wican, ...msg } = await nextSnapshot(nr, path.slice(1).split('?')[0]);
			const { receivedAt, ...facts } = wican;
			assert.ok(earliest <= receivedAt && receivedAt <= Date.now());
			return { ...msg, wican: facts };
		}

		it('makes a message of the first POST after a boot', async () => {
			assert.deepEqual(await report('/in?source=car+1', FIRST), {
				topic: '3c84279a51e0',
				payload: { SOC: 62.35, HV_C_V_001: 3.92, CHARGING: 'on', '0C-EngineRPM': 4147 },
				units: { SOC: '%', HV_C_V_001: 'V', '0C-EngineRPM': 'rpm' },
				classes: { SOC: 'battery', HV_C_V_001: 'battery', CHARGING: 'battery_charging' },
				wican: {
					vehicle: '3c84279a51e0',
					deviceId: '3c84279a51e0',
					firmware: '4.51',
					first: true,
					sampledAt: 1_730_000_000_000,
					query: { source: 'car+1' },
					remoteAddress: '127.0.0.1',
					ecu: 'online',
					status: {
						device_id: '3c84279a51e0',
						fw_version: '4.51',
						git_version: 'v4.51p',
						hw_version: 'WiCAN-OBD-PRO',
						uptime: '00:00:41',
						ecu_status: 'online',
						batt_voltage: 14.1,
						timestamp: 1_730_000_000,
						time_synced: true,
						wifi_mode: 'APStation',
					},
				},
			});
			const events = await eventsOf(nr);
			assert.deepEqual(
				events.map(({ event, vehicle }) => [event, vehicle]),
				['online', 'started', 'ecu-online'].map((event) => [event, '3c84279a51e0']),
			);
		});

		it('knows units, classes, firmware and device id of later ones that say nothing of them', async () => {
			assert.deepEqual(await report('/in', LATER), {
				topic: '3c84279a51e0',
				payload: { SOC: 62.3, HV_C_V_001: 3.91, NEVER_READ: 21 },
				units: { SOC: '%', HV_C_V_001: 'V', NEVER_READ: '°C' },
				classes: { SOC: 'battery', HV_C_V_001: 'battery', NEVER_READ: 'temperature' },
				wican: {
					vehicle: '3c84279a51e0',
					deviceId: '3c84279a51e0',
					firmware: '4.51',
					sampledAt: 1_730_000_010_000,
					query: {},
					remoteAddress: '127.0.0.1',
					status: {},
				},
			});
			assert.deepEqual(await eventsOf(nr), []);
		});

		it('takes a first POST that comes again, since its answer was lost, for what it is', async () => {
			const again = await report('/in', FIRST);
			assert.deepEqual(again.units, { SOC: '%', HV_C_V_001: 'V', '0C-EngineRPM': 'rpm' });
			assert.deepEqual(await eventsOf(nr), []);
		});

		it('is named by its path as long as it knows no better', async () => {
			const { topic, units, wican } = await report('/fresh', LATER);
			assert.deepEqual([topic, units], ['/fresh', {}]);
			const { sampledAt: _, ...facts } = wican as Record<string, unknown>;
			assert.deepEqual(facts, { vehicle: '/fresh', query: {}, remoteAddress: '127.0.0.1', status: {} });
			const [online, ...others] = await eventsOf(nr, 'fresh');
			assert.deepEqual([online?.event, online?.vehicle, others], ['online', '/fresh', []]);
		});

		it('answers with nothing but what a device needs, and with a length', async () => {
			const outcome = await send(nr.url, { path: '/in', body: LATER });
			assert.deepEqual(headerNames(outcome), ['Content-Length', 'Content-Type']);
			assert.deepEqual(outcome.answer?.headers, [
				['Content-Type', 'application/json'],
				['Content-Length', '15'],
			]);
		});
	});
}
