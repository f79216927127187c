import assert from 'node:assert/strict';
import {
	answered,
	answeredSigned,
	type CommandName,
	type DevicePost,
	simulate,
	UpsDevice,
	type UpsOptions,
} from './index.js';

const KEY = 'ABCDEFGHJKMNPQRS';
const BOOT = 1_795_200_769_000;
const HOUR = 3_600_000;

type Numbers = Record<string, number | null>;

interface Body {
	readonly ts: number;
	readonly fw_ver: string;
	readonly uptime_s: number;
	readonly power?: Numbers;
	readonly host?: Numbers;
	readonly net?: Numbers;
}

function makeDevice(options: Partial<UpsOptions> = {}): UpsDevice {
	return new UpsDevice({ deviceId: 'DEV1', key: KEY, startAt: BOOT, ...options });
}

const bodyOf = (post: DevicePost): Body => JSON.parse(post.body.toString());

/** Bodies of the POSTs of so many milliseconds; the first answer carries a command if one is given. */
async function run(device: UpsDevice, ms: number, command?: CommandName): Promise<Body[]> {
	let commands = command ? [{ id: `${command}-${device.now}`, cmd: command, args: {} }] : [];
	const posted = await simulate(device, ms, (post) => {
		const answer = commands.length > 0 ? answeredSigned(post, KEY, { commands }) : answered(200, '{}');
		commands = [];
		return answer;
	});
	return posted.map(({ post }) => bodyOf(post));
}

/** The body of a POST at this moment. */
const bodyNow = (device: UpsDevice) => bodyOf(device.buildPost('http://ups.example'));

