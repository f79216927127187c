import type { VehicleView } from './vehicle.js';

/** A badge in words that need translation, and the numbers in it. */
export type WicanBadge = readonly [
	name: 'waiting' | 'car-known' | 'car-online' | 'car-stale' | 'car-offline' | 'car-refused',
	params: Readonly<Record<string, string | number>>,
];

/** What a person wants to know of a car at a glance; that somebody is refused, only while no car reports. */
export function badgeOfVehicle({ seen, online, stale, count, refused }: VehicleView): WicanBadge {
	if (online && stale) return ['car-stale', {}];
	if (online) return count === undefined ? ['car-known', {}] : ['car-online', { count }];
	if (refused !== undefined) return ['car-refused', { status: refused }];
	return [seen ? 'car-offline' : 'waiting', {}];
}
