/** What is compared with what, and what is to be reached. */
import { type Row, row, type Target } from './report.js';
import { type Generator, medians, ratios, type Sample, type Samples, type Subject } from './rounds.js';
import {
	type Server,
	type ServerOptions,
	startCollection,
	startEmpty,
	startFloor,
	startPlain,
} from './servers.js';

/** How much is measured. */
export interface Plan extends ServerOptions {
	readonly rounds: number;
	/** UPSes of the throughput comparison. */
	readonly devices: number;
	/** POSTs of each server in each round. */
	readonly posts: number;
	/** POSTs of each server before the first round. */
	readonly warmUp: number;
	/** UPSes of the comparison of many with one. */
	readonly manyDevices: number;
	readonly generator: Generator;
	/** Shows that something goes on. */
	tell(text: string): void;
}

export interface Comparison {
	readonly rows: readonly Row[];
	readonly measured: ReturnType<typeof medians>;
}

const MEGABYTE = 1e6;

const atLeast = (value: number): Target => ({ bound: '>=', value });
const atMost = (value: number): Target => ({ bound: '<=', value });

const LOADS = [
	{ load: 'new connections', keepAlive: false },
	{ load: 'kept alive', keepAlive: true },
] as const;

type Value = 'perSecond' | 'p99' | 'mainPerPost';
const WORDS: Record<Value, string> = { perSecond: 'POST/s', p99: 'p99', mainPerPost: 'main thread' };

/** The ratios of interest, for each kind of load. */
const THROUGHPUT: readonly (readonly [of: string, to: string, value: Value, target?: Target])[] = [
	['own listener', 'floor', 'perSecond', atLeast(0.7)],
	['own listener', 'floor', 'mainPerPost'],
	['own listener', 'plain flow', 'perSecond', atLeast(2)],
	['own listener', 'plain flow', 'p99', atMost(1)],
	['own listener', 'plain flow', 'mainPerPost'],
	["Node-RED's server", 'plain flow', 'perSecond', atLeast(1.3)],
	["Node-RED's server", 'plain flow', 'p99', atMost(1)],
	["Node-RED's server", 'plain flow', 'mainPerPost'],
];

function rowsOf(samples: Samples, load: string): Row[] {
	return THROUGHPUT.map(([of, to, value, target]) => {
		const perRound = ratios(samples, `${of}, ${load}`, `${to}, ${load}`, (sample: Sample) => sample[value]);
		return row(`${load}: ${of} / ${to}, ${WORDS[value]}`, 'x', perRound, target);
	});
}

/** Runs something with servers, and stops them whatever happens. */
async function withServers<T>(
	starting: readonly (() => Promise<Server>)[],
	run: (servers: Server[]) => Promise<T>,
): Promise<T> {
	const servers: Server[] = [];
	try {
		for (const start of starting) servers.push(await start());
		return await run(servers);
	} finally {
		await Promise.all(servers.map((server) => server.stop()));
	}
}

/** The collection beside the floor and the plain flow. */
export function compareThroughput(plan: Plan): Promise<Comparison> {
	const { devices, posts, generator, tell } = plan;
	const starting = {
		floor: () => startFloor(devices, plan),
		'plain flow': () => startPlain(devices, plan),
		'own listener': () => startCollection('own', devices, plan),
		"Node-RED's server": () => startCollection('node-red', devices, plan),
	};
	return withServers(Object.values(starting), async (servers) => {
		const subjects: Subject[] = LOADS.flatMap(({ load, keepAlive }) =>
			Object.keys(starting).flatMap((name, index) => {
				const server = servers[index];
				return server ? [{ name: `${name}, ${load}`, server, keepAlive, posts }] : [];
			}),
		);
		const samples = await generator.rounds(subjects, plan, (text) => tell(`throughput: ${text}`));
		return { rows: LOADS.flatMap(({ load }) => rowsOf(samples, load)), measured: medians(samples) };
	});
}

/** A Node-RED with many UPSes that have all posted, beside an empty one: its memory, and what it adds to the start. */
export async function compareMemory(plan: Plan): Promise<Comparison> {
	const { manyDevices, generator, rounds, tell } = plan;
	const grown: { rss: number; heap: number }[] = [];
	for (let round = 0; round < rounds; round++) {
		const starting = [() => startEmpty(plan), () => startCollection('own', manyDevices, plan)];
		await withServers(starting, async ([empty, full]) => {
			if (!empty || !full) return;
			await generator.load({ server: full, keepAlive: true, posts: manyDevices });
			const [before, after] = [await memoryOf(empty), await memoryOf(full)];
			grown.push({ rss: after.rss - before.rss, heap: heap(after) - heap(before) });
		});
		tell(`memory: round ${round + 1} of ${rounds}`);
	}
	const name = `memory with ${manyDevices} UPSes above an empty Node-RED`;
	const megabytes = (kind: 'rss' | 'heap') => grown.map((bytes) => bytes[kind] / MEGABYTE);
	return {
		rows: [
			row(`${name}, RSS`, 'MB', megabytes('rss'), atMost(150)),
			row(`${name}, heap and buffers`, 'MB', megabytes('heap'), atMost(150)),
		],
		measured: [],
	};
}

function memoryOf({ child }: Server): Promise<NodeJS.MemoryUsage> {
	return child.call<NodeJS.MemoryUsage>('memory');
}

function heap({ heapUsed, external }: NodeJS.MemoryUsage): number {
	return heapUsed + external;
}

/** What a POST costs where many UPSes are configured and all post, beside one UPS. */
export function compareScale(plan: Plan): Promise<Comparison> {
	const { manyDevices, generator, tell } = plan;
	const counts = [1, manyDevices];
	return withServers(
		counts.map((devices) => () => startCollection('own', devices, plan)),
		async ([one, many]) => {
			if (!one || !many) return { rows: [], measured: [] };
			const names = ['one UPS', `${manyDevices} UPSes`] as const;
			const subjects = [
				{ name: names[0], server: one, keepAlive: true, posts: manyDevices },
				{ name: names[1], server: many, keepAlive: true, posts: manyDevices },
			];
			const samples = await generator.rounds(subjects, plan, (text) => tell(`scale: ${text}`));
			const compared = `${names[1]} / ${names[0]}`;
			const time = ratios(samples, names[1], names[0], ({ perSecond }) => 1 / perSecond);
			const cpu = ratios(samples, names[1], names[0], ({ mainPerPost }) => mainPerPost);
			return {
				rows: [
					row(`${compared}, time per POST`, 'x', time, atMost(1.2)),
					row(`${compared}, main thread`, 'x', cpu),
				],
				measured: medians(samples),
			};
		},
	);
}

/** What the collection with one UPS adds to the start of Node-RED. */
export async function compareStart(plan: Plan): Promise<Comparison> {
	const { rounds, tell } = plan;
	const added: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const empty = await startTime(() => startEmpty(plan));
		const ours = await startTime(() => startCollection('node-red', 1, plan));
		added.push(ours - empty);
		tell(`start: round ${round + 1} of ${rounds}`);
	}
	return { rows: [row('time added to the start of Node-RED, one UPS', 'ms', added)], measured: [] };
}

function startTime(start: () => Promise<Server>): Promise<number> {
	return withServers([start], async ([server]) => server?.startedAfter ?? Number.NaN);
}
