import type { VehicleView } from './vehicle.js';

/** A badge in words that need translation, and the numbers in it; `age` in milliseconds. */
export type WicanBadge = readonly [
	name: 'waiting' | 'car-known' | 'car-online' | 'car-stale' | 'car-offline' | 'car-offline-for' | 'refused',
	params: Readonly<Record<string, number>>,
];

/** Milliseconds from which on it is worth telling for how long a car has been silent. */
const WORTH_TELLING = 60_000;

/**
 * What a person wants to know of a car at a glance; that somebody is refused, only while no car reports.
 * @param now milliseconds since the epoch
 */
export function badgeOfVehicle(view: VehicleView, now: number): WicanBadge {
	const { seen, online, stale, count, refused, heardAt } = view;
	if (online && stale) return ['car-stale', {}];
	if (online) return count === undefined ? ['car-known', {}] : ['car-online', { count }];
	if (refused !== undefined) return ['refused', { status: refused }];
	if (!seen) return ['waiting', {}];
	if (heardAt === undefined) return ['car-offline', {}];
	const age = now - heardAt;
	return [age < WORTH_TELLING ? 'car-offline' : 'car-offline-for', { age }];
}
