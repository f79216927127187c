import type { AuthKind } from './auth.js';
import type { VehicleView } from './vehicle.js';

/** What is wrong with requests for a car, one badge for each kind of refusal. */
type RefusalBadge =
	| 'wrong-token'
	| 'wrong-api-key'
	| 'wrong-login'
	| 'wrong-certificate'
	| 'bad-report'
	| 'report-too-large'
	| 'too-many-refused'
	| 'refused';

/** A badge in words that need translation, and the numbers in it; `age` in milliseconds. */
export type WicanBadge = readonly [
	name:
		| RefusalBadge
		| 'waiting'
		| 'car-known'
		| 'car-online'
		| 'car-stale'
		| 'car-offline'
		| 'car-offline-for',
	params: Readonly<Record<string, number>>,
];

/** Milliseconds from which on it is worth telling for how long a car has been silent. */
const WORTH_TELLING = 60_000;

/** By what a car proves who it is. */
const UNAUTHORIZED: Readonly<Record<AuthKind, RefusalBadge>> = {
	none: 'refused',
	bearer: 'wrong-token',
	'api-key-header': 'wrong-api-key',
	'api-key-query': 'wrong-api-key',
	basic: 'wrong-login',
	'client-cert': 'wrong-certificate',
};

const REFUSALS: Readonly<Record<string, RefusalBadge>> = {
	'bad-json': 'bad-report',
	'bad-body': 'bad-report',
	'too-large': 'report-too-large',
	'rate-limited': 'too-many-refused',
};

/**
 * What a person wants to know of a car at a glance; that somebody is refused, only while no car reports.
 * @param now milliseconds since the epoch
 * @param kind how the car proves who it is
 */
export function badgeOfVehicle(view: VehicleView, now: number, kind: AuthKind): WicanBadge {
	const { seen, online, stale, count, refused, heardAt } = view;
	if (online && stale) return ['car-stale', {}];
	if (online) return count === undefined ? ['car-known', {}] : ['car-online', { count }];
	if (refused !== undefined) {
		const { reason, status } = refused;
		const name = reason === 'unauthorized' ? UNAUTHORIZED[kind] : (REFUSALS[reason] ?? 'refused');
		return [name, name === 'refused' ? { status } : {}];
	}
	if (!seen) return ['waiting', {}];
	if (heardAt === undefined) return ['car-offline', {}];
	const age = now - heardAt;
	return [age < WORTH_TELLING ? 'car-offline' : 'car-offline-for', { age }];
}
