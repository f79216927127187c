/** What a comparison is given and gives. */
import type { Row } from './report.js';
import type { Generator, medians } from './rounds.js';
import type { ServerOptions } from './servers.js';

/** How much is measured. */
export interface Plan extends ServerOptions {
	readonly rounds: number;
	/** UPSes of the throughput comparison. */
	readonly devices: number;
	/** POSTs of each server in each round. */
	readonly posts: number;
	/** POSTs of each server before the first round. */
	readonly warmUp: number;
	/** The same where each POST has a very large body. */
	readonly largePosts: number;
	readonly largeWarmUp: number;
	/** How many devices are compared with each other, fewest first. */
	readonly fleets: { readonly ups: readonly number[]; readonly wican: readonly number[] };
	/** POSTs of each fleet of UPSes in each round: many, so that each device of a large one posts. */
	readonly fleetPosts: number;
	/** Reads of each way in each turn; turns in each round, and before the first round. */
	readonly reads: number;
	readonly readTurns: number;
	/** How often an answer is decoded in each round, and before the first round. */
	readonly answers: number;
	/** Commands in each round, and before the first round. */
	readonly commands: number;
	/** Reports in each round whose bytes to the disk are counted. */
	readonly diskReports: number;
	/** How long a slow flow takes, in milliseconds. */
	readonly slowFlow: number;
	readonly generator: Generator;
	/** Shows that something goes on. */
	tell(text: string): void;
}

export interface Comparison {
	readonly rows: readonly Row[];
	readonly measured: ReturnType<typeof medians>;
	/** Answers whose content was checked, but for those that the load generator checked. */
	readonly checked?: number;
	/** What a reader must know to judge the rows. */
	readonly notes?: readonly string[];
}
