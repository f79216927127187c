import type { Firmware } from './firmware.js';
import { type Json, type Member, Members, type Text } from './json.js';
import { inOrder, type Parameter } from './parameters.js';

/** The names of v6 have no hexadecimal prefix: `0C-EngineRPM` is `EngineRPM`. */
export function nameFor({ isV6 }: Pick<Firmware, 'isV6'>, { name, source }: Parameter): Text {
	return isV6 && source === 'standard' ? name.toString().replace(/^[0-9A-F]{2}-/, '') : name;
}

/** `{"<name>":{"class":…,"unit":…}}`; a parameter that is not read is here too. */
function classesAndUnits(parameters: readonly Parameter[]): Members {
	return new Members(
		inOrder(parameters).map(
			(one): Member => [one.name, Members.of({ class: one.class ?? 'none', unit: one.unit ?? 'none' })],
		),
	);
}

const TYPES = { custom: 'custom', standard: 'std', profile: 'specific', filter: 'custom' } as const;
const GROUPS = ['default', 'slow'];
const PERIOD = 1000;

function tableRow(parameter: Parameter): Members {
	return Members.of({
		name: nameFor({ isV6: true }, parameter),
		expression: parameter.source === 'standard' ? '' : '[B4:B5]/10',
		unit: parameter.unit ?? '',
		class: parameter.class ?? '',
		min: parameter.min ?? 0,
		max: parameter.max ?? 0,
		enabled: parameter.enabled ?? true,
		mux_expr: '',
		mux_val: 0,
	});
}

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');

function command(parameter: Parameter, n: number): string {
	const prefix = /^([0-9A-F]{2})-/.exec(parameter.name.toString())?.[1];
	return prefix === undefined ? `22${hex(0x0101 + n, 4)}` : `01${prefix}`;
}

/** One PID for up to eight parameters that come in one reply. */
function pidTable(parameters: readonly Parameter[]): Members[] {
	const groups = Object.values(
		Object.groupBy(parameters, (one, n) => {
			const source = one.source ?? 'custom';
			return source === 'standard' ? `standard ${n}` : `${source} ${Math.floor(n / 8)}`;
		}),
	).filter((group) => group !== undefined);
	return groups.flatMap((group, n) => {
		const [first] = group;
		return first === undefined
			? []
			: [
					Members.of({
						type: TYPES[first.source ?? 'custom'],
						cmd: command(first, n),
						init: first.source === 'standard' ? '' : 'ATSH7E4;ATFCSH7E4;',
						rxheader: first.source === 'standard' ? '' : '7EC',
						group: GROUPS[0] ?? '',
						period_ms: PERIOD,
						enabled: true,
						parameters: group.map(tableRow),
					}),
				];
	});
}

/** The tables of v6: groups, PIDs and filters, with classes and units deep inside. */
function tables(parameters: readonly Parameter[]): Members {
	const ordered = inOrder(parameters);
	const filters = ordered.filter(({ source }) => source === 'filter');
	const groups = GROUPS.map((name, n) => Members.of({ name, enabled: n === 0, period_ms: PERIOD * 10 ** n }));
	const filter = (one: Parameter, n: number): Json =>
		Members.of({
			frame_id: 0x2b0 + n,
			monitor_ms: 200,
			group: GROUPS[0] ?? '',
			parameters: [tableRow(one)],
		});
	return Members.of({
		groups,
		pids: pidTable(ordered.filter(({ source }) => source !== 'filter')),
		filters: filters.map(filter),
	});
}

/** The `config` of a body. */
export function makeConfig({ isV6 }: Firmware, parameters: readonly Parameter[]): Members {
	return isV6 ? tables(parameters) : classesAndUnits(parameters);
}
