import type { UpsView } from './device.js';

/** A badge in words that need translation, and the numbers in it. */
export type UpsBadge = readonly [
	name:
		| 'waiting'
		| 'on-mains'
		| 'mains'
		| 'on-battery'
		| 'battery'
		| 'offline'
		| 'all-on-mains'
		| 'some-on-battery'
		| 'some-offline',
	params: Readonly<Record<string, string | number>>,
];

/** What a person wants to know of these UPSes at a glance, the worst first. */
export function badgeOfUpses(views: readonly UpsView[]): UpsBadge {
	const seen = views.filter((view) => view.seen);
	const [only] = seen;
	if (only === undefined) return ['waiting', {}];
	const offline = seen.filter((view) => !view.online).length;
	const onBattery = seen.filter((view) => view.mains === false).length;
	const count = seen.length;
	if (count === 1) return badgeOfOne(only);
	if (offline > 0) return ['some-offline', { bad: offline, count }];
	return onBattery > 0 ? ['some-on-battery', { bad: onBattery, count }] : ['all-on-mains', { count }];
}

function badgeOfOne({ online, mains, level }: UpsView): UpsBadge {
	if (!online) return ['offline', {}];
	const onBattery = mains === false;
	if (level === undefined) return [onBattery ? 'battery' : 'mains', {}];
	return [onBattery ? 'on-battery' : 'on-mains', { level: Math.round(level) }];
}
