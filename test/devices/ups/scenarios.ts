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

function scheduleFaults(device: UpsDevice): void {
	const bits = [1 << 8, 1 << 1, (1 << 10) | (1 << 7)];
	let next = 0;
	device.timeline.every(4 * MINUTE, () => {
		device.setFaults(bits[next++ % bits.length] ?? 0);
		device.timeline.in(MINUTE, () => device.setFaults(0));
	});
}

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
	faults: { help: 'a fault of one minute every 4 minutes', prepare: scheduleFaults },
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