describe('stand-in UPS, the box', () => {
	it('posts 12 s after the boot and then 30 s after each POST has finished', async () => {
		const bodies = await run(makeDevice(), 110_000);
		assert.deepEqual(
			bodies.map(({ uptime_s, net }) => [uptime_s, net?.state]),
			[
				[12, 3],
				[42, 3],
				[73, 4],
				[104, 4],
			],
		);
	});

	it('believes in 1970 until its clock is set, and posts after 15 s all the same', async () => {
		const device = makeDevice({ clockSetAfter: 60_000, clockOffset: -7 });
		const posted = await simulate(device, 90_000, () => answered(401));
		assert.deepEqual(
			posted.map(({ post }) => post.ts),
			['15', '45', String(BOOT / 1000 + 76 - 7)],
		);
	});

	it('takes its time from a clock that is passed in, however fast simulated time passes', async () => {
		const bodies = await run(makeDevice({ wallClock: () => 1_800_000_000_000 }), HOUR);
		assert.deepEqual([...new Set(bodies.map(({ ts }) => ts))], [1_800_000_000]);
	});

	it('reports lost mains at once and its own values then', async () => {
		const device = makeDevice();
		device.advance(60_000);
		assert.equal(bodyNow(device).power?.uptime_s, 259_233);
		device.advance(1000);
		device.setMains(false);
		const { uptime_s, flags, charge_state, vbus_in_mv, pd_in_mv, ibat_ma, iin_ma, temp_mp_dc } =
			bodyNow(device).power ?? {};
		assert.deepEqual(
			{ uptime_s, flags, charge_state, vbus_in_mv, pd_in_mv, ibat_ma, iin_ma, temp_mp_dc },
			{
				uptime_s: 259_261,
				flags: 6,
				charge_state: 0,
				vbus_in_mv: 120,
				pd_in_mv: 0,
				ibat_ma: 0,
				iin_ma: 0,
				temp_mp_dc: null,
			},
		);
		device.setMains(true);
		assert.equal(bodyNow(device).power?.flags, 31);
	});

	it('switches its input path on at 9.95 V and off at 8.96 V, and reports a step over 5 V at once', () => {
		const device = makeDevice();
		device.advance(3000);
		const flags = (millivolts: number) => {
			device.setSupply(millivolts);
			device.advance(30_000);
			const { power } = bodyNow(device);
			return [power?.flags, power?.vbus_in_mv];
		};
		assert.deepEqual([9000, 8961, 8960, 9949, 9950].map(flags), [
			[31, 9000],
			[31, 8961],
			[6, 8960],
			[6, 9949],
			[31, 9950],
		]);
		device.setSupply(4900);
		assert.equal(bodyNow(device).power?.vbus_in_mv, 4900);
	});

	it('goes on without its battery while it has mains, and is dark without both', () => {
		const device = makeDevice();
		device.advance(3000);
		device.setBattery(false);
		device.advance(30_000);
		const { flags, vbat_mv, charge_state, ibat_ma } = bodyNow(device).power ?? {};
		assert.deepEqual(
			{ flags, vbat_mv, charge_state, ibat_ma },
			{ flags: 27, vbat_mv: 940, charge_state: 0, ibat_ma: 0 },
		);
		device.setMains(false);
		assert.deepEqual([device.dark, device.host.state], [true, 'unpowered']);
		device.setBattery(true);
		assert.deepEqual([device.dark, device.host.state], [false, 'running']);
	});

	it('reports faults at once, and does not charge with those of the charger', () => {
		const device = makeDevice({ batteryLevel: 50, input: 'barrel' });
		device.advance(3000);
		assert.deepEqual([bodyNow(device).power?.flags, bodyNow(device).power?.charge_state], [15, 2]);
		device.setFaults(0b1_0010_0000);
		const { power } = bodyNow(device);
		assert.deepEqual([power?.faults, power?.charge_state, power?.ibat_ma], [288, 0, 0]);
	});

	it('speaks version 1, a misread version 2, and nothing of an unknown version', () => {
		const power = (options: Partial<UpsOptions>) => {
			const device = makeDevice(options);
			device.advance(3000);
			return bodyNow(device).power;
		};
		assert.deepEqual(power({ powerVersion: 1 }), {
			charge_state: 3,
			vbus_in_mv: 19_907,
			vbus_out_mv: 5096,
			ibus_out_ma: 1471,
			vbat_mv: 8160,
			ibat_ma: 0,
			temp_dc: 376,
			faults: 0,
		});
		assert.deepEqual(power({ firmware: 'esp32:0.8.8' }), {
			charge_state: 31,
			vbus_in_mv: 3,
			vbus_out_mv: 19_907,
			ibus_out_ma: 20_000,
			vbat_mv: 3000,
			ibat_ma: 5096,
			temp_dc: 5100,
			faults: 5000,
		});
		assert.equal(power({ powerVersion: 3 }), undefined);
		assert.equal(power({ firmware: 'esp32:0.8.17-1nce' })?.version, 2);
	});

	it('loses its samples when the ESP32 reboots, and its uptime starts again', () => {
		const device = makeDevice();
		device.advance(60_000);
		device.rebootEsp32();
		assert.deepEqual(Object.keys(bodyNow(device)), ['ts', 'fw_ver', 'uptime_s', 'acks']);
		assert.equal(bodyNow(device).uptime_s, 0);
		device.advanceToPost();
		assert.equal(device.now, BOOT + 72_000);
		device.rebootPowerBoard();
		device.advance(30_000);
		assert.equal(bodyNow(device).power?.uptime_s, 21);
		assert.equal(bodyNow(device).host?.uptime_s, 172_895);
	});

	it('shuts the Pi down at once: its uptime stands still, and after 90 s it is gone', async () => {
		const device = makeDevice();
		const bodies = await run(device, 140_000, 'host.shutdown');
		assert.deepEqual(
			bodies.map(({ host }) => host?.uptime_s),
			[172_805, 172_805, 172_805, undefined, undefined],
		);
		assert.equal(device.host.state, 'halted');
	});

	it('boots a halted Pi by a power cycle; its service needs a while', async () => {
		const device = makeDevice();
		await run(device, 300_000, 'host.shutdown');
		const at = device.nextPostAt;
		const bodies = await run(device, 90_000, 'power.cycle');
		assert.deepEqual(
			bodies.map(({ host }) => host?.uptime_s),
			[undefined, 25, 55],
		);
		assert.ok(device.now > at);
		assert.equal(device.host.state, 'running');
	});

	it('cuts the output for a second and a half at a power cycle', () => {
		const device = makeDevice();
		device.advanceToPost();
		const post = device.buildPost('http://ups.example');
		device.takeAnswer(
			post,
			answeredSigned(post, KEY, { commands: [{ id: 'c-1', cmd: 'power.cycle', args: { off_ms: 9 } }] }),
		);
		device.advance(1499);
		assert.deepEqual(
			[device.power.output, device.host.state, device.power.sampleV2().flags],
			[false, 'unpowered', 29],
		);
		device.advance(1);
		assert.deepEqual(
			[device.power.output, device.host.state, device.power.sampleV2().flags],
			[true, 'running', 31],
		);
	});

	it('reboots the Pi at a reset: the object need not vanish, its uptime falls', async () => {
		const bodies = await run(makeDevice(), 80_000, 'host.reset');
		assert.deepEqual(
			bodies.map(({ host }) => host?.uptime_s),
			[172_805, 172_805, 25],
		);
	});

	it('acks shutdown and reset without any effect while the service does not run', async () => {
		const device = makeDevice({ hostService: false });
		const bodies = [
			...(await run(device, 60_000, 'host.shutdown')),
			...(await run(device, 60_000, 'host.reset')),
		];
		assert.equal(device.executed.length, 2);
		assert.equal(device.host.state, 'running');
		assert.ok(bodies.every(({ host }) => host === undefined));
		device.host.startService();
		device.advance(1);
		assert.equal(bodyNow(device).host?.uptime_s, 172_800 + Math.floor((device.now - BOOT) / 1000));
	});

	it('lets the Pi shut itself down below 10 %, and leaves it off when mains return', async () => {
		const device = makeDevice({ batteryMah: 600, batteryLevel: 20 });
		device.setMains(false);
		const bodies = await run(device, HOUR / 6);
		const levels = bodies.map(({ host, power }) => [host !== undefined, (power?.vbat_mv ?? 0) < 6800]);
		assert.deepEqual(levels[0], [true, false]);
		assert.deepEqual(levels.at(-1), [false, true]);
		assert.equal(device.host.state, 'halted');
		device.setMains(true);
		const charging = await run(device, HOUR);
		assert.equal(charging.at(-1)?.power?.charge_state, 2);
		assert.equal(charging.at(-1)?.host, undefined);
		assert.equal(device.host.state, 'halted');
	});

	it('goes dark with an empty pack and comes back as a whole with the mains', async () => {
		const device = makeDevice({ batteryMah: 100, batteryLevel: 20 });
		device.setMains(false);
		const before = await run(device, HOUR);
		assert.equal(device.dark, true);
		assert.equal(device.nextPostAt, Number.POSITIVE_INFINITY);
		assert.throws(() => device.advanceToPost(), /neither mains nor charge/);
		const after = before.at(-1)?.uptime_s ?? 0;
		assert.ok(after > 0 && after < 3600);
		device.setMains(true);
		const [first, second] = await run(device, 60_000);
		assert.deepEqual([first?.uptime_s, first?.power?.uptime_s, first?.host], [12, 3, undefined]);
		assert.equal(second?.host?.uptime_s, 25);
	});

	it('charges to the end', async () => {
		const device = makeDevice({ batteryMah: 1000, batteryLevel: 60 });
		const bodies = await run(device, 4 * HOUR);
		const states = bodies.map(({ power }) => power?.charge_state);
		assert.deepEqual([states[0], states.at(-1)], [2, 3]);
		const currents = bodies.map(({ power }) => power?.ibat_ma ?? 0);
		assert.deepEqual([currents[0], currents.at(-1)], [500, 0]);
		assert.deepEqual(
			currents,
			currents.toSorted((a, b) => b - a),
		);
	});

	it('counts the bytes of its connection from each boot on', async () => {
		const device = makeDevice({ sinr: false });
		const bodies = await run(device, 300_000);
		const sent = bodies.map(({ net }) => net?.bytes_tx ?? 0);
		assert.equal(sent[0], 0);
		assert.ok((sent.at(-1) ?? 0) > 5000);
		assert.equal('sinr_db' in (bodies[0]?.net ?? {}), false);
		device.rebootEsp32();
		device.advanceToPost();
		assert.equal(bodyNow(device).net?.bytes_tx, 0);
	});

	it('lives through a day with an outage every hour', async () => {
		const device = makeDevice();
		device.timeline.every(HOUR, () => {
			device.setMains(false);
			device.timeline.in(600_000, () => device.setMains(true));
		});
		const bodies = await run(device, 24 * HOUR);
		assert.equal(bodies.length, 2796);
		assert.equal(new Set(bodies.map(({ ts }) => ts)).size, 2796);
		const lost = bodies.filter(
			({ power }, n) => n > 0 && power?.flags === 6 && bodies[n - 1]?.power?.flags === 31,
		);
		assert.equal(lost.length, 23);
		assert.equal(device.host.state, 'running');
	});

	it('takes no device id of more than 64 bytes', () => {
		assert.throws(() => makeDevice({ deviceId: 'x'.repeat(65) }), RangeError);
	});
});
