import type { Cancel, Timeline } from '../common/timeline.js';

/** A buzzing "! MODEM / NO UPLINK" on the display; `endedAt` is null while it lasts. */
export interface Alarm {
	readonly at: number;
	endedAt: number | null;
}

/** What the watchdog did to the modem because nothing at all could be reached. */
export interface ModemAction {
	readonly at: number;
	readonly action: 'reset' | 'power-cycle';
}

export interface WatchdogLinks {
	/** Whether the public name servers that it probes answer. */
	readonly internetReachable: () => boolean;
	readonly onModemAction: () => void;
	readonly alarmSurvivesModemReset: boolean;
}

const UPLINK_FRESH_FOR = 90_000;
const UNHEALTHY_PATIENCE = 300_000;
const ALARM_AFTER = 1_800_000;
const PROBE_AGAIN_AFTER = 60_000;

/** Watches for POSTs that got a 2xx; nothing else counts as a working uplink. */
export class ModemWatchdog {
	/** Every alarm so far, the running one last. Survives reboots: it is the tester's record. */
	readonly alarms: Alarm[] = [];
	readonly modemActions: ModemAction[] = [];
	readonly #timeline: Timeline;
	readonly #links: WatchdogLinks;
	#cancelProbe: Cancel = () => undefined;
	#cancelAlarm: Cancel = () => undefined;

	constructor(timeline: Timeline, links: WatchdogLinks) {
		this.#timeline = timeline;
		this.#links = links;
	}

	get alarming(): boolean {
		return this.alarms.at(-1)?.endedAt === null;
	}

	/** Begins to wait, as after a boot or a good POST. */
	start(): void {
		this.stop();
		this.#waitForAlarm();
		this.#waitForProbe(UPLINK_FRESH_FOR + UNHEALTHY_PATIENCE);
	}

	/** Ends a running alarm and waits for nothing. */
	stop(): void {
		this.#cancelProbe();
		this.#cancelAlarm();
		const last = this.alarms.at(-1);
		if (last && last.endedAt === null) {
			last.endedAt = this.#timeline.now;
		}
	}

	#waitForAlarm(): void {
		this.#cancelAlarm();
		this.#cancelAlarm = this.#timeline.in(ALARM_AFTER, () => {
			if (!this.alarming) {
				this.alarms.push({ at: this.#timeline.now, endedAt: null });
			}
		});
	}

	#waitForProbe(delay: number): void {
		this.#cancelProbe = this.#timeline.in(delay, () => this.#probe());
	}

	#probe(): void {
		if (this.#links.internetReachable()) {
			this.#waitForProbe(PROBE_AGAIN_AFTER);
			return;
		}
		const action = this.modemActions.at(-1)?.action === 'reset' ? 'power-cycle' : 'reset';
		this.modemActions.push({ at: this.#timeline.now, action });
		this.#links.onModemAction();
		if (!this.#links.alarmSurvivesModemReset) {
			this.#waitForAlarm();
		}
		this.#waitForProbe(UNHEALTHY_PATIENCE);
	}
}
