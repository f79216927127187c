import { setTimeout as wait } from 'node:timers/promises';

/** A device in simulated time that posts when it is due; `nextPostAt` is Infinity while it is silent. */
export interface PostingDevice {
	readonly now: number;
	readonly nextPostAt: number;
	advance(ms: number): void;
}

export interface PaceOptions {
	/** Ends the run, also in the middle of a pause or an exchange. */
	readonly signal?: AbortSignal;
	/** Ends the run after so many POSTs. */
	readonly count?: number;
	/** Milliseconds of a clock that only goes forth. */
	readonly monotonic?: () => number;
	/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
	readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** What happens meanwhile (a reboot, mains back) may move the next POST, so time goes in steps of this length. */
const LONGEST_STEP = 1000;

async function nap(ms: number, signal?: AbortSignal): Promise<void> {
	await wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}

/**
 * Lets a device live at the real pace until the signal is aborted or enough POSTs are made.
 *
 * @param post makes the n-th POST, counted from 1; it calls `catchUp` when the exchange is over, so that the
 * device notices how long that took
 */
export async function liveInRealTime(
	device: PostingDevice,
	post: (n: number, catchUp: () => void) => Promise<void>,
	options: PaceOptions,
): Promise<void> {
	const { signal, monotonic = () => performance.now(), sleep = nap } = options;
	let last = monotonic();
	const catchUp = () => {
		const current = monotonic();
		device.advance(current - last);
		last = current;
	};
	for (let n = 1; n <= (options.count ?? Number.POSITIVE_INFINITY) && !signal?.aborted; ) {
		await sleep(Math.min(LONGEST_STEP, Math.max(0, device.nextPostAt - device.now)), signal);
		catchUp();
		if (device.now >= device.nextPostAt && !signal?.aborted) {
			await post(n, catchUp);
			n++;
		}
	}
}
