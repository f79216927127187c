import { liveInRealTime, type PaceOptions } from '../common/real-time.js';
import type { DevicePost, WicanDevice } from './device.js';
import { type ExchangeOptions, exchange, type Outcome } from './exchange.js';
import type { PostResult } from './schedule.js';
import type { PostOverrides } from './wire.js';

/** One POST with everything that came of it. */
export interface Posted {
	readonly post: DevicePost;
	readonly outcome: Outcome;
	readonly result: PostResult;
	/** Status of the answer, as far as there was one. */
	readonly status: number | undefined;
}

export interface PostOnceOptions extends ExchangeOptions {
	readonly overrides?: PostOverrides;
}

function settle(device: WicanDevice, post: DevicePost, outcome: Outcome): Posted {
	return { post, outcome, result: device.takeAnswer(post, outcome), status: outcome.answer?.status };
}

/**
 * Lets simulated time pass until the next POST is due and makes it over a real connection.
 *
 * @param url the whole URL, with the path and the query, as typed into the device
 * @throws Error when the device is silent
 */
export async function postOnce(
	device: WicanDevice,
	url: string,
	options: PostOnceOptions = {},
): Promise<Posted> {
	device.advanceToPost();
	const post = device.buildPost(url, options.overrides);
	return settle(device, post, await exchange(post, options));
}

export interface RealTimeOptions extends PaceOptions {
	/** What is special about the n-th exchange, counted from 1. */
	readonly exchange?: (n: number) => ExchangeOptions;
	readonly onPost?: (posted: Posted, n: number) => void;
}

/** Runs the device at its real pace against a URL until the signal is aborted or enough POSTs are made. */
export function runInRealTime(
	device: WicanDevice,
	url: string,
	options: RealTimeOptions = {},
): Promise<void> {
	const { signal } = options;
	return liveInRealTime(
		device,
		async (n, catchUp) => {
			const post = device.buildPost(url);
			const outcome = await exchange(post, { ...options.exchange?.(n), ...(signal ? { signal } : {}) });
			catchUp();
			options.onPost?.(settle(device, post, outcome), n);
		},
		options,
	);
}
