import type { Motion } from './motion.js';
import { inSteps, type Parameter, percentByte } from './parameters.js';

const soc = ({ kilometres }: Motion) => percentByte(Math.max(7, 81.6 - kilometres * 0.19));
const volts = (motion: Motion) => inSteps(620 + soc(motion) * 1.4, 10);
const amperes = ({ speed, plugged }: Motion) =>
	inSteps(speed === 0 ? (plugged ? -15.6 : 0.8) : speed * 0.42, 10);
const odd = (n: number, of: number) => (n * 37) % of;

const profile =
	(className: string, unit: string) =>
	(name: string, read: Parameter['read'], more: Partial<Parameter> = {}): Parameter => ({
		name,
		class: className,
		unit,
		source: 'profile',
		read,
		...more,
	});

const battery = profile('battery', '%');
const cell = profile('battery', 'V');
const degrees = profile('temperature', '°C');
const pressure = profile('pressure', 'psi');
const flag = (className: string) => profile(className, 'none');

const TYRES = ['FL', 'FR', 'RL', 'RR'];

const BASE: readonly Parameter[] = [
	{ name: 'TestCustom', read: () => 127.5 },
	{ name: 'CABIN_FAN', binary: true, read: ({ parked }) => Number(!parked) },
	battery('SOC', soc, { max: 100 }),
	battery('SOC_D', (m) => Math.min(100, inSteps(soc(m) * 1.03, 2)), { max: 100 }),
	battery('SOH', () => 99.2, { max: 100 }),
	profile('voltage', 'V')('HV_V', volts),
	profile('current', 'A')('HV_A', amperes),
	profile('power', 'kW')('HV_W', (m) => (volts(m) * amperes(m)) / 1000),
	profile('energy', 'kWh')('KWH_CHARGED', () => 10_482.3),
	profile('energy', 'kWh')('KWH_DISCHARGED', ({ kilometres }) => inSteps(9871.4 + kilometres * 0.17, 10)),
	cell('HV_C_V_MAX', (m) => cellVolts(m, 9)),
	cell('HV_C_V_MIN', (m) => cellVolts(m, 0)),
	cell('LV_V', ({ parked }) => (parked ? 12.7 : 14.6)),
	degrees('BATT_TEMP', ({ seconds }) => Math.round(18 + Math.min(14, seconds / 120))),
	degrees('T_CAB', ({ seconds }) => inSteps(21 - 7 * Math.exp(-seconds / 200), 2)),
	degrees('TMP_A', () => 9.5),
	flag('battery_charging')('CHARGING', ({ plugged }) => Number(plugged)),
	flag('battery_charging')('CHARGING_DC', () => 0),
	flag('plug')('PLUG', ({ plugged }) => Number(plugged)),
	flag('none')('PARK_BRAKE', ({ parked }) => Number(parked)),
	profile('speed', 'km/h')('SPEED', ({ speed }) => inSteps(speed, 10)),
	profile('distance', 'km')('ODOMETER', ({ kilometres }) => Math.floor(23_417 + kilometres)),
	profile('distance', 'km')('RANGE', (m) => Math.round(soc(m) * 4.1)),
	...TYRES.map((tyre, n) => pressure(`TYRE_P_${tyre}`, () => 36 + n * 0.2)),
	...TYRES.map((tyre, n) =>
		degrees(`TYRE_T_${tyre}`, ({ seconds }) => Math.round(12 + n + 9 * (1 - Math.exp(-seconds / 300)))),
	),
	degrees('HV_T_MAX', ({ seconds }) => Math.round(19 + Math.min(14, seconds / 120)), { enabled: false }),
];

/** Volts of a cell in steps of 0.02; `n` makes cells differ a little. */
function cellVolts(motion: Motion, n: number): number {
	return inSteps(3.38 + soc(motion) * 0.0082 + odd(n, 3) * 0.02, 50);
}

const CELLS = 192;
/** The profile of some cars has this one twice. */
const TWICE = 168;
const LARGE = 246;

const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

function cells(): Parameter[] {
	const one = (n: number, position: number) =>
		cell(`HV_C_V_${String(n).padStart(3, '0')}`, (m) => cellVolts(m, position));
	return [...numbered(1, CELLS), TWICE].map(one);
}

function modules(count: number): Parameter[] {
	return numbered(1, count).map((n) =>
		degrees(`HV_M_T_${String(n).padStart(2, '0')}`, ({ seconds }) =>
			Math.round(17 + odd(n, 4) + Math.min(14, seconds / 120)),
		),
	);
}

/** A car with a traction battery; `large` with a parameter for every cell. */
export function electric(large: boolean): readonly Parameter[] {
	if (!large) {
		return BASE;
	}
	const withCells = [...BASE, ...cells()];
	return [...withCells, ...modules(LARGE - withCells.length)];
}
