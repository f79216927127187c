/**
 * The device classes of Home Assistant's MQTT sensors with the units that each accepts. A pair that is not listed makes Home
 * Assistant refuse the entity. Units that only releases of the last year know are left out.
 */

const PRESSURE = 'Pa hPa kPa bar cbar mbar mmHg inHg psi';
const ENERGY = 'J kJ MJ GJ mWh Wh kWh MWh GWh TWh cal kcal Mcal Gcal';
const VOLUME = 'ft³ CCF MCF m³ L mL gal';

const UNITS = {
	apparent_power: 'VA',
	atmospheric_pressure: PRESSURE,
	battery: '%',
	carbon_dioxide: 'ppm',
	carbon_monoxide: 'ppm ppb',
	current: 'mA A',
	data_rate: 'bit/s kbit/s Mbit/s Gbit/s B/s kB/s MB/s GB/s',
	data_size: 'bit kbit Mbit Gbit B kB MB GB TB',
	distance: 'mm cm m km in ft yd mi nmi',
	duration: 'd h min s ms',
	energy: ENERGY,
	energy_storage: ENERGY,
	frequency: 'Hz kHz MHz GHz',
	humidity: '%',
	illuminance: 'lx',
	moisture: '%',
	power: 'mW W kW MW GW TW',
	power_factor: '%',
	pressure: PRESSURE,
	reactive_power: 'var kvar',
	signal_strength: 'dB dBm',
	speed: 'ft/s in/s m/s km/h kn mph mm/s',
	temperature: '°C °F K',
	voltage: 'μV mV V kV MV',
	volume: VOLUME,
	volume_flow_rate: 'm³/h m³/min m³/s L/h L/min L/s gal/h gal/min',
	volume_storage: VOLUME,
	weight: 'g kg mg oz lb st',
} as const;

export type SensorClass = keyof typeof UNITS;

const accepted: ReadonlyMap<string, readonly string[]> = new Map(
	Object.entries(UNITS).map(([name, units]) => [name, units.split(' ')]),
);

/** Whether a sensor of this class may have this unit. */
export function acceptsUnit(name: string, unit: string): name is SensorClass {
	return accepted.get(name)?.includes(unit) ?? false;
}

/** Classes whose values only add up: Home Assistant accepts `total` and `total_increasing` for them, not `measurement`. */
export const TOTAL_CLASSES: ReadonlySet<string> = new Set(['energy', 'volume']);
