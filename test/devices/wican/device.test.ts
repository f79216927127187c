import assert from 'node:assert/strict';
import { answered, UNREACHABLE } from '../common/connection.js';
import { SCENARIOS, type ScenarioName, scenario, WicanDevice, type WicanOptions } from './index.js';

const BOOT = 1_795_200_769_000;
const URL = 'http://127.0.0.1/';
const MINUTE = 60_000;

function makeDevice(options: WicanOptions = {}): WicanDevice {
	return new WicanDevice({ startAt: BOOT, ...options });
}

/** Makes the next POST and gives it an answer; 0 is none at all. */
function post(device: WicanDevice, status: number, url = URL) {
	device.advanceToPost();
	const made = device.buildPost(url);
	const outcome = status === 0 ? UNREACHABLE : answered(status);
	return { made, result: device.takeAnswer(made, outcome) };
}

const valuesOf = (device: WicanDevice) => JSON.parse(device.periodicBody().toString()).autopid_data;

describe('stand-in WiCAN', () => {
	it('begins to post 8 s after its boot, and then once in a period', () => {
		const device = makeDevice({ period: 5000 });
		const times = [post(device, 200), post(device, 204), post(device, 200)].map(({ made }) => made.at - BOOT);
		assert.deepEqual(times, [8000, 13_000, 18_000]);
	});

	it('waits 10 s from one POST to the next in v4, 5 s in v6, and a minute for Home Assistant', () => {
		const waits = (['4.51', '6', 'ha4', 'ha6', 'classic'] as const).map((firmware) => {
			const device = makeDevice({ firmware });
			const { made } = post(device, 200);
			return device.nextPostAt - made.at;
		});
		assert.deepEqual(waits, [10_000, 5000, MINUTE, MINUTE, MINUTE]);
	});

	it('posts at once when an exchange took longer than the period', () => {
		const device = makeDevice({ period: 1000 });
		device.advanceToPost();
		const made = device.buildPost(URL);
		device.advance(1500);
		device.takeAnswer(made, answered(200));
		assert.equal(device.nextPostAt, device.now);
	});

	describe('sends config and status', () => {
		it('until a 2xx', () => {
			const device = makeDevice();
			const full = [401, 500, 0, 302, 200, 200, 500, 200].map((status) => post(device, status).made.full);
			assert.deepEqual(full, [true, true, true, true, true, false, false, false]);
		});

		it('again after a boot', () => {
			const device = makeDevice();
			post(device, 200);
			device.reboot();
			assert.deepEqual([post(device, 200).made.full, post(device, 200).made.full], [true, false]);
			assert.equal(device.boots, 2);
		});

		for (const [firmware, expected] of [
			['4.40', [true, false, false]],
			['4.48', [true, true, false]],
			['6', [true, true, false]],
		] as const) {
			it(`to ${expected[1] ? 'each destination' : 'the first destination only'}, ${firmware}`, () => {
				const device = makeDevice({ firmware });
				const urls = ['http://one/', 'http://two/', 'http://one/'];
				assert.deepEqual(
					urls.map((url) => post(device, 200, url).made.full),
					expected,
				);
			});
		}

		it('never, when v6 is told so', () => {
			assert.equal(post(makeDevice({ firmware: '6', fullFirst: false }), 200).made.full, false);
		});
	});

	it('learns nothing from an answer to what it sent before a boot', () => {
		const device = makeDevice();
		device.advanceToPost();
		const made = device.buildPost(URL);
		device.reboot();
		assert.equal(device.takeAnswer(made, answered(200)), 'rebooted');
		assert.equal(post(device, 200).made.full, true);
	});

	describe('after failures', () => {
		/** Seconds from the end of each POST to the next, while every one fails. */
		function waits(failures: number, options: WicanOptions): number[] {
			const device = makeDevice(options);
			return Array.from({ length: failures }, () => {
				post(device, 503);
				return (device.nextPostAt - device.now) / 1000;
			});
		}
		const times = (n: number, seconds: number) => Array<number>(n).fill(seconds);

		const CASES: [string, WicanOptions, number[]][] = [
			['30 s from the third on', { firmware: '4.40', period: 5000 }, [5, 5, 30, 30, 30]],
			['60 s for the ABRP form', { firmware: '4.40', period: 5000, form: 'abrp' }, [5, 5, 60, 60]],
			['10 s from the 15th on', { firmware: '4.48', period: 5000 }, [...times(14, 5), 10, 10, 10]],
			['up to twice a long period', { firmware: '4.51', period: 15_000 }, [...times(14, 15), 10, 20, 30, 30]],
			['twice as long each time', { firmware: '6', period: 5000 }, [5, 5, 10, 20, 40, 60, 60]],
			['8 periods at most', { firmware: '6', period: 20_000 }, [20, 20, 40, 80, 160, 160]],
			['10 minutes at most', { firmware: '6', period: 100_000 }, [100, 100, 200, 400, 600, 600]],
			['always the same for Home Assistant', { firmware: 'ha4' }, times(20, 60)],
		];
		for (const [name, options, expected] of CASES) {
			it(`waits ${name}, ${options.firmware}`, () => {
				assert.deepEqual(waits(expected.length, options), expected);
			});
		}

		it('goes on as usual after one success', () => {
			const device = makeDevice({ firmware: '6' });
			for (const status of [0, 401, 503, 200]) post(device, status);
			assert.deepEqual([device.failures, device.nextPostAt - device.now], [0, 5000]);
		});

		it('is silent after three refusals with 403 until ha6 is registered anew', () => {
			const device = makeDevice({ firmware: 'ha6' });
			for (const status of [403, 403, 503, 403, 403, 403]) post(device, status);
			assert.equal(device.nextPostAt, Number.POSITIVE_INFINITY);
			device.registerWebhook();
			assert.equal(post(device, 200).result, 'ok');
		});
	});

	describe('reads a car', () => {
		it('whose values change while it drives, and stay as they are while it is parked', () => {
			const device = makeDevice({ firmware: '4.48' });
			device.advance(MINUTE);
			const driving = valuesOf(device);
			device.advance(MINUTE);
			assert.notDeepEqual(valuesOf(device), driving);
			device.park();
			const parked = valuesOf(device);
			assert.equal(parked.SPEED, 0);
			device.setEcu(false);
			device.advance(60 * MINUTE);
			assert.deepEqual(valuesOf(device), parked);
			device.drive();
			assert.notDeepEqual(valuesOf(device), parked);
		});

		it('one parameter after the other', () => {
			const device = makeDevice({ firmware: '4.48', pollTakes: 1000 });
			const names = (ms: number) => {
				device.advance(ms);
				return Object.keys(valuesOf(device)).length;
			};
			assert.deepEqual([names(500), names(500), names(2000), names(MINUTE)], [1, 2, 4, 21]);
		});

		it('and forgets what it read with a boot', () => {
			const device = makeDevice({ firmware: '4.48' });
			device.advance(MINUTE);
			device.setEcu(false);
			device.reboot();
			device.advanceToPost();
			assert.equal(device.periodicBody().toString(), '{"autopid_data":{}}');
		});

		it('that tells nothing, of which it still posts the time', () => {
			const device = makeDevice({ driving: false });
			device.setEcu(false);
			device.reboot();
			device.advanceToPost();
			assert.equal(device.periodicBody().toString(), '{"autopid_data":{"timestamp":1795200777}}');
		});

		it('that gets warm, and too hot now and then', () => {
			const device = makeDevice();
			const seen = Array.from({ length: 40 }, () => {
				device.advance(10_000);
				return valuesOf(device).COOLANT_TMP;
			});
			assert.ok(seen[0] < 40 && seen[9] > 70);
			assert.ok(Math.max(...seen) > 100 && seen.at(-1) < 100);
		});
	});

	describe('is silent', () => {
		it('while it sleeps, and begins anew when it wakes', () => {
			const device = makeDevice();
			post(device, 200);
			device.sleep();
			device.reboot();
			assert.equal(device.nextPostAt, Number.POSITIVE_INFINITY);
			assert.throws(() => device.advanceToPost());
			device.advance(60 * MINUTE);
			device.wake();
			const { made } = post(device, 200);
			assert.deepEqual(
				[made.full, made.boot, JSON.parse(made.body.toString()).status.uptime],
				[true, 2, '00:00:08'],
			);
		});

		it('while it was never able to read since its boot', () => {
			const device = makeDevice();
			device.setPolling(false);
			assert.equal(post(device, 200).result, 'ok');
			device.reboot();
			assert.equal(device.nextPostAt, Number.POSITIVE_INFINITY);
			device.setPolling(true);
			assert.equal(post(device, 200).result, 'ok');
		});
	});

	it('takes only an id that is one', () => {
		assert.throws(() => makeDevice({ deviceId: 'car-1' }), RangeError);
		assert.equal(makeDevice({ deviceId: 'A1B2C3D4E5F6' }).deviceId, 'A1B2C3D4E5F6');
	});

	describe('plays the scenario', () => {
		function kindOf(device: WicanDevice, frozen: boolean): string {
			const ecu = device.car.ecuOnline ? 'online' : 'offline';
			return device.asleep ? 'asleep' : `${ecu}, ${frozen ? 'frozen' : 'changing'}`;
		}

		/** What is to be seen in an hour, and how often the device has booted then. */
		function hour(name: ScenarioName) {
			const device = makeDevice({ firmware: '4.48' });
			scenario(name)?.prepare?.(device, 1);
			const seen: string[] = [];
			let before = '';
			for (const end = device.now + 60 * MINUTE; device.now < end; device.advance(4000)) {
				const text = device.periodicBody().toString();
				seen.push(kindOf(device, text === before));
				before = text;
			}
			return { seen: seen.filter((kind, n) => kind !== seen[n - 1]), boots: device.boots };
		}

		it('drive', () => {
			assert.deepEqual(hour('drive'), { seen: ['online, changing'], boots: 1 });
		});

		it('parked', () => {
			const { seen, boots } = hour('parked');
			assert.deepEqual([seen.slice(-2), boots], [['online, frozen', 'offline, frozen'], 1]);
		});

		it('day', () => {
			const { seen, boots } = hour('day');
			const parts = seen.filter((kind, n) => n === 0 || kind !== 'offline, changing');
			assert.deepEqual(parts, [
				'online, changing',
				'online, frozen',
				'offline, frozen',
				'asleep',
				'offline, frozen',
				'asleep',
				'online, changing',
			]);
			assert.equal(boots, 3);
		});

		it('day, all of it within three minutes', () => {
			const device = makeDevice();
			SCENARIOS.day.prepare(device, 20);
			device.advance(3 * MINUTE);
			assert.deepEqual([device.boots, device.car.driving, device.asleep], [3, true, false]);
		});

		it('flaky', () => {
			const modes = Array.from({ length: 8 }, (_, n) => SCENARIOS.flaky.exchange(n + 1).answer);
			assert.deepEqual(modes, [undefined, undefined, 'lose', undefined, undefined, 'lose', 'cut', undefined]);
		});
	});
});
