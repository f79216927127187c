/** Per cell: millivolts and the percentage that the UPS's own display and the Pi service derive from them. */
const DISPLAY_TABLE: readonly (readonly [number, number])[] = [
	[3200, 0],
	[3300, 4],
	[3400, 10],
	[3500, 22],
	[3600, 40],
	[3700, 60],
	[3800, 75],
	[3900, 88],
	[4000, 100],
];

/** Per cell: true percentage of charge and millivolts at rest. A full cell rests above the display's 100 %. */
const REST_TABLE: readonly (readonly [number, number])[] = DISPLAY_TABLE.map(([mv, pct]) => [
	pct,
	pct === 100 ? 4080 : mv,
]);

const CELLS = 2;
const CELL_LIMIT_MV = 4200;
const CHARGING_LIFT_MV = 80;
const SAG_MV_PER_AMPERE = 20;
const FULL_BELOW_AGAIN = 97;

function interpolate(table: readonly (readonly [number, number])[], x: number): number {
	const above = table.findIndex(([from]) => from >= x);
	const [x1, y1] = table[above < 0 ? table.length - 1 : above] ?? [0, 0];
	const [x0, y0] = table[above < 0 ? table.length - 1 : Math.max(0, above - 1)] ?? [0, 0];
	return x1 === x0 ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/** The percentage that the UPS's display shows for a pack voltage in millivolts. */
export function displayedLevel(packMv: number): number {
	return interpolate(DISPLAY_TABLE, packMv / CELLS);
}

/** What flows: `chargeMa` into the pack or `dischargeMa` out of it; at most one of them is above 0. */
export interface BatteryFlow {
	readonly chargeMa: number;
	readonly dischargeMa: number;
}

/** A pack of two lithium cells in series. Knows its charge, not where the current comes from. */
export class Battery {
	readonly capacityMah: number;
	readonly #chargeRate: number;
	#chargeMah: number;
	#full: boolean;

	/**
	 * @param level true charge at the start, percent 0..100
	 * @param chargeRate charging current as a multiple of the capacity per hour
	 */
	constructor(capacityMah: number, level: number, chargeRate = 0.5) {
		this.capacityMah = capacityMah;
		this.#chargeRate = chargeRate;
		this.#chargeMah = (capacityMah * level) / 100;
		this.#full = level >= 100;
	}

	/** True charge in percent, 0..100. */
	get level(): number {
		return (100 * this.#chargeMah) / this.capacityMah;
	}

	set level(percent: number) {
		this.#chargeMah = (this.capacityMah * percent) / 100;
		this.#full = percent >= 100;
	}

	/** The charger has finished; it begins again once some charge is gone. */
	get full(): boolean {
		return this.#full;
	}

	/** The current that the charger drives into the pack: constant, then tapering from 85 % on. */
	get chargeCurrentMa(): number {
		const constant = Math.min(2000, this.capacityMah * this.#chargeRate);
		const taper = Math.min(1, Math.max(0.05, (100 - this.level) / 15));
		return this.#full ? 0 : constant * taper;
	}

	/** Pack voltage in millivolts under the given flow: lifted while charging, sagging under load. */
	packMv(flow: BatteryFlow): number {
		const lift = flow.chargeMa > 0 ? CHARGING_LIFT_MV : 0;
		const sag = (flow.dischargeMa / 1000) * SAG_MV_PER_AMPERE;
		return CELLS * Math.min(CELL_LIMIT_MV, interpolate(REST_TABLE, this.level) + lift - sag);
	}

	/** Lets a flow run for `ms` milliseconds. */
	apply(flow: BatteryFlow, ms: number): void {
		const change = ((flow.chargeMa - flow.dischargeMa) * ms) / 3_600_000;
		this.#chargeMah = Math.min(this.capacityMah, Math.max(0, this.#chargeMah + change));
		this.#full = this.#full ? this.level > FULL_BELOW_AGAIN : this.level >= 99.9;
	}
}
