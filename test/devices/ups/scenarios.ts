import type { UpsDevice } from './device.js';
import type { ExchangeOptions } from './exchange.js';
import type { UpsOptions } from './options.js';
import { everyNth } from './run.js';

/** What happens to a UPS while it runs from the command line. */
export interface Scenario {
	readonly help: string;
	readonly options?: Partial<UpsOptions>;
	readonly prepare?: (device: UpsDevice) => void;
	readonly exchange?: (n: number) => ExchangeOptions;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Takes the mains away for `length`, first after `first` and then every `period`. */
function scheduleOutages(device: UpsDevice, first: number, period: number, length: number): void {
	device.timeline.every(
		period,
		() => {
			device.setMains(false);
			device.timeline.in(length, () => device.setMains(true));
		},
		first,
	);
}

/** Does one thing after the other, so far apart, over and over. */
function takeTurns(device: UpsDevice, period: number, things: readonly (() => void)[]): void {
	let next = 0;
	device.timeline.every(period, () => things[next++ % things.length]?.());
}

/** Fault bits for half a minute each. Bits 0-2 and 4-5 are numbers: another number there is no other fault. */
const FAULTS = [1 << 8, 1 << 8, 1, 2, 0x10, 0x20, (1 << 10) | (1 << 7), (1 << 10) | (1 << 7)];

function scheduleFaults(device: UpsDevice): void {
	let next = 0;
	device.timeline.every(4 * MINUTE, () => {
		device.setFaults(FAULTS[next++ % FAULTS.length] ?? 0);
		device.timeline.in(MINUTE / 2, () => device.setFaults(FAULTS[next++ % FAULTS.length] ?? 0));
		device.timeline.in(MINUTE, () => device.setFaults(0));
	});
}

/** Volts of a supply that is too weak, in millivolts: a phone charger that sags. */
const WEAK_SUPPLY = [5001, 5000, 4999, 5100, 4900, 9000];

const OUTAGES: Scenario = {
	help: 'mains are lost for 90 s every 4 minutes, the first time after one minute',
	options: { batteryMah: 2000, batteryLevel: 90 },
	prepare: (device) => scheduleOutages(device, MINUTE, 4 * MINUTE, 90 * SECOND),
};

/** For who watches: a small pack that drains and fills in minutes, and values that are never older than the POST. */
const TOUR: Scenario = {
	help: 'mains are lost for one minute every 3 minutes, the first time after 40 s; a small battery',
	options: { batteryMah: 300, batteryLevel: 75, chargeRate: 2, powerForwardPeriod: 3 * SECOND },
	prepare: (device) => scheduleOutages(device, 40 * SECOND, 3 * MINUTE, MINUTE),
};

export const SCENARIOS = {
	calm: { help: 'nothing happens' },
	outages: OUTAGES,
	tour: TOUR,
	'long-outage': {
		help: 'mains are lost after one minute for 40; the Pi shuts itself down and needs power.cycle after that',
		options: { batteryMah: 1000, batteryLevel: 70 },
		prepare: (device) =>
			device.timeline.in(MINUTE, () => scheduleOutages(device, 0, 60 * MINUTE, 40 * MINUTE)),
	},
	faults: {
		help: 'a fault of one minute every 4 minutes, some of which change their number',
		prepare: scheduleFaults,
	},
	'low-battery': {
		help: 'mains are lost after one minute with a quarter left in a small battery, for 20 of 30 minutes',
		options: { batteryMah: 2000, batteryLevel: 25, hostService: false },
		prepare: (device) => scheduleOutages(device, MINUTE, 30 * MINUTE, 20 * MINUTE),
	},
	'no-battery': {
		help: 'the battery is taken out for 90 s every 4 minutes',
		prepare: (device) =>
			device.timeline.every(4 * MINUTE, () => {
				device.setBattery(false);
				device.timeline.in(90 * SECOND, () => device.setBattery(true));
			}),
	},
	'weak-supply': {
		help: 'a 5 V charger that sags stands in for the mains, 5 of every 10 minutes',
		options: { batteryLevel: 90 },
		prepare: (device) =>
			takeTurns(device, 50 * SECOND, [
				...WEAK_SUPPLY.map((millivolts) => () => device.setSupply(millivolts)),
				...WEAK_SUPPLY.map(() => () => device.setMains(true)),
			]),
	},
	'no-time': {
		help: 'no network time is to be had: the clock began at 1970 with the last start',
		options: { clockSetAfter: Number.POSITIVE_INFINITY },
	},
	'clock-back': {
		help: 'the clock goes 2 minutes ahead and is set right again, every 5 minutes',
		options: { clockOffset: 120 },
		prepare: (device) =>
			takeTurns(device, 5 * MINUTE, [
				() => {
					device.clock.offset -= 120;
				},
				() => {
					device.clock.offset += 120;
				},
			]),
	},
	reboots: {
		help: 'the ESP32 reboots every 5 minutes, the power board every 11',
		prepare: (device) => {
			device.timeline.every(5 * MINUTE, () => device.rebootEsp32());
			device.timeline.every(11 * MINUTE, () => device.rebootPowerBoard());
		},
	},
	lossy: { help: 'every third answer is lost on the way', exchange: everyNth(3, { answer: 'lose' }) },
	rough: {
		...OUTAGES,
		help: 'outages, a reboot of the ESP32 every 7 minutes, and every third answer lost',
		prepare: (device) => {
			OUTAGES.prepare?.(device);
			device.timeline.every(7 * MINUTE, () => device.rebootEsp32());
		},
		exchange: everyNth(3, { answer: 'lose' }),
	},
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

/** The scenario of a name, or undefined. */
export function scenario(name: string): Scenario | undefined {
	return new Map<string, Scenario>(Object.entries(SCENARIOS)).get(name);
}
