import type { Motion } from './motion.js';
import { inSteps, type Parameter, percentByte } from './parameters.js';

const rpm = ({ seconds, speed, parked }: Motion) =>
	parked ? 780 : inSteps(900 + 32 * speed + 90 * Math.sin(seconds / 5), 4);

/** Warms up in some minutes, and gets too hot for some seconds now and then. */
const coolant = ({ seconds }: Motion) =>
	Math.round(20 + 70 * (1 - Math.exp(-seconds / 60)) + 22 * Math.max(0, Math.sin(seconds / 90)) ** 8);

const speed = (motion: Motion) => Math.round(motion.speed);
const throttle = (motion: Motion) => percentByte(motion.parked ? 12 : 14 + motion.speed / 4);
const airFlow = (motion: Motion) => inSteps(2.5 + motion.speed * 0.36, 100);
const fuel = ({ kilometres }: Motion) => percentByte(Math.max(5, 62.4 - kilometres * 0.07));

const standard = (
	name: string,
	className: string,
	unit: string,
	read: Parameter['read'],
	more: Partial<Parameter> = {},
): Parameter => ({ name, class: className, unit, source: 'standard', read, ...more });

const profile = (
	name: string,
	className: string,
	unit: string,
	read: Parameter['read'],
	more: Partial<Parameter> = {},
): Parameter => ({ name, class: className, unit, source: 'profile', read, ...more });

/** A car with a combustion engine: standard PIDs, a profile in other spellings, and what its owner added. */
export const PETROL: readonly Parameter[] = [
	{ name: 'TestCustom', read: () => 127.5 },
	{ name: 'HANDBRAKE', class: '', unit: '', binary: true, read: ({ parked }) => Number(parked) },
	standard('04-CalcEngineLoad', 'none', '%', (m) => percentByte(m.parked ? 18 : 22 + m.speed / 2), {
		max: 100,
	}),
	standard('05-EngineCoolantTemp', 'temperature', 'degC', coolant, { min: -40, max: 215 }),
	standard('0C-EngineRPM', 'speed', 'rpm', rpm, { max: 16384 }),
	standard('0D-VehicleSpeed', 'speed', 'km/h', speed, { max: 255 }),
	standard('10-MAFAirFlowRate', 'gas', 'grams/sec', airFlow, { max: 656 }),
	standard('1F-TimeSinceEngStart', 'duration', 'seconds', ({ seconds }) => Math.floor(seconds), {
		max: 65535,
	}),
	standard('42-ControlModuleVolt', 'voltage', 'volts', ({ parked }) => (parked ? 12.56 : 14.118), {
		max: 66,
	}),
	standard('5C-EngineOilTemp', 'temperature', 'degC', (m) => coolant(m) + 4, { enabled: false }),
	profile('COOLANT_TMP', 'temperature', '°C', coolant, { min: -40, max: 215 }),
	profile('ENGINE_RPM', 'frequency', 'RPM', rpm),
	profile('FUEL', 'none', '%', fuel, { max: 100 }),
	profile('FUEL_PRESSURE', 'pressure', 'kPa', ({ parked }) => (parked ? 300 : 345)),
	profile('INTAKE_AIR_TMP', 'temperature', '°C', ({ speed: kmh }) => Math.round(31 - kmh / 10)),
	profile('MAF', 'none', 'g/s', airFlow),
	profile('ODOMETER', 'distance', 'km', ({ kilometres }) => Math.floor(84_210 + kilometres)),
	profile('SPEED', 'speed', 'km/h', speed),
	profile('STFT', 'none', '%', ({ seconds }) => inSteps(2.3 * Math.sin(seconds / 7), 1.28)),
	profile('THROTTLE', 'none', '%', throttle, { max: 100 }),
	profile('TEMPERATURE_OF_THE_GEARBOX_OIL_SUMP', 'temperature', '°C', (m) => coolant(m) - 9),
	{
		name: 'STEERING_ANGLE',
		class: 'none',
		unit: 'deg',
		source: 'filter',
		read: ({ seconds, parked }) => (parked ? 0 : inSteps(35 * Math.sin(seconds / 13), 10)),
	},
];
