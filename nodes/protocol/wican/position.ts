/** Where the car is, whatever the shape of the body. */
import { type Json, member, type Oddities } from './json.js';
import { wrongMembers } from './schema.js';

/** Degrees, metres, metres per second; `satellites` is a count, `accuracy` metres. What was not sent is missing. */
export interface Position {
	readonly latitude: number;
	readonly longitude: number;
	readonly altitude?: number;
	readonly speed?: number;
	readonly heading?: number;
	readonly satellites?: number;
	readonly accuracy?: number;
}

type Member = keyof Position;

/**
 * Whether a value comes from the GPS receiver. Such values move while the car stands, so that they do not tell whether
 * the values of the car are fresh.
 */
export function isFromGps(name: string): boolean {
	return name.startsWith('gps_');
}

/** Units of the receiver's values, which stand in no `config`. Source: firmware v6 with an LTE and GPS dongle. */
export const GPS_UNITS: ReadonlyMap<string, string> = new Map([
	['gps_latitude', '°'],
	['gps_longitude', '°'],
	['gps_altitude', 'm'],
	['gps_speed', 'km/h'],
	['gps_heading', '°'],
	['gps_accuracy', 'm'],
]);

/** Where a shape of body has its position. */
interface Source {
	readonly names: Readonly<Partial<Record<Member, string>>>;
	/** How much of the speed as sent is one metre per second. */
	readonly perMetrePerSecond: number;
}

const KILOMETRES_PER_HOUR = 3.6;

/** Flat among the values of `autopid_data`. */
const FLAT: Source = {
	names: {
		latitude: 'gps_latitude',
		longitude: 'gps_longitude',
		altitude: 'gps_altitude',
		speed: 'gps_speed',
		heading: 'gps_heading',
		satellites: 'gps_satellites',
		accuracy: 'gps_accuracy',
	},
	perMetrePerSecond: KILOMETRES_PER_HOUR,
};

/** The `gps` block of the Home Assistant webhook. */
const BLOCK: Source = {
	names: {
		latitude: 'latitude',
		longitude: 'longitude',
		altitude: 'altitude',
		speed: 'speed',
		heading: 'heading',
		satellites: 'satellites',
		accuracy: 'accuracy',
	},
	perMetrePerSecond: 1,
};

/** A Better Routeplanner's telemetry. Its `speed` is the car's, which the position shares. */
const ROUTE_PLANNER: Source = {
	names: {
		latitude: 'lat',
		longitude: 'lon',
		altitude: 'elevation',
		speed: 'speed',
		heading: 'heading',
	},
	perMetrePerSecond: KILOMETRES_PER_HOUR,
};

/** The position in flat values; undefined without a latitude and longitude that exist on earth. */
export function positionInValues(payload: Json): Position | undefined {
	return positionIn(payload, FLAT);
}

/** The position in a form for A Better Routeplanner. */
export function positionInForm(payload: Json): Position | undefined {
	return positionIn(payload, ROUTE_PLANNER);
}

/** The position in a `gps` block; what has a wrong type is left out and named. */
export function positionInBlock(block: Json, odd: Oddities): Position | undefined {
	const wrong = wrongMembers('gps', block, odd);
	return positionIn(Object.fromEntries(Object.entries(block).filter(([name]) => !wrong.has(name))), BLOCK);
}

function positionIn(source: Json, { names, perMetrePerSecond }: Source): Position | undefined {
	const position: Partial<Record<Member, number>> = {};
	for (const [name, key] of Object.entries(names) as [Member, string][]) {
		const value = member(source, key);
		if (typeof value === 'number') position[name] = name === 'speed' ? value / perMetrePerSecond : value;
	}
	const { latitude, longitude } = position;
	if (latitude === undefined || longitude === undefined) return undefined;
	if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
	// A receiver without a fix sends zeros.
	if (latitude === 0 && longitude === 0) return undefined;
	return { ...position, latitude, longitude };
}
