import type { Timeline } from '../common/timeline.js';

/** One `net` object, in the order in which it is sent. */
export type NetworkSample = Readonly<Record<string, number>>;

export interface NetworkOptions {
	/** Whether the modem firmware reports the signal to noise ratio. Default true. */
	readonly sinr?: boolean;
}

const UPLINK_FRESH_FOR = 90_000;
const STATE = { pppUp: 3, uplinkUp: 4 } as const;
/** What IP, TCP and PPP add to the bytes of one exchange. */
const OVERHEAD = { up: 160, down: 258 } as const;

/** The LTE modem: signal values and the byte counters of the current connection. */
export class Modem {
	readonly #timeline: Timeline;
	readonly #sinr: boolean;
	#lastGood: number | null = null;
	#bytesUp = 0;
	#bytesDown = 0;

	constructor(timeline: Timeline, options: NetworkOptions) {
		this.#timeline = timeline;
		this.#sinr = options.sinr ?? true;
	}

	/** The connection begins anew: counters at 0, uplink not yet proven. */
	restart(): void {
		this.#lastGood = null;
		this.#bytesUp = 0;
		this.#bytesDown = 0;
	}

	/** Counts one exchange of so many bytes; the counters wrap at 32 bits. */
	count(up: number, down: number): void {
		this.#bytesUp = (this.#bytesUp + up + OVERHEAD.up) >>> 0;
		this.#bytesDown = (this.#bytesDown + down + OVERHEAD.down) >>> 0;
	}

	/** A POST got its 2xx. */
	uplinkProven(): void {
		this.#lastGood = this.#timeline.now;
	}

	sample(): NetworkSample {
		const { now } = this.#timeline;
		const fresh = this.#lastGood !== null && now - this.#lastGood <= UPLINK_FRESH_FOR;
		const fading = Math.round(5 * Math.sin(now / 331_000));
		return {
			state: fresh ? STATE.uplinkUp : STATE.pppUp,
			rssi_dbm: -71 + fading,
			rsrp_dbm: -98 + fading,
			rsrq_db: -11,
			...(this.#sinr ? { sinr_db: 9 + fading } : {}),
			bytes_tx: this.#bytesUp,
			bytes_rx: this.#bytesDown,
		};
	}
}
