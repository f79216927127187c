/** One outlet that was told to switch, and what is seen of it. Source: the vendor's register table SPDM. */

/** `pending`: its relay has not had its turn. `locked`: it did not switch, and will not. */
export type OutletState = 'on' | 'off' | 'pending' | 'locked';

/** What an outlet is told: `cycle` is off and, after a while, on again. */
export type OutletCommand = 'on' | 'off' | 'cycle';

/** What was known of an outlet before it was told; a PDU need not say either. */
export interface OutletBefore {
	readonly isOn?: boolean;
	/** Seconds that a power cycle takes. */
	readonly offTime?: number;
}

/** A power cycle that is shorter may happen between two looks. Seconds. */
const SHORTEST_VISIBLE = 3;

export class Outlet {
	private isOn: boolean | undefined;
	private isScheduled = false;
	/** Whether a power cycle was seen to begin. */
	private hasBegun = false;
	/** Whether something else was told to this outlet later: what it does then says nothing about this command. */
	isSuperseded = false;

	constructor(
		readonly channel: number,
		readonly command: OutletCommand,
		private readonly before: OutletBefore,
	) {}

	/** Takes what `swocst` and `swosch` say; undefined where the PDU does not say it. */
	look(isOn: boolean | undefined, isScheduled: boolean | undefined): void {
		this.isOn = isOn;
		this.isScheduled = isScheduled ?? false;
		if (this.before.isOn !== false && (isOn === false || isScheduled === true)) this.hasBegun = true;
	}

	/** Whether there is nothing left to wait for. */
	get isDone(): boolean {
		if (this.isSuperseded || (this.command === 'cycle' && this.before.isOn === false)) return true;
		return !this.isScheduled && this.isOn === (this.command !== 'off') && this.hasHappened;
	}

	/** What has become of it; undefined where the PDU does not say. */
	get state(): OutletState | undefined {
		if (this.isScheduled) return 'pending';
		if (this.isOn === undefined) return undefined;
		if (this.isDone) return this.isOn ? 'on' : 'off';
		// It is off for the time of its power cycle.
		if (this.command === 'cycle' && !this.isOn) return 'pending';
		return 'locked';
	}

	/** Whether it did not do what it was told. */
	get hasFailed(): boolean {
		if (this.isSuperseded) return false;
		const wasOff = this.command === 'cycle' && this.before.isOn === false;
		return wasOff || this.state === 'locked';
	}

	/** Of `swocst`: 0 or 1 as the PDU said last; undefined where it said nothing. */
	get value(): string | undefined {
		return this.isOn === undefined ? undefined : String(Number(this.isOn));
	}

	private get hasHappened(): boolean {
		if (this.command !== 'cycle' || this.hasBegun) return true;
		return (this.before.offTime ?? SHORTEST_VISIBLE) < SHORTEST_VISIBLE;
	}
}
