/** What every target of the fuzzing has in common: cases that are nearly valid, and what must hold for each. */
import fc from 'fast-check';

/** How a run is made. */
export interface RunOptions {
	readonly seed: number;
	readonly cases: number;
	/** Is told of each case that is over, with the milliseconds that it took. */
	readonly onCase?: (took: number) => void;
}

/** A case for which something does not hold, in its smallest form. */
export interface Failure {
	/** What happened, with the seed. */
	readonly report: string;
	/** The literal input, undefined where it is not known. */
	readonly input: unknown;
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
	/** Runs so many cases; gives one for which something does not hold. */
	run(options: RunOptions): Promise<Failure | undefined>;
	/** Tries one literal input. */
	replay(input: unknown): Promise<Failure | undefined>;
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

type Property<T> = fc.IPropertyWithHooks<[T]> | fc.IAsyncPropertyWithHooks<[T]>;

/** A target whose cases are decided at once. */
export function target<T>({ name, what, share = 10, least = 1, cases, check }: Description<T>): Target {
	const property = (onCase?: RunOptions['onCase']) =>
		fc.property(cases, (value) => {
			const started = performance.now();
			check(value);
			onCase?.(performance.now() - started);
		});
	return {
		...{ name, what, share, least },
		run: ({ seed, cases: numRuns, onCase }) => tried(property(onCase), { seed, numRuns }),
		replay: (input) => tried(property(), once(input as T)),
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
	/** What was really read in a case that only says how it is made. */
	readonly literal?: (value: T) => Promise<T>;
	readonly check: (value: T, world: World) => Promise<void>;
}): Target {
	const { name, what, share = 10, least = 1, cases, open, close, check, literal } = description;
	const inWorld = async (parameters: fc.Parameters<[T]>, onCase?: RunOptions['onCase']) => {
		const world = (await open?.()) as World;
		try {
			const property = fc.asyncProperty(cases, async (value) => {
				const started = performance.now();
				await check(value, world);
				onCase?.(performance.now() - started);
			});
			return await tried(property, parameters, literal);
		} finally {
			await close?.(world);
		}
	};
	return {
		...{ name, what, share, least },
		run: ({ seed, cases: numRuns, onCase }) => inWorld({ seed, numRuns }, onCase),
		replay: (input) => inWorld(once(input as T)),
	};
}

/** One input as it is, not made smaller. */
const once = <T>(input: T): fc.Parameters<[T]> => ({ numRuns: 1, examples: [[input]], endOnFailure: true });

async function tried<T>(
	property: Property<T>,
	parameters: fc.Parameters<[T]>,
	literal = async (value: T): Promise<T> => value,
): Promise<Failure | undefined> {
	const details = await fc.check(property, parameters);
	const report = fc.defaultReportMessage(details);
	if (report === undefined) return undefined;
	const { errorInstance: error, counterexample } = details;
	const stack = error instanceof Error ? error.stack : String(error);
	return { report: `${report}\n${stack}`, input: counterexample && (await literal(counterexample[0])) };
}
