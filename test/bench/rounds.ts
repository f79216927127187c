/** Rounds of load on several servers, one after the other in every round, so that all meet the same conditions. */
import { Child, type Usage } from './calls.js';
import type { LoadName, LoadResult, Order } from './load-generator.js';
import type { Measured } from './report.js';
import type { Server } from './servers.js';
import { median } from './statistics.js';

/** One server under one kind of load. */
export interface Subject {
	readonly name: string;
	readonly server: Server;
	readonly load: LoadName;
	readonly keepAlive: boolean;
	/** In each round. */
	readonly posts: number;
	/** Before the first round: a server that runs for days has compiled its code. */
	readonly warmUp: number;
}

export interface Sample extends LoadResult {
	/** Processor time for each, microseconds: of all threads of the server, and of the one that runs JavaScript. */
	readonly cpuEach: number;
	readonly mainEach: number;
}

/** What was measured, by the subject's name, in the order of the rounds. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/** A load generator in a process of its own. */
export class Generator {
	/** The largest share of a processor that it needed. */
	busy = 0;
	/** Answers of which it has checked more than the status. */
	checked = 0;

	private constructor(
		private readonly child: Child,
		private readonly connections: number,
	) {}

	static async start(connections: number): Promise<Generator> {
		const { child } = await Child.start('load-generator');
		return new Generator(child, connections);
	}

	stop(): Promise<void> {
		return this.child.stop();
	}

	/**
	 * Posts and measures.
	 * @param connections POSTs under way at once
	 */
	async load(
		{ server, load, keepAlive, posts }: Omit<Subject, 'name' | 'warmUp'>,
		connections = this.connections,
	): Promise<Sample> {
		const { to, child } = server;
		const order: Order = { load, to, posts, connections, keepAlive };
		await this.child.call('prepare', order);
		const before = await child.call<Usage>('usage');
		const result = await this.child.call<LoadResult>('post');
		const after = await child.call<Usage>('usage');
		this.busy = Math.max(this.busy, result.busy);
		this.checked += result.checked;
		return {
			...result,
			cpuEach: (after.all - before.all) / posts,
			mainEach: (after.main - before.main) / posts,
		};
	}

	/** Loads the subjects in turn; each round begins with another one. */
	async rounds(
		subjects: readonly Subject[],
		{ rounds }: { readonly rounds: number },
		tell: (text: string) => void,
	): Promise<Samples> {
		const samples = new Map<string, Sample[]>(subjects.map(({ name }) => [name, []]));
		for (const subject of subjects) await this.load({ ...subject, posts: subject.warmUp });
		for (let round = 0; round < rounds; round++) {
			const first = round % subjects.length;
			for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
				samples.get(subject.name)?.push(await this.load(subject));
			}
			tell(`round ${round + 1} of ${rounds}`);
		}
		return samples;
	}
}

/** One subject's value divided by another's, for each round. */
export function ratios(
	samples: Samples,
	of: string,
	to: string,
	value: (sample: Sample) => number,
): number[] {
	const others = samples.get(to) ?? [];
	return (samples.get(of) ?? []).map((sample, round) => {
		const other = others[round];
		return other === undefined ? Number.NaN : value(sample) / value(other);
	});
}

/** Medians of what each subject did. */
export function medians(samples: Samples): Measured[] {
	return [...samples].map(([name, list]) => ({
		name,
		perSecond: median(list.map(({ perSecond }) => perSecond)),
		p50: median(list.map(({ p50 }) => p50)),
		p99: median(list.map(({ p99 }) => p99)),
		cpuEach: median(list.map(({ cpuEach }) => cpuEach)),
		mainEach: median(list.map(({ mainEach }) => mainEach)),
		loadBusy: median(list.map(({ busy }) => busy)),
	}));
}
