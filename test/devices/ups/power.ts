import type { Timeline } from '../common/timeline.js';
import { Battery, type BatteryFlow, displayedLevel } from './battery.js';

/** The numbers of one `power` object, in the order in which they are sent. */
export type PowerSample = Readonly<Record<string, number | null>>;

/** Where the mains come in: over USB-C with a PD contract, or through the barrel socket. */
export type PowerInput = 'usb-c' | 'barrel';

export interface PowerOptions {
	/** Default 5000. A small pack makes long outages short. */
	readonly batteryMah?: number;
	/** True charge at the start in percent. Default 100. */
	readonly batteryLevel?: number;
	/** Charging current as a multiple of the capacity per hour, at most 2 A. Default 0.5. */
	readonly chargeRate?: number;
	readonly input?: PowerInput;
	/** How often the ESP32 is given new values, in milliseconds. Default 30 000, as in the firmware. */
	readonly powerForwardPeriod?: number;
	/** Seconds that the power board has already been running. Default three days. */
	readonly powerUptime?: number;
}

const FLAG = { dcIn: 1, vbusOut: 2, battery: 4, powerGood: 8, usbC: 16 } as const;
const CHARGING = { no: 0, pre: 1, fast: 2, done: 3 } as const;
/** NTC, battery overvoltage and charge faults of the charger's fault register: it does not charge then. */
const CHARGE_BLOCKING_FAULTS = 0b0011_1111;
const PRE_CHARGE_BELOW_MV = 6600;
const INPUT_MV = { 'usb-c': 19_870, barrel: 15_040 } as const;
const RESIDUAL_INPUT_MV = 120;
/** The board switches its input path on from the upper voltage on, and off at the lower one. */
const INPUT_PATH_MV = { on: 9950, off: 8960 } as const;
/** What the charger's terminals show without a pack. */
const NO_BATTERY_MV = 940;
const OWN_DRAW_MW = 600;

/** The power board (CH32X): mains, charger, pack and the output to the Pi. */
export class PowerBoard {
	readonly battery: Battery;
	readonly #timeline: Timeline;
	readonly #input: PowerInput;
	readonly #loadMw: () => number;
	#settledAt: number;
	#bootedAt: number;
	/** Millivolts of the supply at the input; undefined: its usual voltage, with its ripple. */
	#supplyMv: number | undefined;
	#inputPath = true;
	#batteryPresent = true;
	#output = true;
	#faults = 0;

	/** @param loadMw what the Pi draws from the output at this moment */
	constructor(timeline: Timeline, options: PowerOptions, loadMw: () => number) {
		this.battery = new Battery(options.batteryMah ?? 5000, options.batteryLevel ?? 100, options.chargeRate);
		this.#timeline = timeline;
		this.#input = options.input ?? 'usb-c';
		this.#loadMw = loadMw;
		this.#settledAt = timeline.now;
		this.#bootedAt = timeline.now - (options.powerUptime ?? 259_200) * 1000;
	}

	/** The board takes its power from the input. */
	get mains(): boolean {
		return this.#inputPath;
	}

	get batteryPresent(): boolean {
		return this.#batteryPresent;
	}

	get output(): boolean {
		return this.#output;
	}

	get faults(): number {
		return this.#faults;
	}

	/** Nothing is left to run on: neither mains nor charge. */
	get exhausted(): boolean {
		return !this.#inputPath && (this.battery.level <= 0 || !this.#batteryPresent);
	}

	/** Volts at the input, in millivolts. */
	get inputMv(): number {
		return this.#supplyMv ?? INPUT_MV[this.#input] + this.#wobble(40);
	}

