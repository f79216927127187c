import { liveInRealTime, type PaceOptions } from '../common/real-time.js';
import type { DevicePost, PostResult, UpsDevice } from './device.js';
import { type ExchangeOptions, exchange, type Outcome } from './exchange.js';
import type { PostOverrides } from './wire.js';

/** One POST with everything that came of it. */
export interface Posted {
	readonly post: DevicePost;
	readonly outcome: Outcome;
	readonly result: PostResult;
}

/** What happens meanwhile (a reboot, mains back) may move the next POST, so time goes in steps of this length. */
const LONGEST_STEP = 1000;

export interface PostOnceOptions extends ExchangeOptions {
	readonly overrides?: PostOverrides;
}

/**
 * Lets simulated time pass until the next POST is due and makes it over a real connection. Give the device a
 * `wallClock` where the server goes by the real time, since many calls in a row run ahead of it.
 */
export async function postOnce(
	device: UpsDevice,
	url: string,
	options: PostOnceOptions = {},
): Promise<Posted> {
	device.advanceToPost();
	const post = device.buildPost(url, options.overrides);
	const outcome = await exchange(post, options);
	return { post, outcome, result: device.takeAnswer(post, outcome) };
}

/** Options for every n-th exchange (counted from 1), and none for the others. */
export function everyNth(n: number, options: ExchangeOptions): (count: number) => ExchangeOptions {
	return (count) => (count % n === 0 ? options : {});
}

export interface SimulateOptions {
	readonly url?: string;
	/** Simulated milliseconds that an exchange takes. */
	readonly latency?: number;
}

/**
 * Lets `ms` simulated milliseconds pass without a network: each POST that falls due is given to `answer`, and
 * what that returns to the device. A day takes a fraction of a second.
 */
export async function simulate(
	device: UpsDevice,
	ms: number,
	answer: (post: DevicePost) => Outcome | Promise<Outcome>,
	options: SimulateOptions = {},
): Promise<Posted[]> {
	const { url = 'http://ups.example', latency = 900 } = options;
	const end = device.now + ms;
	const posted: Posted[] = [];
	while (device.now < end) {
		device.advance(Math.min(device.nextPostAt, end, device.now + LONGEST_STEP) - device.now);
		if (device.now >= device.nextPostAt) {
			const post = device.buildPost(url);
			const outcome = await answer(post);
			device.advance(latency);
			posted.push({ post, outcome, result: device.takeAnswer(post, outcome) });
		}
	}
	return posted;
}

export interface RealTimeOptions extends PaceOptions {
	/** What is special about the n-th exchange, counted from 1. */
	readonly exchange?: (n: number) => ExchangeOptions;
	readonly onPost?: (posted: Posted, n: number) => void;
}

/** Runs the device at its real pace against a URL until the signal is aborted or enough POSTs are made. */
export function runInRealTime(device: UpsDevice, url: string, options: RealTimeOptions = {}): Promise<void> {
	const { signal } = options;
	return liveInRealTime(
		device,
		async (n, catchUp) => {
			const post = device.buildPost(url);
			const outcome = await exchange(post, { ...options.exchange?.(n), ...(signal ? { signal } : {}) });
			catchUp();
			options.onPost?.({ post, outcome, result: device.takeAnswer(post, outcome) }, n);
		},
		options,
	);
}
