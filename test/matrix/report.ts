/** What came of the cells, and how it is shown. */

/** What came of one cell. */
export interface Outcome {
	/** As they call themselves, e.g. `22.9.0` and `4.1.15`. */
	readonly node: string;
	readonly nodeRed: string;
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
	readonly seconds: number;
	/** Titles of the tests. */
	readonly failures: readonly string[];
	readonly skips: readonly string[];
	/** The file that holds all that the tests wrote. */
	readonly log: string;
}

export const isGood = ({ passed, failed }: Outcome): boolean => passed > 0 && failed === 0;

function time(seconds: number): string {
	return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

/** A table in Markdown. */
export function tableOf(outcomes: readonly Outcome[]): string {
	const lines = outcomes.map(({ node, nodeRed, passed, failed, skipped, seconds }) => [
		...[node, nodeRed, String(passed), String(failed), String(skipped), time(seconds)],
	]);
	const head = ['Node.js', 'Node-RED', 'passed', 'failed', 'skipped', 'min:s'];
	const rule = ['---', '---', '---:', '---:', '---:', '---:'];
	return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Titles under the cell that they belong to. */
function listOf(
	title: string,
	outcomes: readonly Outcome[],
	titles: (outcome: Outcome) => readonly string[],
) {
	return outcomes.flatMap((outcome) => {
		const list = titles(outcome);
		if (list.length === 0) return [];
		const { node, nodeRed, log } = outcome;
		return ['', `${title} on ${node} with Node-RED ${nodeRed} (${log}):`, ...list.map((one) => `  ${one}`)];
	});
}

/** The table, and below it which tests failed and which were skipped. */
export function format(outcomes: readonly Outcome[]): string {
	return [
		tableOf(outcomes),
		...listOf('Skipped', outcomes, ({ skips }) => skips),
		...listOf('Failed', outcomes, ({ failures }) => failures),
	].join('\n');
}
