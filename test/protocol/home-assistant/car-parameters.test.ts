import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
	type ParameterEntity,
	parameterEntity,
	type ValueKind,
} from '../../../nodes/protocol/home-assistant/car-parameters.js';
import { acceptsUnit } from '../../../nodes/protocol/home-assistant/sensor-classes.js';

// Tests run from dist/test/protocol/home-assistant.
const FIXTURE = join(__dirname, '../../../../test/fixtures/wican-parameters.json');
const profiles: Record<string, string[]> = JSON.parse(readFileSync(FIXTURE, 'utf8'));

const numbers = Object.entries(profiles).flatMap(([pair, names]) => {
	const [deviceClass = '', unit = ''] = pair.split('|');
	return names.map((name) => ({ pair, name, entity: parameterEntity(name, deviceClass, unit, 'number') }));
});

const sensor = (deviceClass: string | undefined, unit?: string, stateClass = 'measurement') => ({
	platform: 'sensor',
	...(deviceClass && { deviceClass }),
	...(unit && { unit }),
	stateClass,
});

/** Name, class, unit as a profile has them, and the entity of a number. */
const EXAMPLES: readonly [string, string, string, object][] = [
	['SOC', 'battery', '%', sensor('battery', '%')],
	['HV_V', 'battery', 'V', sensor('voltage', 'V')],
	['HV_W', 'battery', 'kW', sensor('power', 'kW')],
	['AC_C_C', 'battery', 'A', sensor('current', 'A')],
	['CAP', 'battery', 'Ah', sensor(undefined, 'Ah')],
	['CHARGE', 'battery', 'kwh', sensor('energy_storage', 'kWh')],
	['CUM_CHARGE', 'energy', 'kWh', sensor('energy', 'kWh', 'total_increasing')],
	['ODOMETER', 'distance', 'km', sensor('distance', 'km', 'total_increasing')],
	['RANGE', 'distance', 'miles', sensor('distance', 'mi')],
	['Vehicle Speed', '', 'KM', sensor('speed', 'km/h')],
	['TYRE', 'pressure', 'PSI', sensor('pressure', 'psi')],
	['MOTOR', 'frequency', 'RPM', sensor(undefined, 'rpm')],
	['PEDAL', '%', 'none', sensor(undefined, '%')],
	['SOC_D', 'none', '%', sensor('battery', '%')],
	['GEAR', 'none', 'none', sensor(undefined)],
	['PLUGGED', 'plug', '', { platform: 'binary_sensor', deviceClass: 'plug' }],
	['CHARGING', 'none', '', { platform: 'binary_sensor', deviceClass: 'battery_charging' }],
];

describe('The parameters of a car in Home Assistant', () => {
	for (const [name, deviceClass, unit, expected] of EXAMPLES)
		it(`show ${name} with ${deviceClass || 'no class'} and ${unit || 'no unit'} as Home Assistant accepts it`, () => {
			assert.deepEqual(parameterEntity(name, deviceClass, unit, 'number'), expected);
		});

	it('have a class only together with a unit of it, in all published profiles', () => {
		const sensors = numbers.filter(({ entity }) => entity.platform === 'sensor');
		const refused = sensors.filter(({ entity }) => !isAccepted(entity));
		assert.deepEqual(refused, []);
		assert.ok(sensors.length > 800, `${sensors.length} sensors`);
	});

	it('never have a unit or class none or blank, in all published profiles', () => {
		for (const { entity } of numbers)
			for (const value of Object.values(entity)) assert.doesNotMatch(String(value), /^(none|\s*)$/i);
	});

	it('have one spelling per unit, in all published profiles', () => {
		const units = new Set(numbers.flatMap(({ entity }) => entity.unit ?? []));
		assert.equal(new Set([...units].map((unit) => unit.toLowerCase())).size, units.size);
	});

	it('have neither unit nor class where the first value is a text', () => {
		assert.deepEqual(parameterEntity('HV_V', 'voltage', 'V', 'text'), { platform: 'sensor' });
	});

	it('are on or off where the first value is a boolean', () => {
		assert.deepEqual(parameterEntity('DOOR', '', '', 'boolean'), { platform: 'binary_sensor' });
	});

	it('leave the cells of a battery disabled', () => {
		for (const kind of ['number', 'text'] satisfies ValueKind[])
			assert.equal(parameterEntity('HV_C_V_17', 'voltage', 'V', kind).enabled, false);
	});
});

function isAccepted({ deviceClass, unit, stateClass }: ParameterEntity): boolean {
	const allowed = deviceClass === undefined || acceptsUnit(deviceClass, unit ?? '');
	return allowed && (deviceClass !== 'energy' || stateClass === 'total_increasing');
}
