/** Results of a benchmark and how they are shown. */
import { median } from './statistics.js';

/** A goal for a value: at least, or at most. */
export interface Target {
	readonly bound: '>=' | '<=';
	readonly value: number;
}

export const atLeast = (value: number): Target => ({ bound: '>=', value });
export const atMost = (value: number): Target => ({ bound: '<=', value });

/** Two things compared in the same run. */
export interface Row {
	readonly name: string;
	/** `x`: a ratio. `MB`: a difference. `ms`: a difference, or a time. */
	readonly unit: 'x' | 'MB' | 'ms';
	/** The median over the rounds. */
	readonly value: number;
	readonly lowest: number;
	readonly highest: number;
	readonly rounds: number;
	readonly target?: Target;
	readonly reached?: boolean;
}

/** What one server did, medians over the rounds. */
export interface Measured {
	readonly name: string;
	readonly postsPerSecond: number;
	/** Milliseconds. */
	readonly p50: number;
	readonly p99: number;
	/** Processor time of the server per POST, microseconds: of all its threads, and of the one that runs JavaScript. */
	readonly cpuPerPost: number;
	readonly mainPerPost: number;
	/** How much of a processor the load needed; near 1 the load and not the server is what was measured. */
	readonly loadBusy: number;
}

/** Everything that a run found out. */
export interface Report {
	readonly machine: Readonly<Record<string, string | number>>;
	readonly measured: readonly Measured[];
	readonly rows: readonly Row[];
	/** The largest share of one processor that the load took. */
	readonly generatorBusy: number;
	/** Answers of which more than the status was checked. */
	readonly checked: number;
	/** What a reader must know to judge the rows. */
	readonly notes: readonly string[];
}

/** A row from one value per round. */
export function row(name: string, unit: Row['unit'], perRound: readonly number[], target?: Target): Row {
	const value = median(perRound);
	const reached = target && (target.bound === '>=' ? value >= target.value : value <= target.value);
	return {
		...{ name, unit, value, lowest: Math.min(...perRound), highest: Math.max(...perRound) },
		rounds: perRound.length,
		...(target && { target, reached: reached === true }),
	};
}

function shown(value: number, unit: Row['unit']): string {
	return unit === 'x' ? value.toFixed(2) : `${value.toFixed(unit === 'MB' ? 1 : 0)} ${unit}`;
}

/** Aligns columns: the first to the left, the others to the right. */
function table(lines: readonly (readonly string[])[]): string {
	const widths = (lines[0] ?? []).map((_, column) =>
		Math.max(...lines.map((line) => (line[column] ?? '').length)),
	);
	const cell = (text: string, column: number): string =>
		column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
	return lines.map((line) => line.map(cell).join('  ').trimEnd()).join('\n');
}

function measuredTable(measured: readonly Measured[]): string {
	const head = ['medians', 'POST/s', 'p50 ms', 'p99 ms', 'CPU us/POST', 'of its main thread', 'load CPU'];
	const lines = measured.map(({ name, postsPerSecond, p50, p99, cpuPerPost, mainPerPost, loadBusy }) => [
		...[name, postsPerSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1)],
		...[cpuPerPost.toFixed(0), mainPerPost.toFixed(0), `${(loadBusy * 100).toFixed(0)} %`],
	]);
	return table([head, ...lines]);
}

function rowTable(rows: readonly Row[]): string {
	const head = ['compared', 'median', 'lowest', 'highest', 'rounds', 'target', ''];
	const lines = rows.map(({ name, unit, value, lowest, highest, rounds, target, reached }) => [
		...[name, shown(value, unit), shown(lowest, unit), shown(highest, unit), String(rounds)],
		...(target
			? [`${target.bound} ${shown(target.value, unit)}`, reached ? 'reached' : 'NOT reached']
			: ['', '']),
	]);
	return table([head, ...lines]);
}

/** The report as text. */
export function format(report: Report): string {
	const { machine, measured, rows, generatorBusy, checked, notes } = report;
	return [
		Object.entries(machine)
			.map(([name, value]) => `${name} ${value}`)
			.join(', '),
		`status checked in all answers, everything else in ${checked}; the load took at most ${(generatorBusy * 100).toFixed(0)} % of a processor`,
		'',
		measuredTable(measured),
		'',
		rowTable(rows),
		...notes.flatMap((note) => ['', note]),
	].join('\n');
}
