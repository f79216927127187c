import type { Timeline } from '../common/timeline.js';
import { encodeJson } from './bytes.js';
import type { Feedback } from './commands.js';
import { FIRMWARE } from './firmware.js';
import type { HostSample } from './host.js';
import type { NetworkSample } from './network.js';
import type { PowerBoard, PowerSample } from './power.js';

/** A sample of each class; a class without one is left out of the body. */
export interface Samples {
	readonly power?: PowerSample;
	readonly host?: HostSample;
	readonly net?: NetworkSample;
}

/** Keeps the newest sample of each class. */
export class SampleStore {
	readonly #timeline: Timeline;
	readonly #newest = new Map<keyof Samples, { at: number; sample: Samples[keyof Samples] }>();

	constructor(timeline: Timeline) {
		this.#timeline = timeline;
	}

	receive(kind: keyof Samples, sample: Samples[keyof Samples]): void {
		this.#newest.set(kind, { at: this.#timeline.now, sample });
	}

	/** What came within the last 90 seconds. */
	fresh(): Samples {
		const { now } = this.#timeline;
		const fresh = [...this.#newest].filter(([, { at }]) => now - at <= FIRMWARE.snapshotKeptFor);
		return Object.fromEntries(fresh.map(([kind, { sample }]) => [kind, sample]));
	}

	clear(): void {
		this.#newest.clear();
	}
}

/** Makes the body of a POST, compact and in the firmware's order of keys. `ts` and `uptime` in seconds. */
export function encodeTelemetry(
	ts: number,
	firmware: string,
	uptime: number,
	samples: Samples,
	feedback: Feedback,
): Buffer {
	const { power, host, net } = samples;
	return encodeJson({
		ts,
		fw_ver: firmware,
		uptime_s: uptime,
		...(power ? { power } : {}),
		...(host ? { host } : {}),
		...(net ? { net } : {}),
		acks: feedback.acks,
		...(feedback.rejected.length > 0 ? { rejected: feedback.rejected } : {}),
		...(feedback.respDropped ? { resp_dropped: feedback.respDropped } : {}),
	});
}

/** What the ESP32 makes of a frame of the power board; nothing, if it does not know the frame's version. */
export function readPowerFrame(
	board: PowerBoard,
	version: number,
	misreadsV2: boolean,
): PowerSample | undefined {
	if (version === 1) {
		return board.sampleV1();
	}
	if (version !== 2) {
		return undefined;
	}
	return misreadsV2 ? board.sampleV2ReadAsV1() : board.sampleV2();
}
