/** What many devices of a family cost beside one: memory, and each POST. */
import type { LoadName } from './load-generator.js';
import type { Comparison, Plan } from './plan.js';
import { type Row, row, type Target } from './report.js';
import { medians, ratios } from './rounds.js';
import { type Server, startEmpty, withServers } from './servers.js';

const MEGABYTE = 1e6;

/** Devices of a family, in any number. */
export interface Fleet {
	called(count: number): string;
	start(count: number): Promise<Server>;
	/** How many at once, fewest first. */
	readonly counts: readonly number[];
	/** What they post first, once each. */
	readonly first: LoadName;
	/** What they post from then on. */
	readonly load: LoadName;
	/** In each round, and before the first one. */
	readonly posts: number;
	readonly warmUp: number;
	/** For the largest number. */
	readonly targets?: { readonly memory: Target; readonly timeEach: Target };
}

/** Every device posts for the first time. */
async function introduce(server: Server, { first, load }: Fleet, { generator }: Plan): Promise<void> {
	const posts = server.to.devices;
	for (const kind of new Set([first, load])) {
		await generator.load({ server, load: kind, keepAlive: true, posts });
	}
}

/** Node-REDs with devices that have all posted, beside an empty one. */
export async function compareMemory(fleet: Fleet, plan: Plan): Promise<Comparison> {
	const { counts, called, targets } = fleet;
	const grown: { rss: number; heap: number }[][] = counts.map(() => []);
	for (let round = 0; round < plan.rounds; round++) {
		const starting = [() => startEmpty(plan), ...counts.map((count) => () => fleet.start(count))];
		await withServers(starting, async ([empty, ...full]) => {
			if (!empty) return;
			for (const server of full) await introduce(server, fleet, plan);
			const before = await memoryOf(empty);
			for (const [index, server] of full.entries()) {
				const after = await memoryOf(server);
				grown[index]?.push({ rss: after.rss - before.rss, heap: heap(after) - heap(before) });
			}
		});
		plan.tell(`round ${round + 1} of ${plan.rounds}`);
	}
	const rows = counts.flatMap((count, index) => {
		const name = `memory with ${called(count)} above an empty Node-RED`;
		const megabytes = (kind: 'rss' | 'heap') => (grown[index] ?? []).map((bytes) => bytes[kind] / MEGABYTE);
		const target = index === counts.length - 1 ? targets?.memory : undefined;
		return [
			row(`${name}, RSS`, 'MB', megabytes('rss'), target),
			row(`${name}, heap and buffers`, 'MB', megabytes('heap'), target),
		];
	});
	return { rows, measured: [] };
}

function memoryOf({ child }: Server): Promise<NodeJS.MemoryUsage> {
	return child.call<NodeJS.MemoryUsage>('memory');
}

function heap({ heapUsed, external }: NodeJS.MemoryUsage): number {
	return heapUsed + external;
}

/** What a POST costs where many devices are set up and all post, beside one device. */
export function compareScale(fleet: Fleet, plan: Plan): Promise<Comparison> {
	const { counts, called, load, posts, warmUp, targets } = fleet;
	const [one = '', ...others] = counts.map(called);
	return withServers(
		counts.map((count) => () => fleet.start(count)),
		async (servers) => {
			for (const server of servers) await introduce(server, fleet, plan);
			const traffic = { load, keepAlive: true, posts, warmUp };
			const subjects = servers.map((server) => ({ ...traffic, name: called(server.to.devices), server }));
			const samples = await plan.generator.rounds(subjects, plan, plan.tell);
			const rows = others.flatMap((many): Row[] => {
				const time = ratios(samples, many, one, ({ perSecond }) => 1 / perSecond);
				const cpu = ratios(samples, many, one, ({ mainEach }) => mainEach);
				const target = many === others.at(-1) ? targets?.timeEach : undefined;
				return [
					row(`${many} / ${one}, time per POST`, 'x', time, target),
					row(`${many} / ${one}, main thread`, 'x', cpu),
				];
			});
			return { rows, measured: medians(samples) };
		},
	);
}
