import type { UpsView } from './device.js';

/** A badge in words that need translation, and the numbers in it; `age` in milliseconds. */
export type UpsBadge = readonly [
	name:
		| 'waiting'
		| 'no-ups'
		| 'refused'
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
 * What a person wants to know of these UPSes at a glance, the worst first; that somebody is refused, only while the
 * one that matters does not report.
 * @param now milliseconds since the epoch
 * @param isStrangerRefused whether a UPS that nobody configures was turned away
 */
export function badgeOfUpses(views: readonly UpsView[], now: number, isStrangerRefused: boolean): UpsBadge {
	const seen = views.filter((view) => view.seen);
	const [only] = seen;
	if (only === undefined) return badgeOfUnseen(views, isStrangerRefused);
	const offline = seen.filter((view) => !view.online).length;
	const onBattery = seen.filter((view) => view.mains === false).length;
	const count = seen.length;
	if (count === 1) return badgeOfOne(only, now);
	if (offline > 0) return ['some-offline', { bad: offline, count }];
	return onBattery > 0 ? ['some-on-battery', { bad: onBattery, count }] : ['all-on-mains', { count }];
}

function badgeOfUnseen(views: readonly UpsView[], isStrangerRefused: boolean): UpsBadge {
	if (views.length === 0) return ['no-ups', {}];
	const refused = views.find((view) => view.refused !== undefined)?.refused;
	if (refused !== undefined) return ['refused', { status: refused.status }];
	return isStrangerRefused ? ['refused', { status: 401 }] : ['waiting', {}];
}

function badgeOfOne(view: UpsView, now: number): UpsBadge {
	const { online, mains, level, heardAt = 0, onBatterySince, refused } = view;
	if (!online && refused !== undefined && refused.at > heardAt)
		return ['refused', { status: refused.status }];
	if (!online) return since('offline', 'offline-for', view.heardAt, now);
	if (mains === false) return since('battery', 'on-battery', onBatterySince, now);
	return level === undefined ? ['mains', {}] : ['on-mains', { level: Math.round(level) }];
}

/** The plain badge until a minute has passed; from then on the one that tells for how long. */
function since(plain: UpsBadge[0], telling: UpsBadge[0], start: number | undefined, now: number): UpsBadge {
	if (start === undefined) return [plain, {}];
	const age = now - start;
	return [age < WORTH_TELLING ? plain : telling, { age }];
}
