/** What every target of the fuzzing has in common: cases that are nearly valid, and what must hold for each. */
import fc from 'fast-check';

/** How a run is made. */
export interface RunOptions {
	readonly seed: number;
	readonly cases: number;
	/** Is told of each case that is over, with the milliseconds that it took. */
	readonly onCase?: (took: number) => void;
}

/** Something that reads what a stranger has written. */
export interface Target {
	/** As given to `--only`: the family first. */
	readonly name: string;
	/** What must hold, in one sentence. */
	readonly what: string;
	/** How many of all cases it gets, compared with the others. */
	readonly share: number;
	/** How many it gets at least: fewer would not be worth what it has to open. */
	readonly least: number;
	/** Runs so many cases; gives the smallest that failed, with its seed, or undefined. */
	run(options: RunOptions): Promise<string | undefined>;
}

interface Description<T> {
	readonly name: string;
	readonly what: string;
	/** Default 10. */
	readonly share?: number;
	/** Default 1. */
	readonly least?: number;
	readonly cases: fc.Arbitrary<T>;
	readonly check: (value: T) => void;
}

/** A target whose cases are decided at once. */
export function target<T>({ name, what, share = 10, least = 1, cases, check }: Description<T>): Target {
	return {
		...{ name, what, share, least },
		run: async ({ seed, cases: numRuns, onCase }) => {
			const property = fc.property(cases, (value) => {
				const started = performance.now();
				check(value);
				onCase?.(performance.now() - started);
			});
			return failureOf(await fc.check(property, { seed, numRuns }));
		},
	};
}

/** A target that needs to be waited for, and perhaps something that is opened for a whole run and closed after it. */
export function asyncTarget<T, World = undefined>(description: {
	readonly name: string;
	readonly what: string;
	readonly share?: number;
	/** Default 1. */
	readonly least?: number;
	readonly cases: fc.Arbitrary<T>;
	readonly open?: () => Promise<World>;
	readonly close?: (world: World) => Promise<void>;
	readonly check: (value: T, world: World) => Promise<void>;
}): Target {
	const { name, what, share = 10, least = 1, cases, open, close, check } = description;
	return {
		...{ name, what, share, least },
		run: async ({ seed, cases: numRuns, onCase }) => {
			const world = (await open?.()) as World;
			try {
				const property = fc.asyncProperty(cases, async (value) => {
					const started = performance.now();
					await check(value, world);
					onCase?.(performance.now() - started);
				});
				return failureOf(await fc.check(property, { seed, numRuns }));
			} finally {
				await close?.(world);
			}
		},
	};
}

function failureOf<T>(details: fc.RunDetails<T>): string | undefined {
	const report = fc.defaultReportMessage(details);
	const { errorInstance: error } = details;
	return report && `${report}\n${error instanceof Error ? error.stack : String(error)}`;
}
