import type { Timeline } from '../common/timeline.js';

/** What of the settings the relays need. */
export interface OutletSettings {
	/** Whether outlets need no unlocking (`stunlo`). */
	readonly unlocked: boolean;
	/** Milliseconds from one relay to the next (`stfodl`). */
	readonly spacing: number;
	/** How many outlets have a relay (`cfnrso`). */
	readonly switched: number;
	/** Seconds that a power cycle takes (`strebt`). */
	offTime(outlet: number): number;
}

/** The relays. An outlet switches only while it is unlocked, and one relay at a time. */
export class Outlets {
	readonly #timeline: Timeline;
	readonly #settings: () => OutletSettings;
	readonly #unlockTime: number;
	readonly #changed: () => void;
	readonly #on: boolean[];
	/** What outlets are told to do whose relays wait for their turn; the last command counts. */
	readonly #pending = new Map<number, boolean>();
	readonly #unlockedUntil = new Map<number, number>();
	#relayFreeAt = 0;

	/**
	 * @param settings is asked whenever a relay is to act
	 * @param changed is called before a relay acts, so that what flowed until then is counted, and after it
	 */
	constructor(
		timeline: Timeline,
		on: readonly boolean[],
		unlockTime: number,
		settings: () => OutletSettings,
		changed: () => void,
	) {
		this.#timeline = timeline;
		this.#on = [...on];
		this.#unlockTime = unlockTime;
		this.#settings = settings;
		this.#changed = changed;
	}

	isOn(outlet: number): boolean {
		return this.#on[outlet - 1] ?? false;
	}

	/** Whether a relay has been told to act and waits for its turn. */
	isPending(outlet: number): boolean {
		return this.#pending.has(outlet);
	}

	unlock(outlet: number): void {
		this.#unlockedUntil.set(outlet, this.#timeline.now + this.#unlockTime);
	}

	/** Switches when its turn comes. A locked outlet stays as it is, without a word. */
	switch(outlet: number, on: boolean): void {
		if (this.#mayAct(outlet) && (this.#pending.get(outlet) ?? this.isOn(outlet)) !== on) {
			this.#schedule(outlet, on);
		}
	}

	/** Off and, after the time that is set for it, on again; only where it is on and unlocked. */
	cycle(outlet: number): void {
		if (this.#mayAct(outlet) && this.isOn(outlet)) {
			const off = this.#settings().offTime(outlet) * 1000;
			this.#schedule(outlet, false, () => this.#timeline.in(off, () => this.#set(outlet, true)));
		}
	}

	/** Without lock, queue and relay, as a hand would do it. */
	force(outlet: number, on: boolean): void {
		this.#set(outlet, on);
	}

	#mayAct(outlet: number): boolean {
		const { unlocked, switched } = this.#settings();
		const free = unlocked || (this.#unlockedUntil.get(outlet) ?? 0) > this.#timeline.now;
		return free && outlet <= switched;
	}

	#schedule(outlet: number, on: boolean, then?: () => void): void {
		const now = this.#timeline.now;
		const { spacing } = this.#settings();
		const at = Math.max(now, this.#relayFreeAt) + spacing;
		this.#relayFreeAt = at;
		const act = () => {
			if (this.#pending.get(outlet) === on) {
				this.#pending.delete(outlet);
			}
			this.#set(outlet, on);
			then?.();
		};
		this.#pending.set(outlet, on);
		this.#timeline.in(at - now, act);
	}

	#set(outlet: number, on: boolean): void {
		this.#changed();
		this.#on[outlet - 1] = on;
		this.#changed();
	}
}
