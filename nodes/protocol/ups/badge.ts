import type { UpsView } from './device.js';

/** A badge in words that need translation, and the numbers in it; `age` in milliseconds. */
export type UpsBadge = readonly [
	name:
		| 'waiting'
		| 'on-mains'
		| 'mains'
		| 'on-battery'
		| 'battery'
		| 'offline'
		| 'offline-for'
		| 'all-on-mains'
		| 'some-on-battery'
		| 'some-offline',
	params: Readonly<Record<string, number>>,
];

/** Milliseconds from which on it is worth telling for how long something has been so. */
const WORTH_TELLING = 60_000;

/**
 * What a person wants to know of these UPSes at a glance, the worst first.
 * @param now milliseconds since the epoch
 */
export function badgeOfUpses(views: readonly UpsView[], now: number): UpsBadge {
	const seen = views.filter((view) => view.seen);
	const [only] = seen;
	if (only === undefined) return ['waiting', {}];
	const offline = seen.filter((view) => !view.online).length;
	const onBattery = seen.filter((view) => view.mains === false).length;
	const count = seen.length;
	if (count === 1) return badgeOfOne(only, now);
	if (offline > 0) return ['some-offline', { bad: offline, count }];
	return onBattery > 0 ? ['some-on-battery', { bad: onBattery, count }] : ['all-on-mains', { count }];
}

function badgeOfOne({ online, mains, level, heardAt, onBatterySince }: UpsView, now: number): UpsBadge {
	if (!online) return since('offline', 'offline-for', heardAt, now);
	if (mains === false) return since('battery', 'on-battery', onBatterySince, now);
	return level === undefined ? ['mains', {}] : ['on-mains', { level: Math.round(level) }];
}

/** The plain badge until a minute has passed; from then on the one that tells for how long. */
function since(plain: UpsBadge[0], telling: UpsBadge[0], start: number | undefined, now: number): UpsBadge {
	if (start === undefined) return [plain, {}];
	const age = now - start;
	return [age < WORTH_TELLING ? plain : telling, { age }];
}
