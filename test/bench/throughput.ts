/** POSTs per second of servers beside each other. */
import type { LoadName } from './load-generator.js';
import type { Comparison, Plan } from './plan.js';
import { type Row, row, type Target } from './report.js';
import { medians, ratios, type Sample, type Samples, type Subject } from './rounds.js';
import { type Server, withServers } from './servers.js';

type Value = 'perSecond' | 'p99' | 'mainEach';
const WORDS: Record<Value, string> = { perSecond: 'POST/s', p99: 'p99', mainEach: 'main thread' };

/** A value of one server divided by the same of another. */
export type Ratio = readonly [of: string, to: string, value: Value, target?: Target];

/** One kind of load that every server gets. */
export interface Traffic {
	readonly name: string;
	readonly load: LoadName;
	readonly keepAlive: boolean;
	readonly posts: number;
	readonly warmUp: number;
	/** What is of interest. */
	readonly ratios: readonly Ratio[];
}

/**
 * Loads servers in turn.
 * @param starting the servers by name
 * @param introduce is done with each server before anything is measured
 */
export function compareServers(
	starting: Readonly<Record<string, () => Promise<Server>>>,
	traffic: readonly Traffic[],
	plan: Plan,
	introduce: (server: Server) => Promise<unknown> = async () => {},
): Promise<Comparison> {
	return withServers(Object.values(starting), async (servers) => {
		for (const server of servers) await introduce(server);
		const subjects: Subject[] = traffic.flatMap(({ name, ratios: _, ...load }) =>
			Object.keys(starting).flatMap((of, index) => {
				const server = servers[index];
				return server ? [{ ...load, name: `${of}, ${name}`, server }] : [];
			}),
		);
		const samples = await plan.generator.rounds(subjects, plan, plan.tell);
		return { rows: traffic.flatMap((kind) => rowsOf(samples, kind)), measured: medians(samples) };
	});
}

function rowsOf(samples: Samples, { name, ratios: wanted }: Traffic): Row[] {
	return wanted.map(([of, to, value, target]) => {
		const perRound = ratios(samples, `${of}, ${name}`, `${to}, ${name}`, (sample: Sample) => sample[value]);
		return row(`${name}: ${of} / ${to}, ${WORDS[value]}`, 'x', perRound, target);
	});
}
