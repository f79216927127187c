import type { Result } from './scenario.js';

/** What was counted, in one line. */
export function detailsOf({ outcome }: Result): string {
	return Object.entries(outcome.details)
		.map(([name, count]) => `${name}: ${count}`)
		.join(', ');
}

/** What came of one scenario, for people who watch. */
export function summary(result: Result): string {
	const { scenario, outcome, seconds } = result;
	const lines = [
		`${scenario.name}: ${scenario.what}`,
		`  tried ${outcome.tried} times in ${seconds} s; ${detailsOf(result)}`,
		`  lost: ${outcome.lost.length === 0 ? 'nothing' : outcome.lost.length}`,
	];
	return [...lines, ...outcome.lost.map((what) => `  - ${what}`)].join('\n');
}

/** All results as a Markdown table. */
export function table(results: readonly Result[]): string {
	const rows = results.map((result) => {
		const { scenario, outcome } = result;
		const lost = outcome.lost.length === 0 ? 'nothing' : String(outcome.lost.length);
		return [scenario.name, scenario.what, String(outcome.tried), lost, detailsOf(result)];
	});
	const head = ['scenario', 'what is tried', 'times', 'lost', 'seen on the way'];
	const line = (cells: readonly string[]): string =>
		`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
	return [line(head), '|---|---|---:|---:|---|', ...rows.map(line)].join('\n');
}
