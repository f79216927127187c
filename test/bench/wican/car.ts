/**
 * An electric car of 246 parameters as a WiCAN reports it, in the two generations of firmware: values with two
 * decimals and a short configuration (v4), or unrounded values and the whole table of what is polled (v6).
 */

/** Parameters that are alike; `#` in a name becomes a number from 001 on. */
interface Group {
	readonly name: string;
	readonly count: number;
	readonly unit: string;
	readonly class: string;
	/** Values lie in this range. */
	readonly from: number;
	readonly to: number;
	/** Without a fraction. */
	readonly whole?: true;
}

const GROUPS: readonly Group[] = [
	{ name: 'SOC', count: 1, unit: '%', class: 'battery', from: 55, to: 65 },
	{ name: 'SOH', count: 1, unit: '%', class: 'battery', from: 97, to: 99 },
	{ name: 'HV_V', count: 1, unit: 'V', class: 'voltage', from: 690, to: 720 },
	{ name: 'HV_A', count: 1, unit: 'A', class: 'current', from: -200, to: 240 },
	{ name: 'HV_W', count: 1, unit: 'W', class: 'power', from: -99_000, to: 90_000 },
	{ name: 'SPEED', count: 1, unit: 'km/h', class: 'speed', from: 0, to: 130, whole: true },
	{ name: 'ODOMETER', count: 1, unit: 'km', class: 'distance', from: 41_000, to: 42_000, whole: true },
	{ name: 'RANGE', count: 1, unit: 'km', class: 'distance', from: 240, to: 280, whole: true },
	{ name: 'LV_V', count: 1, unit: 'V', class: 'voltage', from: 13, to: 15 },
	{ name: 'CHARGING', count: 1, unit: 'none', class: 'battery_charging', from: 0, to: 1, whole: true },
	{ name: 'HV_KWH_#', count: 4, unit: 'kWh', class: 'energy', from: 100, to: 900 },
	{ name: 'TYRE_P_#', count: 4, unit: 'psi', class: 'pressure', from: 33, to: 38 },
	{ name: 'TYRE_T_#', count: 4, unit: '°C', class: 'temperature', from: 8, to: 30, whole: true },
	{ name: 'HV_T_#', count: 24, unit: '°C', class: 'temperature', from: 12, to: 40, whole: true },
	{ name: 'MOT_RPM_#', count: 2, unit: 'rpm', class: 'none', from: 0, to: 9000, whole: true },
	{ name: 'AUX_#', count: 17, unit: 'none', class: 'none', from: 0, to: 255, whole: true },
	{ name: 'HV_C_V_#', count: 180, unit: 'V', class: 'battery', from: 3, to: 4.2 },
];

/** Real tables of such cars name this cell twice, and a WiCAN then sends both. */
const NAMED_TWICE = 'HV_C_V_168';

const STANDARD = 200;
const STANDARD_QUANTITIES = ['Load', 'Trim', 'Oxygen', 'Temp', 'Pressure'];
const FILTERS = 6;

interface Parameter extends Omit<Group, 'count'> {
	readonly index: number;
}

const PARAMETERS: readonly Parameter[] = GROUPS.flatMap(({ count, ...group }) =>
	Array.from({ length: count }, (_, index) => ({
		...group,
		name: group.name.replace('#', String(index + 1).padStart(3, '0')),
	})),
)
	.flatMap((parameter) => (parameter.name === NAMED_TWICE ? [parameter, parameter] : [parameter]))
	.map((parameter, index) => ({ ...parameter, index }));

/** A value within the parameter's range that is another one in the next sample. */
function measured({ from, to, whole, index }: Parameter, sample: number): number {
	const value = from + (to - from) * (((sample + index * 7) * 0.618_033_988_75) % 1);
	return whole ? Math.round(value) : value;
}

/** Written by hand, since JSON.stringify can't say a name twice. */
function values(sample: number, write: (value: number) => string): string {
	const members = PARAMETERS.map((parameter) => `"${parameter.name}":${write(measured(parameter, sample))}`);
	return `{${members.join(',')},"timestamp":${1_790_000_000 + sample}}`;
}

const withTwoDecimals = (value: number): string => String(Math.round(value * 100) / 100);

/** A periodic post of v4, about 4.2 KB. @param sample makes the values others */
export function periodicBody(sample: number): string {
	return `{"autopid_data":${values(sample, withTwoDecimals)}}`;
}

