/**
 * What is known of the mains and the battery of a UPS after a sample of its power board. Pure.
 * Source: the vendor's full HTTP mode document, "Telemetry body"; the thresholds of the power board's firmware.
 */

import { definedMembers } from '../common/json.js';
import { afterDischarge, type Discharge } from './battery.js';

/** What one power record says, in millivolts and seconds. A member that the record does not have is missing. */
export interface PowerSample {
	readonly version: 1 | 2;
	/** Whether the board takes its power from the input; missing in a version 1 record. */
	readonly inputEnabled?: boolean | undefined;
	readonly inputVoltage?: number | undefined;
	readonly outputEnabled?: boolean | undefined;
	readonly batteryPresent?: boolean | undefined;
	readonly batteryVoltage?: number | undefined;
	/** Percent; missing without a battery. */
	readonly batteryLevel?: number | undefined;
	/** Fault bits as sent. */
	readonly faults?: number | undefined;
	/** Seconds since the power board started. */
	readonly uptime?: number | undefined;
}

/** What is stored of mains and battery between two samples. A member that no sample ever had is missing. */
export interface PowerState {
	/** False while the UPS runs on its battery. */
	readonly mains?: boolean;
	/** Whether the present loss of the mains has been reported. */
	readonly lossReported?: boolean;
	/** Since when the UPS runs on its battery, milliseconds since the epoch; only while it does. */
	readonly onBatterySince?: number;
	/** Millivolts at the input. */
	readonly inputVoltage?: number;
	readonly output?: boolean;
	/** Whether a battery is in the UPS. */
	readonly battery?: boolean;
	/** Percent. */
	readonly batteryLevel?: number;
	readonly batteryLow?: boolean;
	/** Only while the UPS runs on its battery. */
	readonly discharge?: Discharge;
	/** Fault bits as sent. */
	readonly faults?: number;
}

/** When a sample came. */
export interface SampleTime {
	/** Milliseconds since the epoch, this machine's clock. */
	readonly receivedAt: number;
	/** Seconds, the clock of the UPS. */
	readonly ts: number;
	/** Seconds since the ESP32 started. */
	readonly uptime: number | undefined;
}

/** From when on a loss of the mains and a low battery are reported. */
export interface PowerThresholds {
	/** Percent below which the battery is low; undefined: by the thresholds of the UPS itself. */
	readonly lowBattery?: number | undefined;
	/** Milliseconds that a loss of the mains lasts before it is reported; undefined: none. */
	readonly mainsLostAfter?: number | undefined;
}

/** The power board switches its input on at the upper and off at the lower voltage, millivolts. */
const INPUT_ON = 9950;
const INPUT_OFF = 8960;

/** At this voltage something is connected to the input, millivolts. */
const INPUT_ALIVE = 4500;

/** The thresholds of the UPS itself, millivolts of the pack. */
const BATTERY_LOW = 6900;
const BATTERY_OK = 7300;

/** By how many percent the level must rise above the user's threshold before the battery is no longer low. */
const LOW_HYSTERESIS = 10;

/** The state after a sample. */
export function afterSample(
	before: PowerState,
	sample: PowerSample,
	time: SampleTime,
	thresholds: PowerThresholds,
): PowerState {
	const mains = mainsAfter(before.mains, sample);
	const battery = sample.batteryPresent ?? before.battery;
	const next: PowerState = definedMembers({
		mains,
		lossReported: before.lossReported,
		onBatterySince: mains === false ? (before.onBatterySince ?? time.receivedAt) : undefined,
		inputVoltage: sample.inputVoltage ?? before.inputVoltage,
		output: sample.outputEnabled ?? before.output,
		battery,
		batteryLevel: battery === false ? undefined : (sample.batteryLevel ?? before.batteryLevel),
		batteryLow: mains === true ? false : isLowAfter(before.batteryLow ?? false, sample, mains, thresholds),
		discharge: mains === false ? afterDischarge(before.discharge, sample, time) : undefined,
		faults: sample.faults ?? before.faults,
	});
	return withLoss(next, isLossReported(before), time.receivedAt, thresholds);
}

/** The state at a moment without a sample: a loss of mains may by then be long enough for an event. */
export function afterWait(state: PowerState, now: number, thresholds: PowerThresholds): PowerState {
	return withLoss(state, isLossReported(state), now, thresholds);
}

/** When `afterWait` changes the state, milliseconds since the epoch; undefined for never. */
export function lossDueAt(state: PowerState, { mainsLostAfter = 0 }: PowerThresholds): number | undefined {
	const { mains, onBatterySince } = state;
	if (mains !== false || onBatterySince === undefined || isLossReported(state)) return undefined;
	return onBatterySince + mainsLostAfter;
}

/** Whether the loss of mains was an event already. */
export function isLossReported({ lossReported, mains }: PowerState): boolean {
	return lossReported ?? mains === false;
}

/** Whether something is connected to the input that the UPS cannot run on. */
export function isInputTooLow({ mains, inputVoltage }: PowerState): boolean {
	return mains === false && inputVoltage !== undefined && inputVoltage >= INPUT_ALIVE;
}

function withLoss(
	state: PowerState,
	wasReported: boolean,
	now: number,
	{ mainsLostAfter = 0 }: PowerThresholds,
): PowerState {
	const { mains, onBatterySince = now, lossReported } = state;
	if (mains === undefined) return state;
	const isReported = !mains && (wasReported || now - onBatterySince >= mainsLostAfter);
	return isReported === lossReported ? state : { ...state, lossReported: isReported };
}

/** Between the two thresholds the state of the input stays as it was. */
function mainsAfter(before: boolean | undefined, sample: PowerSample): boolean | undefined {
	const { version, inputEnabled, inputVoltage } = sample;
	if (version === 2) return inputEnabled ?? before;
	if (inputVoltage === undefined) return before;
	if (inputVoltage > INPUT_ON) return true;
	return inputVoltage < INPUT_OFF ? false : before;
}

/** A battery becomes low only while the UPS runs on it. */
function isLowAfter(
	wasLow: boolean,
	sample: PowerSample,
	mains: boolean | undefined,
	{ lowBattery }: PowerThresholds,
): boolean {
	const { batteryPresent, batteryLevel, batteryVoltage } = sample;
	const value = lowBattery === undefined ? batteryVoltage : batteryLevel;
	if (value === undefined || batteryPresent === false) return wasLow;
	if (wasLow) return !isChargedAgain(value, lowBattery);
	return mains === false && value < (lowBattery ?? BATTERY_LOW);
}

function isChargedAgain(value: number, lowBattery: number | undefined): boolean {
	if (lowBattery === undefined) return value > BATTERY_OK;
	return value >= Math.min(lowBattery + LOW_HYSTERESIS, 100);
}
