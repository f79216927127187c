import type { Timeline } from '../common/timeline.js';
import type { CommandArgs, CommandName } from './commands.js';
import { FIRMWARE } from './firmware.js';
import { Host, type HostOptions, type HostSample } from './host.js';
import { Panel } from './panel.js';
import { PowerBoard, type PowerOptions } from './power.js';

/** What the ESP32 is told by the rest of the box. */
export interface BoxLinks {
	/** The state of the power board is forwarded. */
	readonly onPower: () => void;
	readonly onHost: (sample: HostSample) => void;
	/** Mains and charge are gone, or mains came back after that. */
	readonly onDark: () => void;
	readonly onLight: () => void;
}

const CYCLE_OFF_FOR = 1500;

/** Everything in and behind the UPS but its ESP32: power board, Pi, buzzer and display. */
export class Box {
	readonly power: PowerBoard;
	readonly host: Host;
	readonly panel: Panel;
	readonly #timeline: Timeline;
	readonly #links: BoxLinks;
	readonly #effects: Readonly<Record<CommandName, (args: CommandArgs) => void>>;
	#dark = false;

	constructor(timeline: Timeline, options: PowerOptions & HostOptions, links: BoxLinks) {
		this.#timeline = timeline;
		this.#links = links;
		this.panel = new Panel(timeline);
		this.power = new PowerBoard(timeline, options, () => this.host.drawMw);
		this.host = new Host(timeline, options, {
			readPower: () => this.#readPower(),
			onSample: links.onHost,
			beforeDrawChanges: () => this.power.settle(),
		});
		this.#effects = {
			'ui.beep': (args) => this.panel.beep(Number(args.freq_hz), Number(args.dur_ms)),
			'ui.display_msg': (args) => this.panel.show(String(args.text)),
			'host.shutdown': () => this.host.shutdown(),
			'host.reset': () => this.host.reset(),
			'power.cycle': () => this.#cycleOutput(),
		};
		timeline.every(
			options.powerForwardPeriod ?? FIRMWARE.powerForwardPeriod,
			() => this.#forwardPower(),
			3000,
		);
	}

	/** Neither mains nor charge: nothing runs until mains are back. */
	get dark(): boolean {
		return this.#dark;
	}

	obey(cmd: CommandName, args: CommandArgs): void {
		this.#effects[cmd](args);
	}

	setMains(present: boolean): void {
		if (present !== this.power.mains) {
			this.#atInput(() => this.power.setMains(present));
		}
	}

	setSupply(millivolts: number): void {
		this.#atInput(() => this.power.setSupply(millivolts));
	}

	setBattery(present: boolean): void {
		this.power.setBattery(present);
		if (this.#dark && !this.power.exhausted) {
			this.#lightUp();
		}
		if (this.power.exhausted) {
			this.#forwardPower();
		}
	}

	/** The power board reports at once when the input crosses the voltage at which it seems to be there. */
	#atInput(change: () => void): void {
		const before = this.power.inputMv;
		change();
		if (this.#dark && this.power.mains) {
			this.#lightUp();
		}
		if (before > FIRMWARE.mainsSeemAboveMv !== this.power.inputMv > FIRMWARE.mainsSeemAboveMv) {
			this.#forwardPower();
		}
	}

	setFaults(bits: number): void {
		this.power.setFaults(bits);
		this.#forwardPower();
	}

	#forwardPower(): void {
		this.power.settle();
		if (this.power.exhausted && !this.#dark) {
			this.#dark = true;
			this.host.cutPower();
			this.#links.onDark();
		}
		if (!this.#dark) {
			this.#links.onPower();
		}
	}

	#readPower() {
		this.power.settle();
		return { inputMv: this.power.inputMv, level: this.power.displayedLevel };
	}

	/** Everything boots, the Pi too, since its supply comes back. */
	#lightUp(): void {
		this.#dark = false;
		this.power.reboot();
		this.power.setOutput(true);
		this.host.applyPower();
		this.#links.onLight();
	}

	/** The power board ignores the time it is given. */
	#cycleOutput(): void {
		this.power.setOutput(false);
		this.host.cutPower();
		this.#timeline.in(CYCLE_OFF_FOR, () => {
			if (!this.#dark) {
				this.power.setOutput(true);
				this.host.applyPower();
			}
		});
	}
}
