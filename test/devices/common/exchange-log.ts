import { UsageError } from './usage-error.js';

/** Text for a simulator's `--help`. */
export const LOG_HELP =
	'  --log <mode>        all: a line per exchange; changes: a line when something is new (all)';

/** One line about an exchange, and what of it counts as something new. */
export interface LogLine {
	readonly text: string;
	/** The line is printed in the mode `changes` when this is another one than that of the exchange before. */
	readonly state: string;
	/** Something was done that must be seen although the state is the same. */
	readonly notable?: boolean;
}

/**
 * @param mode `all`, or `changes` for only those lines that differ from the one before
 * @returns a function that prints a line, or leaves it out where the mode says so
 * @throws UsageError for another mode
 */
export function exchangeLog(mode: string, print = console.log): (line: LogLine) => void {
	if (mode !== 'all' && mode !== 'changes') {
		throw new UsageError(`--log is all or changes, not "${mode}".`);
	}
	let before: string | undefined;
	return ({ text, state, notable = false }) => {
		if (mode === 'all' || notable || state !== before) print(text);
		before = state;
	};
}
