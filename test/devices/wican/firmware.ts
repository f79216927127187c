/** What a WiCAN runs: a firmware of the PRO, its webhook to Home Assistant, or the device before the PRO. */
export type FirmwareName = '4.40' | '4.48' | '4.51' | '6' | 'ha4' | 'ha6' | 'classic';

/** Shapes of a body. */
export type Shape = 'v4' | 'v6' | 'ha4' | 'ha6' | 'classic';

/** After how many failures in a row a device waits longer, and how long then. Milliseconds. */
export interface Backoff {
	readonly after: number;
	/** `failures` in a row, counted from 1. */
	readonly wait: (failures: number, period: number, form: 'json' | 'abrp') => number;
}

/** What differs between firmwares and is seen from outside. Milliseconds and bytes. */
export interface Firmware {
	readonly shape: Shape;
	/** Tables for `config`, names without prefix, numbers as they are. */
	readonly isV6: boolean;
	/** Posts to Home Assistant. */
	readonly isWebhook: boolean;
	/** As in `status.fw_version`. */
	readonly version: string;
	/** Minor version of a v4, which decides about the keys of `status`. */
	readonly minor: number;
	readonly userAgent: string | undefined;
	readonly period: number;
	readonly timeout: number;
	/** What counts as an answer: one that is complete, one that has a head, or the first bytes of one. */
	readonly answer: 'complete' | 'head' | 'first-bytes';
	readonly redirects: number;
	/** One mark for all destinations says that config and status were taken, or one mark each. */
	readonly settingsOnce: 'per-device' | 'per-destination';
	/** `timestamp` among the values. */
	readonly stampsValues: boolean;
	/** What is not a number is sent as null, or left out. */
	readonly sendsNan: boolean;
	readonly backoff: Backoff;
	readonly limits: {
		readonly requestLine?: number;
		readonly headerLine?: number;
		readonly url?: number;
		readonly path?: number;
		readonly host?: number;
		readonly token?: number;
		readonly basic?: number;
	};
	readonly tls: boolean;
	/** Refusals with 403 after which a webhook is silent until it is registered anew. */
	readonly pausesAfter403?: number;
}

const SECOND = 1000;
const NEVER: Backoff = { after: Number.POSITIVE_INFINITY, wait: (_failures, period) => period };

const OLD_BACKOFF: Backoff = {
	after: 3,
	wait: (_failures, _period, form) => (form === 'abrp' ? 60 : 30) * SECOND,
};

const doubling = (first: number, times: number, longest: number) =>
	Math.min(first * 2 ** Math.min(times, 30), longest);

const PATIENT_BACKOFF: Backoff = {
	after: 15,
	wait: (failures, period) => doubling(10 * SECOND, failures - 15, Math.max(10 * SECOND, 2 * period)),
};

const V6_BACKOFF: Backoff = {
	after: 3,
	wait: (failures, period) => {
		const longest = Math.min(Math.max(8 * period, 60 * SECOND), 600 * SECOND);
		return doubling(Math.max(2 * period, 10 * SECOND), failures - 3, longest);
	},
};

const V4 = {
	shape: 'v4',
	isV6: false,
	isWebhook: false,
	userAgent: 'ESP32 WiCAN/1.0',
	period: 10 * SECOND,
	answer: 'complete',
	redirects: 10,
	limits: { requestLine: 511, headerLine: 510 },
	tls: true,
} as const;

const V440: Firmware = {
	...V4,
	version: '4.40',
	minor: 40,
	timeout: 2 * SECOND,
	settingsOnce: 'per-device',
	stampsValues: false,
	sendsNan: true,
	backoff: OLD_BACKOFF,
};

const V448: Firmware = {
	...V440,
	version: '4.48',
	minor: 48,
	timeout: 5 * SECOND,
	settingsOnce: 'per-destination',
	backoff: PATIENT_BACKOFF,
};

const V451: Firmware = { ...V448, version: '4.51', minor: 51, stampsValues: true, sendsNan: false };

const V6: Firmware = {
	shape: 'v6',
	isV6: true,
	isWebhook: false,
	version: '6.02',
	minor: 0,
	userAgent: 'WiCAN/6',
	period: 5 * SECOND,
	timeout: 6 * SECOND,
	answer: 'head',
	redirects: 0,
	settingsOnce: 'per-destination',
	stampsValues: true,
	sendsNan: true,
	backoff: V6_BACKOFF,
	limits: { url: 255, token: 255, basic: 127 },
	tls: true,
};

/** The firmwares by name. */
export const FIRMWARES: Readonly<Record<FirmwareName, Firmware>> = {
	'4.40': V440,
	'4.48': V448,
	'4.51': V451,
	'6': V6,
	ha4: { ...V451, shape: 'ha4', isWebhook: true, period: 60 * SECOND, stampsValues: false, backoff: NEVER },
	ha6: {
		...V6,
		shape: 'ha6',
		isWebhook: true,
		period: 60 * SECOND,
		stampsValues: false,
		backoff: NEVER,
		pausesAfter403: 3,
	},
	classic: {
		...V451,
		shape: 'classic',
		isWebhook: true,
		version: '4.21',
		userAgent: undefined,
		period: 60 * SECOND,
		answer: 'first-bytes',
		redirects: 0,
		stampsValues: false,
		backoff: NEVER,
		limits: { path: 191, host: 95 },
		tls: false,
	},
};

/** When after a boot the first POST is made: the task starts, then waits until Wi-Fi is connected. */
export const FIRST_POST_AFTER = 8 * SECOND;

/** Bytes of an answer's body that v6 reads. */
export const ANSWER_BYTES_READ = 4096;

/** Bytes of a name that v6 keeps among the values. */
export const NAME_BYTES = 31;
