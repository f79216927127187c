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
	/** `x`: a ratio. `MB`: a difference. `kB`: a size. `ms`: a difference, or a time. */
	readonly unit: 'x' | 'MB' | 'kB' | 'ms';
	/** The median over the rounds. */
	readonly value: number;
	readonly lowest: number;
	readonly highest: number;
	readonly rounds: number;
	readonly target?: Target;
	readonly reached?: boolean;
}

/** What one server did with POSTs, or one way to read a register; medians over the rounds. */
export interface Measured {
	readonly name: string;
	readonly perSecond: number;
	/** Milliseconds. */
	readonly p50: number;
	readonly p99: number;
	/** Processor time for each, microseconds: of all threads of the process, and of the one that runs JavaScript. */
	readonly cpuEach: number;
	readonly mainEach: number;
	/** How much of a processor the other side needed, the load or the PDU; near 1 it is what was measured. */
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
	const digits = { x: 2, MB: 1, kB: Math.abs(value) < 10 ? 1 : 0, ms: Math.abs(value) < 10 ? 2 : 0 }[unit];
	return unit === 'x' ? value.toFixed(digits) : `${value.toFixed(digits)} ${unit}`;
}

/** A Markdown table that can be read as it is: the first column to the left, the others to the right. */
function table([head = [], ...lines]: readonly (readonly string[])[]): string {
	const widths = head.map((title, column) =>
		Math.max(title.length, 3, ...lines.map((line) => (line[column] ?? '').length)),
	);
	const cell = (text: string, column: number): string =>
		column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
	const rule = widths.map((width, column) =>
		column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
	);
	return [head.map(cell), rule, ...lines.map((line) => line.map(cell))]
		.map((cells) => `| ${cells.join(' | ')} |`)
		.join('\n');
}

function measuredTable(measured: readonly Measured[]): string {
	const head = [
		'medians',
		'per second',
		'p50 ms',
		'p99 ms',
		'CPU us each',
		'of its main thread',
		'other side CPU',
	];
	const lines = measured.map(({ name, perSecond, p50, p99, cpuEach, mainEach, loadBusy }) => [
		...[name, perSecond.toFixed(0), p50.toFixed(2), p99.toFixed(2)],
		...[cpuEach.toFixed(0), mainEach.toFixed(0), `${(loadBusy * 100).toFixed(0)} %`],
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
