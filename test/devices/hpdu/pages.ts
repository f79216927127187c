import { watts } from './meter.js';
import type { Unit } from './unit.js';

/** What stands on a page of the display. */
export interface Page {
	readonly title: string;
	readonly lines: readonly string[];
}

/** Lines that fit under a title. */
const LINES = 6;

const amps = (value: number | undefined) => `${(value ?? 0).toFixed(1)}A`;

function loadPage(unit: Unit): Page {
	const { inputs } = unit.meter;
	const kilowatts = inputs.reduce((sum, input) => sum + watts(input), 0) / 1000;
	const total = inputs.reduce((sum, input) => sum + input.amps, 0);
	return { title: unit.text('stdvnm'), lines: [`${kilowatts.toFixed(2)}kW`, amps(total)] };
}

function phasePage(unit: Unit, phase: number): Page {
	const input = unit.meter.inputs[phase - 1];
	return {
		title: `Input ${unit.text(`stinnm_${phase}`)}`,
		lines: [
			amps(input?.amps),
			`${(input?.volts ?? 0).toFixed(1)}V`,
			`${(input?.powerFactor ?? 0).toFixed(0)}%`,
		],
	};
}

function outletPage(unit: Unit, first: number): Page {
	const last = Math.min(first + LINES - 1, unit.number('cfnrno'));
	const line = (outlet: number) =>
		`${String(outlet).padStart(2)} ${unit.outlets.isOn(outlet) ? amps(unit.meter.outlets[outlet - 1]?.amps) : 'off'}`;
	return {
		title: `Out ${first}-${last}`,
		lines: Array.from({ length: last - first + 1 }, (_, n) => line(first + n)),
	};
}

function alertPage({ alerts }: Unit): Page {
	const lines = alerts.raised.slice(0, LINES).map(([alert, channel]) => `${alert}: ${channel}`);
	return { title: 'Alerts', lines: lines.length > 0 ? lines : ['none'] };
}

function networkPage(unit: Unit): Page {
	const [a, b, c, d] = unit.text('etcip4').split('.');
	return { title: 'Network', lines: [`${a}.${b}.`, `${c}.${d}`, `unit ${unit.address}`] };
}

/** All pages in their order: load, phases, outlets, alerts, network. */
export function makePages(unit: Unit): readonly (() => Page)[] {
	const phases = Array.from({ length: unit.number('cfnrph') }, (_, n) => () => phasePage(unit, n + 1));
	const outletPages = Math.ceil(unit.number('cfnrno') / LINES);
	const outlets = Array.from({ length: outletPages }, (_, n) => () => outletPage(unit, n * LINES + 1));
	return [() => loadPage(unit), ...phases, ...outlets, () => alertPage(unit), () => networkPage(unit)];
}
