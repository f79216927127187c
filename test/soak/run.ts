/**
 * The soak: a hundred times the usual load for a long time, and how much memory is left of it.
 *
 *   node dist/test/soak/run.js [--minutes n] [--rate n] [--json file]
 *
 * Usual is a UPS that posts every 30 seconds, a car that posts every 5, a PDU that is asked every 10, a command every five
 * minutes; `--rate 1` is a hundred times that. Every ten seconds garbage is collected in Node-RED and what is left is
 * noted. Ends with exit code 1 when that grows by more than a request may leave behind, or when a device got no 200.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Site } from './site.js';
import { slope, type Usage, usageOf } from './usage.js';

const { values: options } = parseArgs({
	options: {
		minutes: { type: 'string', default: '60' },
		rate: { type: 'string', default: '1' },
		json: { type: 'string' },
	},
});

const SECOND = 1000;
const SAMPLE = 10 * SECOND;
/** What is remembered for a while (nonces, senders that were refused) is all there after this, at the earliest. */
const WARM_UP = 150 * SECOND;
/** For so much of a run the process still learns: code is compiled again and again, and deploys fill caches. */
const LEARNING = 1 / 3;
/** Bytes of heap that a request may leave behind on average: less than the shortest nonce would take. */
const BOUND = 16;

/** How often each thing happens in a second. */
const STREAMS = {
	ups: 100 / 30,
	car: 100 / 5,
	ask: 100 / 10,
	command: 100 / 300,
	stranger: 2,
	redeploy: 1 / 60,
} as const;

type Stream = keyof typeof STREAMS;

interface Sample {
	readonly seconds: number;
	readonly requests: number;
	readonly usage: Usage;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

function positive(name: string, text: string): number {
	const number = Number(text);
	if (number > 0) return number;
	throw new Error(`--${name} is a number above 0, not "${text}"`);
}

/** Lets something happen again and again; a turn that would begin before the one before is over waits for it. */
async function keepOn(site: Site, stream: Stream, perSecond: number, end: number): Promise<void> {
	const period = SECOND / perSecond;
	for (let next = performance.now() + period; next < end; next += period) {
		const wait = next - performance.now();
		if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
		await site[stream]();
	}
}

async function sample(site: Site, end: number): Promise<Sample[]> {
	const started = performance.now();
	const samples: Sample[] = [];
	while (performance.now() < end) {
		const usage = await usageOf(site.nr);
		const seconds = (performance.now() - started) / SECOND;
		samples.push({ seconds, requests: site.requests, usage });
		print(`${seconds.toFixed(0)} s, ${site.requests} requests: ${megabytes(usage.heap)} of heap`);
		await new Promise((resolve) => setTimeout(resolve, SAMPLE));
	}
	return samples;
}

function table(
	samples: readonly Sample[],
	site: Site,
	rate: number,
): { text: string; leftPerRequest: number } {
	const last = samples.at(-1);
	const end = last?.seconds ?? 0;
	const since = (from: number) => samples.filter(({ seconds }) => seconds >= from);
	const warm = since(Math.max(WARM_UP / SECOND, end * LEARNING));
	const first = warm[0] ?? samples[0];
	const left = (some: readonly Sample[]) => slope(some.map(({ requests, usage }) => [requests, usage.heap]));
	const leftPerRequest = left(warm);
	const lastThird = left(since((end * 2) / 3));
	const perMinute = slope(warm.map(({ seconds, usage }) => [seconds / 60, usage.heap]));
	const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
	const both = (of: (usage: Usage) => unknown): string =>
		[first, last].map((sample) => (sample ? shown(of(sample.usage)) : 'unknown')).join(' and ');
	const counts = Object.entries(site.counts).map(([what, count]) => `${what}: ${count}`);
	const rows = [
		['load', `${rate * 100} times the usual, ${((last?.seconds ?? 0) / 60).toFixed(0)} minutes`],
		['what happened', counts.join(', ')],
		['POSTs of devices without a 200', String(site.unserved)],
		['heap after the warm-up and at the end', both(({ heap }) => megabytes(heap))],
		['heap, slope by least squares', `${perMinute.toFixed(0)} bytes per minute`],
		['heap per 1000 requests', `${(leftPerRequest * 1000).toFixed(0)} bytes (at most ${BOUND * 1000})`],
		['the same in the last third', `${(lastThird * 1000).toFixed(0)} bytes`],
		['resident', both(({ resident }) => megabytes(resident))],
		['outside of the heap', both(({ external }) => megabytes(external))],
		['handles', both(({ handles }) => handles)],
		['listeners', both(({ listeners }) => listeners)],
		['routes', both(({ routes }) => routes)],
	];
	const lines = rows.map(([what, is]) => `| ${what} | ${is} |`);
	return { text: ['| what | |', '|---|---|', ...lines].join('\n'), leftPerRequest };
}

async function main(): Promise<void> {
	const rate = positive('rate', options.rate);
	const length = positive('minutes', options.minutes) * 60 * SECOND;
	const site = await Site.start({ upses: 100, cars: 20, addresses: 2 ** 24 });
	try {
		const end = performance.now() + length;
		const streams = Object.entries(STREAMS) as [Stream, number][];
		const load = streams.map(([stream, perSecond]) => keepOn(site, stream, perSecond * rate, end));
		const [samples] = await Promise.all([sample(site, end), ...load]);
		const { text, leftPerRequest } = table(samples, site, rate);
		print(`\n${text}`);
		if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(samples, null, '\t'));
		process.exitCode = leftPerRequest > BOUND || site.unserved > 0 ? 1 : 0;
	} finally {
		await site.stop();
	}
}

main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
	process.exitCode = 1;
});
