/** One target in a thread of its own, which tells how far it is, so that somebody can see when it gets stuck. */
import { parentPort, workerData } from 'node:worker_threads';
import { type KeptCase, kept } from './kept.js';
import { TARGETS } from './targets.js';

export interface Job {
	readonly name: string;
	readonly seed: number;
	readonly cases: number;
}

export interface Progress {
	readonly cases: number;
	/** Milliseconds of the slowest case so far. */
	readonly slowest: number;
	readonly failure?: string;
	/** The case that failed, where it can be kept. */
	readonly found?: KeptCase;
}

/** How often progress is told, in milliseconds. */
const INTERVAL = 1000;

async function work({ name, seed, cases }: Job): Promise<void> {
	const target = TARGETS.find((one) => one.name === name);
	if (target === undefined) throw new Error(`There is no target ${name}`);
	let [done, slowest, toldAt] = [0, 0, performance.now()];
	const onCase = (took: number): void => {
		done++;
		slowest = Math.max(slowest, took);
		if (performance.now() - toldAt < INTERVAL) return;
		toldAt = performance.now();
		parentPort?.postMessage({ cases: done, slowest } satisfies Progress);
	};
	const failure = await target.run({ seed, cases, onCase });
	const told: Progress = { cases: done, slowest };
	if (failure === undefined) return parentPort?.postMessage(told);
	const found = kept(name, target.what, failure.input);
	parentPort?.postMessage({ ...told, failure: failure.report, found } satisfies Progress);
}

work(workerData as Job).catch((error: unknown) => {
	setImmediate(() => {
		throw error;
	});
});
