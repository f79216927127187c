import { FAULTS, type Fault } from './faults.js';
import type { HpduServer } from './server.js';

/** What happens to a PDU while it runs from the command line. */
export interface Scenario {
	readonly help: string;
	readonly prepare: (server: HpduServer) => void;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function everyNth(server: HpduServer, n: number, fault: Fault): void {
	let requests = 0;
	server.faults.add(fault, { when: () => ++requests % n === 0 });
}

function makeFaulty(server: HpduServer): void {
	everyNth(server, 4, FAULTS.slow(1500));
	everyNth(server, 7, FAULTS.resetIdle());
	everyNth(server, 9, FAULTS.closeInstead());
	everyNth(server, 11, FAULTS.partial());
	everyNth(server, 13, FAULTS.html());
	everyNth(server, 17, FAULTS.cutInChunk());
	everyNth(server, 19, FAULTS.status(500));
}

/** Loads go up and down, an outlet goes off and on again, and now and then a phase is overloaded. */
function makeBusy({ device }: HpduServer): void {
	const { self, timeline } = device;
	const { meter, outlets } = self;
	let round = 0;
	timeline.every(5 * SECOND, () => {
		round++;
		self.refresh();
		meter.factor = round % 24 === 0 ? 4 : 1 + 0.4 * Math.sin(round / 6);
		self.climate.heat = 4 * Math.sin(round / 20);
	});
	timeline.every(30 * SECOND, () => {
		const outlet = (round % self.number('cfnrno')) + 1;
		outlets.force(outlet, false);
		timeline.in(15 * SECOND, () => outlets.force(outlet, true));
	});
	timeline.every(3 * MINUTE, () => self.alerts.reset());
}

export const SCENARIOS = {
	calm: { help: 'nothing but small waves in loads and voltages', prepare: () => undefined },
	busy: {
		help: 'loads rise and fall, outlets go off and on, now and then there is an alert',
		prepare: makeBusy,
	},
	faulty: { help: 'slow, dropped, cut, partial and wrong answers among the right ones', prepare: makeFaulty },
	reboots: {
		help: 'as calm; it reboots every minute',
		prepare: (server) => server.device.timeline.every(MINUTE, () => server.device.reboot()),
	},
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

/** The scenario of a name, or undefined. */
export function scenario(name: string): Scenario | undefined {
	return new Map<string, Scenario>(Object.entries(SCENARIOS)).get(name);
}
