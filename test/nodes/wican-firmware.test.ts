import assert from 'node:assert/strict';
import {
	ABRP_TOKEN,
	type FirmwareName,
	postOnce,
	WicanDevice,
	type WicanOptions,
} from '../devices/wican/index.js';
import { type RunningNodeRed, startNodeRed } from './harness/index.js';
import { answerOf, TAB } from './kit.js';
import { ACCEPTED, eventsOf, nextSnapshot, type Snapshot, send, TOKEN, wicanIn } from './wican-kit.js';

interface Generation {
	readonly firmware: FirmwareName;
	/** As in `wican.firmware`. */
	readonly version: string;
	/** The name that it has for a standard PID. */
	readonly rpm: string;
	/** What it says of a binary parameter that is off. */
	readonly off: unknown;
	/** Names of its `status` that may be shown, beside those that all have. */
	readonly status: readonly string[];
	/** Whether units come at all: older webhooks leave `config` out when they send what has changed. */
	readonly units: boolean;
	readonly sampled: boolean;
}

const V4 = { rpm: '0C-EngineRPM', off: 'off', units: true, sampled: false };
const OLD_STATUS = ['ble_status', 'git_version', 'hw_version', 'protocol', 'wifi_mode'];
const NEW_STATUS = [...OLD_STATUS, 'obd_chip_status', 'time_synced', 'timestamp', 'uptime'];
const V6 = { version: '6.02', rpm: 'EngineRPM', off: 0, units: true };
const V6_STATUS = ['device_type', 'hw_version', 'network_connected', 'uptime'];

const GENERATIONS: readonly Generation[] = [
	{ firmware: '4.40', version: '4.40', ...V4, status: OLD_STATUS },
	{ firmware: '4.48', version: '4.48', ...V4, status: NEW_STATUS },
	{ firmware: '4.51', version: '4.51', ...V4, status: NEW_STATUS, sampled: true },
	{ firmware: '6', ...V6, status: [...V6_STATUS, 'mqtt_connected', 'timestamp'], sampled: true },
	{ firmware: 'ha4', version: '4.51', ...V4, status: NEW_STATUS, units: false },
	{
		...{ firmware: 'ha6', ...V6, sampled: false },
		status: [...V6_STATUS, 'ble_status', 'obd_chip_status', 'temp_c', 'wifi_mode'],
	},
	{
		...{ firmware: 'classic', version: '4.21', ...V4, units: false },
		status: [...OLD_STATUS, 'timestamp', 'uptime'],
	},
];

function assertFirst(
	{ version, rpm, off, status, sampled }: Generation,
	{ topic, payload, wican }: Snapshot,
): void {
	assert.equal(topic, '3c84279a51e0');
	assert.equal(wican.deviceId, '3c84279a51e0');
	assert.equal(wican.firmware, version);
	assert.equal(wican.first, true);
	assert.equal(wican.ecu, 'online');
	assert.equal(wican.status.batt_voltage, 14.1);
	assert.equal('sampledAt' in wican, sampled);
	const names = [...status, 'batt_voltage', 'device_id', 'ecu_status', 'fw_version'];
	assert.deepEqual(Object.keys(wican.status).sort(), names.sort());
	assert.deepEqual([payload.HANDBRAKE, payload.SPEED, payload[rpm]], [off, 74, 3357.75]);
	assert.equal(Object.keys(payload).length, 21);
}

function assertUnits({ rpm }: Generation, { units, classes }: Snapshot): void {
	assert.deepEqual([units[rpm], classes[rpm]], ['rpm', 'speed']);
	assert.deepEqual([units.COOLANT_TMP, classes.COOLANT_TMP], ['°C', 'temperature']);
	assert.deepEqual(['HANDBRAKE' in units, 'STFT' in classes], [false, false]);
}