const SHORT_CONFIG = `{${PARAMETERS.map(
	({ name, unit, class: kind }) => `"${name}":${JSON.stringify({ class: kind, unit })}`,
).join(',')}}`;

/** What a post carries beside the values, until one was accepted. v4.40 says more, and other things as text. */
function status(sample: number): string {
	const seconds = String((sample * 7) % 60).padStart(2, '0');
	return JSON.stringify({
		...{ device_id: '34b7da61c0e8', fw_version: '6.02', hw_version: 'WiCAN-PRO', device_type: 'wican_pro' },
		...{ uptime: `00:00:${seconds}`, network_connected: true, mqtt_connected: false },
		...{ ecu_status: 'online', batt_voltage: 12.5 + (sample % 20) / 10, timestamp: 1_790_000_000 + sample },
	});
}

/** The first post of v4: what each value is, beside the values. About 15 KB. */
export function introductionBody(sample: number): string {
	return `{"config":${SHORT_CONFIG},"status":${status(sample)},"autopid_data":${values(sample, withTwoDecimals)}}`;
}

/** How a parameter is read out of an answer of the car. */
function reading({ name, unit, class: kind, from, to, index }: Parameter): object {
	const byte = `B${(index % 56) + 4}`;
	return {
		...{ name, expression: `([${byte}:B${(index % 56) + 5}])/${index % 2 ? 50 : 100}`, unit, class: kind },
		...{ min: from, max: to, enabled: true, mux_expr: '', mux_val: 0 },
	};
}

/** Parameters of one request, of the car itself. */
function carPid(parameters: readonly Parameter[], index: number): object {
	return {
		...{ name: `PID_${index}`, type: 'specific', cmd: `2201${(index + 1).toString(16).padStart(2, '0')}` },
		...{ init: 'ATSP6;ATSH7E4;ATFCSH7E4;ATFCSD300000;ATFCSM1;ATST96;', rxheader: '7EC', group: 'drive' },
		...{ period_ms: 5000, enabled: true, parameters: parameters.map(reading) },
	};
}

/** One of the requests that every car may answer, of which this one answers none. */
function standardPid(index: number): object {
	const quantity = STANDARD_QUANTITIES[index % STANDARD_QUANTITIES.length] ?? '';
	const name = `${quantity}_${index}`;
	const parameter = { name, expression: '[B3:B4]*100/255', unit: '%', class: 'none', min: 0, max: 100 };
	return {
		...{ name, type: 'std', cmd: `01${(index + 1).toString(16).padStart(2, '0').toUpperCase()}` },
		...{ init: '', rxheader: '', group: 'default', period_ms: 10_000, enabled: false },
		parameters: [{ ...parameter, enabled: false, mux_expr: '', mux_val: 0 }],
	};
}

/** What is listened to without being asked for. */
function filter(index: number): object {
	const parameters = ['TORQUE', 'STEERING_ANGLE', 'BRAKE_PRESSURE', 'WHEEL_SPEED'].map((quantity) => ({
		...{ name: `${quantity}_${index}`, expression: '([B0:B1]-32768)*0.1', unit: 'none', class: 'none' },
		...{ min: -4000, max: 4000, enabled: false, mux_expr: '', mux_val: 0 },
	}));
	return { frame_id: 0x200 + index, monitor_ms: 100, group: 'drive', parameters };
}

const PER_REQUEST = 24;

const LONG_CONFIG = JSON.stringify({
	groups: ['default', 'drive', 'charge'].map((name) => ({ name, enabled: true, period_ms: 5000 })),
	pids: [
		...Array.from({ length: Math.ceil(PARAMETERS.length / PER_REQUEST) }, (_, index) =>
			carPid(PARAMETERS.slice(index * PER_REQUEST, (index + 1) * PER_REQUEST), index),
		),
		...Array.from({ length: STANDARD }, (_, index) => standardPid(index)),
	],
	filters: Array.from({ length: FILTERS }, (_, index) => filter(index)),
});

/** The first post of v6: the whole table of what is polled, beside the values. About 100 KB. */
export function firstBody(sample: number): string {
	return `{"config":${LONG_CONFIG},"status":${status(sample)},"autopid_data":${values(sample, String)}}`;
}
