/** What every scenario of faults has in common: what it is given, what it gives back, chance that can be repeated. */

/** What a run of a scenario is given. */
export interface Context {
	readonly seed: number;
	readonly rounds: number;
	/** The next number of this run, from 0 to below 1: the same for the same seed. */
	random(): number;
	/** Tells somebody who watches a long run how far it is. */
	log(line: string): void;
}

/** What came of a run. */
export interface Outcome {
	/** How often the fault happened. */
	readonly tried: number;
	/** A sentence each: what was lost or wrong, with what is needed to see it again. */
	readonly lost: readonly string[];
	/** What else was counted, by words that people read. */
	readonly details: Readonly<Record<string, number>>;
}

/** A kind of fault, tried again and again. */
export interface Scenario {
	/** As given to `--only`. */
	readonly name: string;
	/** What is tried, in one sentence. */
	readonly what: string;
	/** How many rounds a long run has. */
	readonly rounds: number;
	/** How many the tests have. */
	readonly short: number;
	run(context: Context): Promise<Outcome>;
}

/** A scenario and what came of it. */
export interface Result {
	readonly scenario: Scenario;
	readonly rounds: number;
	readonly outcome: Outcome;
	readonly seconds: number;
}

export interface RunOptions {
	readonly seed: number;
	readonly rounds: number;
	readonly log?: (line: string) => void;
}

/** Runs a scenario; one that breaks off has lost something, too. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Result> {
	const { seed, rounds, log = () => undefined } = options;
	const started = performance.now();
	const context: Context = { seed, rounds, random: chance(seed, scenario.name), log };
	const outcome = await scenario.run(context).catch((error: unknown): Outcome => {
		const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
		return { tried: 0, lost: [`with seed ${seed} it broke off: ${text}`], details: {} };
	});
	return { scenario, rounds, outcome, seconds: Math.round((performance.now() - started) / 1000) };
}

/** A generator of its own for each scenario, so that one alone has the same chances as among all (mulberry32). */
export function chance(seed: number, name: string): () => number {
	let state = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed);
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** One of several. */
export function oneOf<T>(random: () => number, choices: readonly [T, ...T[]]): T {
	return choices[Math.floor(random() * choices.length)] ?? choices[0];
}