describe('what each firmware posts', () => {
	let nr: RunningNodeRed;
	let last = 0;
	before(async () => {
		const places = Array.from({ length: 20 }, (_, n) => wicanIn(`car${n}`));
		nr = await startNodeRed({ flows: [TAB, ...places] });
	});
	after(() => nr.stop());

	/** A car of its own, at a node of its own, which gives the message of each of its POSTs. */
	function drive(options: WicanOptions): { id: string; next: () => Promise<Snapshot> } {
		const id = `car${last++}`;
		const car = new WicanDevice({ auth: { kind: 'bearer', token: TOKEN }, ...options });
		const next = async (): Promise<Snapshot> => {
			assert.equal((await postOnce(car, `${nr.url}/${id}`)).result, 'ok');
			return nextSnapshot(nr, id);
		};
		return { id, next };
	}

	for (const generation of GENERATIONS) {
		it(`of firmware ${generation.firmware}: first and later POSTs`, async () => {
			const { id, next } = drive(generation);
			const first = await next();
			assertFirst(generation, first);
			if (generation.units) assertUnits(generation, first);
			for (const later of [await next(), await next()]) {
				assert.equal(later.topic, '3c84279a51e0');
				assert.equal(later.wican.firmware, generation.version);
				assert.notEqual(later.payload[generation.rpm], first.payload[generation.rpm]);
				if (generation.units) assertUnits(generation, later);
				else assert.deepEqual([later.units, later.classes], [{}, {}]);
			}
			const events = await eventsOf(nr, id);
			assert.deepEqual(
				events.map(({ event }) => event),
				['online', 'started', 'ecu-online'],
			);
		});
	}

	it('of a webhook that tells everything: units too', async () => {
		const { next } = drive({ firmware: 'ha4', mode: 'full' });
		for (const { units, classes } of [await next(), await next()]) {
			assert.deepEqual([units.COOLANT_TMP, classes.COOLANT_TMP], ['°C', 'temperature']);
		}
	});

	it('of a webhook that compresses: the same', async () => {
		const { next } = drive({ firmware: 'ha6', gzip: true });
		const { payload, units } = await next();
		assert.deepEqual([payload.SPEED, units.SPEED], [74, 'km/h']);
	});

	it('the position, in metres per second whatever the shape', async () => {
		const flat = await drive({ firmware: '6', gps: true }).next();
		const block = await drive({ firmware: 'ha6', gps: true }).next();
		const names = ['altitude', 'heading', 'latitude', 'longitude', 'satellites', 'speed'];
		assert.deepEqual(Object.keys(flat.position ?? {}).sort(), names);
		assert.deepEqual(Object.keys(block.position ?? {}).sort(), ['accuracy', ...names]);
		const { accuracy, ...position } = block.position ?? {};
		assert.equal(accuracy, 4.5);
		for (const [name, value] of Object.entries(position)) {
			assert.ok(Math.abs(value - (flat.position?.[name] ?? Number.NaN)) < 1e-6, name);
		}
		assert.ok(Math.abs(Number(flat.payload.gps_speed) / 3.6 - (position.speed ?? 0)) < 1e-6);
		assert.deepEqual([flat.payload.gps_satellites, 'gps_satellites' in block.payload], [11, false]);
	});

	it('a parameter twice: the last counts, and it is said which', async () => {
		const { payload, wican } = await drive({ car: 'electric', large: true, pollTakes: 0 }).next();
		assert.deepEqual(wican.duplicates, ['HV_C_V_168']);
		assert.equal(typeof payload.HV_C_V_168, 'number');
	});

	it('the form for A Better Routeplanner: names as sent, its time, never its token', async () => {
		const message = await drive({ car: 'electric', form: 'abrp' }).next();
		const { payload, wican } = message;
		assert.deepEqual([typeof payload.soc, payload.car_model], ['number', 'kolibri:one:24:77']);
		assert.deepEqual(
			[typeof wican.sampledAt, 'utc' in payload, 'token' in payload],
			['number', false, false],
		);
		assert.equal(JSON.stringify(message).includes(ABRP_TOKEN), false);
	});

	it('a template of the user as it is, nested values and all, and an empty body', async () => {
		const template = {
			rpm: 3120.5,
			who: { name: 'me', list: [1, 'x', null] },
			text: '12',
			status: 'driving',
		};
		for (const body of [template, {}]) {
			assert.equal(answerOf(await send(nr.url, { path: '/car19', body })), ACCEPTED);
			const { payload, units, wican } = await nextSnapshot(nr, 'car19');
			assert.deepEqual([payload, units, wican.first, wican.status], [body, {}, undefined, {}]);
		}
	});
});
