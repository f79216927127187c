/** What a UPS's POSTs are compared with, and what is to be reached. */

import type { Comparison, Plan } from '../plan.js';
import { atLeast, atMost, row } from '../report.js';
import { medians, ratios } from '../rounds.js';
import { type Server, startEmpty, withServers } from '../servers.js';
import { compareServers, type Ratio } from '../throughput.js';
import { startFloor, startPlain, startUpses } from './servers.js';

const MEGABYTE = 1e6;

const LOADS = [
	{ name: 'new connections', keepAlive: false },
	{ name: 'kept alive', keepAlive: true },
] as const;

/** The ratios of interest, for each kind of load. */
const THROUGHPUT: readonly Ratio[] = [
	['own listener', 'floor', 'perSecond', atLeast(0.7)],
	['own listener', 'floor', 'mainEach'],
	['own listener', 'plain flow', 'perSecond', atLeast(2)],
	['own listener', 'plain flow', 'p99', atMost(1)],
	['own listener', 'plain flow', 'mainEach'],
	["Node-RED's server", 'plain flow', 'perSecond', atLeast(1.3)],
	["Node-RED's server", 'plain flow', 'p99', atMost(1)],
	["Node-RED's server", 'plain flow', 'mainEach'],
];

/** The collection beside the floor and the plain flow. */
function compareThroughput(plan: Plan): Promise<Comparison> {
	const { devices, posts, warmUp } = plan;
	return compareServers(
		{
			floor: () => startFloor(devices, plan),
			'plain flow': () => startPlain(devices, plan),
			'own listener': () => startUpses('own', devices, plan),
			"Node-RED's server": () => startUpses('node-red', devices, plan),
		},
		LOADS.map((kind) => ({ ...kind, load: 'ups-telemetry', posts, warmUp, ratios: THROUGHPUT })),
		plan,
	);
}

/** A Node-RED with many UPSes that have all posted, beside an empty one: its memory, and what it adds to the start. */
async function compareMemory(plan: Plan): Promise<Comparison> {
	const { manyDevices, generator, rounds, tell } = plan;
	const grown: { rss: number; heap: number }[] = [];
	for (let round = 0; round < rounds; round++) {
		const starting = [() => startEmpty(plan), () => startUpses('own', manyDevices, plan)];
		await withServers(starting, async ([empty, full]) => {
			if (!empty || !full) return;
			await generator.load({ server: full, load: 'ups-telemetry', keepAlive: true, posts: manyDevices });
			const [before, after] = [await memoryOf(empty), await memoryOf(full)];
			grown.push({ rss: after.rss - before.rss, heap: heap(after) - heap(before) });
		});
		tell(`round ${round + 1} of ${rounds}`);
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
function compareScale(plan: Plan): Promise<Comparison> {
	const { manyDevices, warmUp, generator, tell } = plan;
	const counts = [1, manyDevices];
	return withServers(
		counts.map((devices) => () => startUpses('own', devices, plan)),
		async ([one, many]) => {
			if (!one || !many) return { rows: [], measured: [] };
			const names = ['one UPS', `${manyDevices} UPSes`] as const;
			const traffic = { load: 'ups-telemetry', keepAlive: true, posts: manyDevices, warmUp } as const;
			const subjects = [
				{ ...traffic, name: names[0], server: one },
				{ ...traffic, name: names[1], server: many },
			];
			const samples = await generator.rounds(subjects, plan, tell);
			const compared = `${names[1]} / ${names[0]}`;
			const time = ratios(samples, names[1], names[0], ({ perSecond }) => 1 / perSecond);
			const cpu = ratios(samples, names[1], names[0], ({ mainEach }) => mainEach);
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
async function compareStart(plan: Plan): Promise<Comparison> {
	const { rounds, tell } = plan;
	const added: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const empty = await startTime(() => startEmpty(plan));
		const ours = await startTime(() => startUpses('node-red', 1, plan));
		added.push(ours - empty);
		tell(`round ${round + 1} of ${rounds}`);
	}
	return { rows: [row('time added to the start of Node-RED, one UPS', 'ms', added)], measured: [] };
}

function startTime(start: () => Promise<Server>): Promise<number> {
	return withServers([start], async ([server]) => server?.startedAfter ?? Number.NaN);
}

export const UPS_COMPARISONS = {
	throughput: compareThroughput,
	memory: compareMemory,
	scale: compareScale,
	start: compareStart,
} as const;
