import type { ClockOptions } from './clock.js';
import type { HostOptions } from './host.js';
import type { NetworkOptions } from './network.js';
import type { PowerOptions } from './power.js';

/** A UPS and the world around it. Times in milliseconds, except where a name or comment says otherwise. */
export interface UpsOptions extends ClockOptions, PowerOptions, HostOptions, NetworkOptions {
	/** At most 64 bytes; put into URL and header as it is. */
	readonly deviceId: string;
	/** The HTTP key: its characters are the HMAC key, nothing is decoded. */
	readonly key: string;
	/** True time at which the ESP32 boots. Default: now. */
	readonly startAt?: number;
	/** Random 32-bit words, for nonces and keys. */
	readonly random?: () => number;
	/** As in `fw_ver`. */
	readonly firmware?: string;
	/** Version of the frames of the power board: 1, 2, or one that the firmware does not know. Default 2. */
	readonly powerVersion?: number;
	readonly firstPostAfter?: number;
	readonly pauseAfterPost?: number;
	/** Whether the watchdog's probes of public name servers are answered. */
	readonly internetReachable?: () => boolean;
}
