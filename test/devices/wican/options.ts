import type { CarOptions } from './car.js';
import type { FirmwareName } from './firmware.js';
import type { ScheduleOptions } from './schedule.js';

/** How a destination proves who posts. A client certificate is given to the exchange (`tls`). */
export type Auth =
	| { readonly kind: 'none' }
	/** In the ABRP form the header is `Authorization: APIKEY …`. */
	| { readonly kind: 'bearer'; readonly token: string }
	/** `name` defaults to `x-api-key`. */
	| { readonly kind: 'api-key-header'; readonly token: string; readonly name?: string }
	/** `name` defaults to `api_key`. */
	| { readonly kind: 'api-key-query'; readonly token: string; readonly name?: string }
	| { readonly kind: 'basic'; readonly user: string; readonly password: string };

/** A WiCAN in its car. Times in milliseconds. */
export interface WicanOptions extends CarOptions, ScheduleOptions {
	/** Default 4.51. */
	readonly firmware?: FirmwareName;
	/** A position, for firmware that has one: 6 and ha6. */
	readonly gps?: boolean;
	/** 12 hexadecimal digits. */
	readonly deviceId?: string;
	readonly auth?: Auth;
	/** More of a query, appended to the URL as it is, e.g. `source=car 1&env=prod`. */
	readonly query?: string;
	/** The user's token at A Better Routeplanner. */
	readonly abrpToken?: string;
	/** For the webhooks of Home Assistant: everything, or what changed. Default changed. */
	readonly mode?: 'full' | 'changed';
	/** Compresses the body of ha6. */
	readonly gzip?: boolean;
	/** False: v6 never sends config and status. */
	readonly fullFirst?: boolean;
	/** Names of parameters whose expression gives no number. */
	readonly notANumber?: readonly string[];
	/** True time at which the device boots. Default: now. */
	readonly startAt?: number;
	/** What the network time servers say. Default: the simulated time. */
	readonly wallClock?: () => number;
	/** When after a boot the clock is set; until then it counts from 1970. Infinity: never. Default 6000. */
	readonly clockSetAfter?: number;
}
