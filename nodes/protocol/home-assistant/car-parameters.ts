/**
 * What a parameter of a car is in Home Assistant. A WiCAN sends the class and unit of a vehicle profile. Profiles spell units in
 * many ways and name classes that Home Assistant refuses together with the unit, such as `battery` with volts.
 */
import { acceptsUnit, type SensorClass, TOTAL_CLASSES } from './sensor-classes.js';

/** How a parameter is shown: the platform and the options that depend on its name, class and unit. */
export interface ParameterEntity {
	readonly platform: 'sensor' | 'binary_sensor';
	readonly deviceClass?: string;
	readonly unit?: string;
	readonly stateClass?: 'measurement' | 'total_increasing';
	/** Absent means enabled. */
	readonly enabled?: false;
}

/** The kind of a parameter's first value. */
export type ValueKind = 'number' | 'text' | 'boolean';

/** Spellings of units in lower case, and the one that Home Assistant knows. */
const SPELLINGS: Readonly<Record<string, string>> = {
	...{ '%': '%', v: 'V', volt: 'V', volts: 'V', a: 'A', amp: 'A', amps: 'A', ah: 'Ah', nm: 'Nm' },
	...{ w: 'W', kw: 'kW', wh: 'Wh', kwh: 'kWh', c: '°C', degc: '°C', '°c': '°C', '°f': '°F', degf: '°F' },
	...{ psi: 'psi', kpa: 'kPa', bar: 'bar', km: 'km', miles: 'mi', mi: 'mi', 'km/h': 'km/h', kmh: 'km/h' },
	...{ mph: 'mph', rpm: 'rpm', hz: 'Hz', deg: '°', '°': '°', ohm: 'Ω', kohm: 'kΩ', kω: 'kΩ', l: 'L' },
	...{ h: 'h', hours: 'h', min: 'min', minutes: 'min', s: 's', sec: 's', seconds: 's', days: 'd', d: 'd' },
	...{ 'g/s': 'g/s', 'grams/sec': 'g/s', g: 'g', ppm: 'ppm' },
};

/** The class that a unit alone implies. Percent implies none: it can be a charge, a pedal or a valve. */
const IMPLIED: Readonly<Record<string, SensorClass>> = {
	...{ V: 'voltage', A: 'current', W: 'power', kW: 'power', '°C': 'temperature', '°F': 'temperature' },
	...{ psi: 'pressure', kPa: 'pressure', bar: 'pressure', km: 'distance', mi: 'distance', Hz: 'frequency' },
	...{ 'km/h': 'speed', mph: 'speed', h: 'duration', min: 'duration', s: 'duration', d: 'duration' },
	...{ L: 'volume_storage', g: 'weight', ppm: 'carbon_dioxide' },
};

const CELL = /^HV_C_[VD]_\d+$/;
const COUNTER = /CUM|CHARGED|DISCHARGED/i;

/**
 * The entity of a parameter.
 * @param name as the car sends it
 * @param deviceClass class of the profile, blank or `none` where it has none
 * @param unit unit of the profile in any spelling, blank or `none` where it has none
 * @param kind kind of the first value
 */
export function parameterEntity(
	name: string,
	deviceClass: string,
	unit: string,
	kind: ValueKind,
): ParameterEntity {
	const cell = CELL.test(name) && { enabled: false as const };
	const sentClass = known(deviceClass).toLowerCase();
	const onOff = kind === 'text' ? undefined : onOffClass(name, sentClass, known(unit));
	if (kind === 'boolean' || onOff !== undefined)
		return { platform: 'binary_sensor', ...(onOff && { deviceClass: onOff }), ...cell };
	if (kind === 'text') return { platform: 'sensor', ...cell };
	return {
		platform: 'sensor',
		...numberOptions(name, sentClass, spelledUnit(name, sentClass, unit)),
		...cell,
	};
}

/** Profiles write `none` for a class or unit that a parameter does not have. */
function known(word: string): string {
	const trimmed = word.trim();
	return trimmed.toLowerCase() === 'none' ? '' : trimmed;
}

function onOffClass(name: string, sentClass: string, unit: string): string | undefined {
	if (unit !== '') return undefined;
	if (sentClass === 'plug' || sentClass === 'battery_charging') return sentClass;
	if (sentClass !== '') return undefined;
	if (/^CHARGING/i.test(name)) return 'battery_charging';
	return /^PLUG/i.test(name) ? 'plug' : undefined;
}

function spelledUnit(name: string, sentClass: string, unit: string): string {
	// Some profiles have the class and the unit of a percentage the wrong way round.
	if (sentClass === '%') return '%';
	const spelled = SPELLINGS[known(unit).toLowerCase()] ?? known(unit);
	return spelled === 'km' && /speed/i.test(name) ? 'km/h' : spelled;
}

function numberOptions(name: string, sentClass: string, unit: string): Omit<ParameterEntity, 'platform'> {
	const fitting = fittingClass(name, sentClass, unit);
	return {
		...(fitting && { deviceClass: fitting }),
		...(unit !== '' && { unit }),
		stateClass: neverFalls(name, fitting) ? 'total_increasing' : 'measurement',
	};
}

function fittingClass(name: string, sentClass: string, unit: string): SensorClass | undefined {
	if (/^k?Wh$/.test(unit)) return COUNTER.test(name) ? 'energy' : 'energy_storage';
	if (unit === '%' && /^SOC/i.test(name)) return 'battery';
	if (acceptsUnit(sentClass, unit) && !TOTAL_CLASSES.has(sentClass)) return sentClass;
	return IMPLIED[unit];
}

function neverFalls(name: string, fitting: SensorClass | undefined): boolean {
	return fitting === 'energy' || (fitting === 'distance' && /ODOMETER/i.test(name));
}
