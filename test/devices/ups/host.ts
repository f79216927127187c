import type { Cancel, Timeline } from '../common/timeline.js';

/** One `host` object, in the order in which it is sent. */
export type HostSample = Readonly<Record<string, number>>;

export interface HostOptions {
	/** Seconds that the Pi has already been running. Default two days. */
	readonly hostUptime?: number;
	/** Whether the w3p-ups service runs on the Pi. Default true. */
	readonly hostService?: boolean;
	/** Packed states of the three Ethereum services. Default 21, all running. */
	readonly ethState?: number;
}

/** What the Pi can learn from the UPS and what it tells it. */
export interface HostLinks {
	/** Volts at the UPS's input in millivolts and the displayed battery level in percent. */
	readonly readPower: () => { inputMv: number; level: number };
	/** Takes a telemetry sample of the service. */
	readonly onSample: (sample: HostSample) => void;
	/** Called before the power draw changes. */
	readonly beforeDrawChanges: () => void;
}

export type HostState = 'running' | 'stopping' | 'halted' | 'unpowered';

const STOP_TAKES = 6000;
const SERVICE_UP_AFTER_BOOT = 25_000;
const TELEMETRY_PERIOD = 30_000;
const BATTERY_CHECK_PERIOD = 5000;
const LOW_BATTERY_PATIENCE = 30_000;
const LOW_BATTERY_PERCENT = 10;
const GRID_MV = { min: 8000, max: 26_000 };
const DRAW_MW: Readonly<Record<HostState, number>> = {
	running: 7500,
	stopping: 6000,
	halted: 1400,
	unpowered: 0,
};

/** The Raspberry Pi behind the UPS, with its w3p-ups service. */
export class Host {
	readonly #timeline: Timeline;
	readonly #links: HostLinks;
	readonly #ethState: number;
	readonly #installed: boolean;
	#state: HostState = 'running';
	#bootedAt: number;
	#serviceUp = false;
	#lowSince: number | null = null;
	#scheduled: Cancel[] = [];

	constructor(timeline: Timeline, options: HostOptions, links: HostLinks) {
		this.#timeline = timeline;
		this.#links = links;
		this.#ethState = options.ethState ?? 0x15;
		this.#installed = options.hostService ?? true;
		this.#bootedAt = timeline.now - (options.hostUptime ?? 172_800) * 1000;
		if (this.#installed) {
			this.#scheduled.push(timeline.in(5000, () => this.startService()));
		}
	}

	get state(): HostState {
		return this.#state;
	}

	get serviceUp(): boolean {
		return this.#serviceUp;
	}

	/** Milliwatts drawn from the output of the UPS. */
	get drawMw(): number {
		return DRAW_MW[this.#state];
	}

	/** Starts the w3p-ups service: it reports at once and then every 30 s. */
	startService(): void {
		if (this.#state !== 'running' || this.#serviceUp) {
			return;
		}
		this.#serviceUp = true;
		this.#lowSince = null;
		this.#scheduled.push(
			this.#timeline.every(TELEMETRY_PERIOD, () => this.#links.onSample(this.#sample()), 0),
			this.#timeline.every(BATTERY_CHECK_PERIOD, () => this.#checkBattery()),
		);
	}

	/** Stops the service while the Pi goes on: no telemetry, and nobody obeys shutdown and reset. */
	stopService(): void {
		this.#serviceUp = false;
		this.#cancelAll();
	}

	/** Shuts down at once. Only the service can do it, and it ignores any delay. */
	shutdown(): void {
		if (this.#serviceUp) {
			this.stopService();
			this.#enter('stopping');
			this.#scheduled.push(this.#timeline.in(STOP_TAKES, () => this.#enter('halted')));
		}
	}

	/** Reboots at once. Only the service can do it. */
	reset(): void {
		if (this.#serviceUp) {
			this.stopService();
			this.#enter('stopping');
			this.#scheduled.push(this.#timeline.in(STOP_TAKES, () => this.#boot()));
		}
	}

	/** The output goes off. */
	cutPower(): void {
		this.stopService();
		this.#enter('unpowered');
	}

	/** The output comes on: a Pi always boots then, halted before or not. */
	applyPower(): void {
		if (this.#state === 'unpowered') {
			this.#boot();
		}
	}

	#boot(): void {
		this.#enter('running');
		this.#bootedAt = this.#timeline.now;
		if (this.#installed) {
			this.#scheduled.push(this.#timeline.in(SERVICE_UP_AFTER_BOOT, () => this.startService()));
		}
	}

	#enter(state: HostState): void {
		this.#links.beforeDrawChanges();
		this.#state = state;
	}

	#cancelAll(): void {
		for (const cancel of this.#scheduled.splice(0)) {
			cancel();
		}
	}

	#checkBattery(): void {
		const { inputMv, level } = this.#links.readPower();
		const onGrid = inputMv >= GRID_MV.min && inputMv <= GRID_MV.max;
		if (onGrid || level >= LOW_BATTERY_PERCENT) {
			this.#lowSince = null;
			return;
		}
		this.#lowSince ??= this.#timeline.now;
		if (this.#timeline.now - this.#lowSince >= LOW_BATTERY_PATIENCE) {
			this.shutdown();
		}
	}

	#sample(): HostSample {
		const wave = Math.sin(this.#timeline.now / 191_000);
		return {
			eth_state: this.#ethState,
			cpu_temp_dc: Math.round(541 + 38 * wave),
			mem_pct: Math.round(47 + 3 * wave),
			disk_pct: 61,
			load_x100: Math.round(118 + 57 * wave),
			uptime_s: Math.floor((this.#timeline.now - this.#bootedAt) / 1000),
		};
	}
}