	/** The percentage on the display. */
	get displayedLevel(): number {
		return displayedLevel(this.battery.packMv(this.#flow()));
	}

	setMains(present: boolean): void {
		this.setSupply(present ? undefined : RESIDUAL_INPUT_MV);
	}

	/** Puts a supply of so many millivolts at the input; undefined: the usual one. */
	setSupply(millivolts: number | undefined): void {
		this.settle();
		this.#supplyMv = millivolts;
		const { on, off } = INPUT_PATH_MV;
		this.#inputPath = this.#inputPath ? this.inputMv > off : this.inputMv >= on;
	}

	/** Takes the pack out, or puts it in, as may be done while the UPS runs. */
	setBattery(present: boolean): void {
		this.settle();
		this.#batteryPresent = present;
	}

	setOutput(on: boolean): void {
		this.settle();
		this.#output = on;
	}

	setFaults(bits: number): void {
		this.settle();
		this.#faults = bits;
	}

	/** The board restarts: its uptime begins again, the output stays as it is. */
	reboot(): void {
		this.#bootedAt = this.#timeline.now;
	}

	/** Moves charge for the time since the last call. To be called before anything changes the flow. */
	settle(): void {
		this.battery.apply(this.#flow(), this.#timeline.now - this.#settledAt);
		this.#settledAt = this.#timeline.now;
	}

	/** A version 2 sample: `version` and 20 values. */
	sampleV2(): PowerSample {
		const flow = this.#flow();
		const packMv = this.#batteryPresent ? Math.round(this.battery.packMv(flow)) : NO_BATTERY_MV;
		const usbC = this.#inputPath && this.#input === 'usb-c';
		const board = 318 + this.#wobble(6) + Math.round(this.#loadMw() / 200);
		const charger = this.#inputPath ? board + 14 + Math.round(flow.chargeMa / 25) : null;
		return {
			version: 2,
			flags: this.#flags(usbC),
			charge_state: this.#chargeState(flow, packMv),
			vbus_in_mv: this.inputMv,
			pd_in_mv: usbC ? 20_000 : 0,
			pd_in_ma: usbC ? 3000 : 0,
			vbus_out_mv: this.#output ? 5092 + this.#wobble(4) : 14,
			vout_set_mv: 5100,
			vout_read_mv: this.#output ? 5096 + this.#wobble(3) : 0,
			iout_limit_ma: 5000,
			pd_out_mv: this.#output ? 5000 : 0,
			pd_out_ma: this.#output ? 5000 : 0,
			vbat_mv: packMv,
			ibat_ma: Math.round(flow.chargeMa),
			vsys_mv: this.#inputPath ? packMv + 180 : packMv - 30,
			iin_ma: this.#inputPath ? Math.round((this.#drawMw() + flow.chargeMa * (packMv / 1000)) / 19.87) : 0,
			temp_lm_dc: board,
			temp_mp_dc: charger,
			temp_dc: Math.max(board, charger ?? board),
			faults: this.#faults,
			uptime_s: this.#uptime(),
		};
	}

	/** A version 1 sample: eight values, no `version`, currents signed. */
	sampleV1(): PowerSample {
		const { charge_state, vbus_in_mv, vbus_out_mv, vbat_mv, temp_dc, faults } = this.sampleV2();
		const flow = this.#flow();
		return {
			charge_state: charge_state ?? 0,
			vbus_in_mv: vbus_in_mv ?? 0,
			vbus_out_mv: vbus_out_mv ?? 0,
			ibus_out_ma: this.#output ? Math.round(this.#loadMw() / 5.1) : 0,
			vbat_mv: vbat_mv ?? 0,
			ibat_ma: Math.round(flow.chargeMa - flow.dischargeMa),
			temp_dc: temp_dc ?? 0,
			faults: faults ?? 0,
		};
	}

	/** A version 2 frame read with the layout of version 1, as firmware before 0.8.9 does. */
	sampleV2ReadAsV1(): PowerSample {
		const v2 = this.sampleV2();
		return {
			charge_state: v2.flags ?? 0,
			vbus_in_mv: v2.charge_state ?? 0,
			vbus_out_mv: v2.vbus_in_mv ?? 0,
			ibus_out_ma: v2.pd_in_mv ?? 0,
			vbat_mv: v2.pd_in_ma ?? 0,
			ibat_ma: v2.vbus_out_mv ?? 0,
			temp_dc: v2.vout_set_mv ?? 0,
			faults: v2.pd_out_mv ?? 0,
		};
	}

	#flags(usbC: boolean): number {
		const mains = this.#inputPath ? FLAG.dcIn | FLAG.powerGood : 0;
		return (
			(this.#batteryPresent ? FLAG.battery : 0) |
			mains |
			(this.#output ? FLAG.vbusOut : 0) |
			(usbC ? FLAG.usbC : 0)
		);
	}

	#chargeState(flow: BatteryFlow, packMv: number): number {
		if (flow.chargeMa > 0) {
			return packMv < PRE_CHARGE_BELOW_MV ? CHARGING.pre : CHARGING.fast;
		}
		return this.#inputPath && this.#batteryPresent && this.battery.full ? CHARGING.done : CHARGING.no;
	}

	#drawMw(): number {
		return OWN_DRAW_MW + (this.#output ? this.#loadMw() : 0);
	}

	#flow(): BatteryFlow {
		if (!this.#batteryPresent) {
			return { chargeMa: 0, dischargeMa: 0 };
		}
		if (this.#inputPath) {
			const blocked = (this.#faults & CHARGE_BLOCKING_FAULTS) !== 0;
			return { chargeMa: blocked ? 0 : this.battery.chargeCurrentMa, dischargeMa: 0 };
		}
		const restV = this.battery.packMv({ chargeMa: 0, dischargeMa: 0 }) / 1000;
		return { chargeMa: 0, dischargeMa: this.battery.level > 0 ? this.#drawMw() / restV : 0 };
	}

	#uptime(): number {
		return Math.floor((this.#timeline.now - this.#bootedAt) / 1000);
	}

	/** A slow ripple, so that samples differ as real ones do; from time alone, so that runs can be repeated. */
	#wobble(amplitude: number): number {
		return Math.round(amplitude * Math.sin(this.#timeline.now / 47_000));
	}
}
