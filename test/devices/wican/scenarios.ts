import type { WicanDevice } from './device.js';
import type { ExchangeOptions } from './exchange.js';

/** What happens to a car while its WiCAN runs from the command line. */
export interface Scenario {
	readonly help: string;
	/** `pace` makes everything happen so many times sooner. */
	readonly prepare?: (device: WicanDevice, pace: number) => void;
	readonly exchange?: (n: number) => ExchangeOptions;
}

const MINUTE = 60_000;

/**
 * The parts of a day, with their length in minutes. What the control units do is told by the first POST after a boot
 * only, so the device wakes up once in the night, as it can be told to.
 */
const DAY: readonly (readonly [minutes: number, begin: (device: WicanDevice) => void])[] = [
	[22, (device) => device.drive()],
	[10, (device) => device.park()],
	[10, (device) => device.setEcu(false)],
	[8, (device) => device.sleep()],
	[4, (device) => device.wake()],
	[3, (device) => device.sleep()],
];

function live(device: WicanDevice, pace: number): void {
	let next = 0;
	const go = () => {
		const [minutes, begin] = DAY[next++ % DAY.length] ?? [1, () => undefined];
		if (next > 1 && next % DAY.length === 1) {
			device.wake();
		}
		begin(device);
		device.timeline.in((minutes * MINUTE) / pace, go);
	};
	go();
}

function standStill(device: WicanDevice, pace: number): void {
	device.park();
	device.timeline.in(MINUTE / pace, () => device.setEcu(false));
}

/** Every third answer is lost on the way, every seventh is cut. */
function flaky(n: number): ExchangeOptions {
	if (n % 3 === 0) {
		return { answer: 'lose' };
	}
	return n % 7 === 0 ? { answer: 'cut' } : {};
}

export const SCENARIOS = {
	drive: { help: 'the car drives on and on' },
	parked: {
		help: 'the car is parked: values are frozen, and after a minute its control units are offline',
		prepare: standStill,
	},
	day: {
		help: 'drives 22 minutes, stands 10, is offline 10, sleeps 15 with one look around, and wakes up to drive again',
		prepare: live,
	},
	flaky: { help: 'drives; every third answer is lost, every seventh cut', exchange: flaky },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

/** The scenario of a name, or undefined. */
export function scenario(name: string): Scenario | undefined {
	return new Map<string, Scenario>(Object.entries(SCENARIOS)).get(name);
}
