import type { LastRefusal } from '../common/presence.js';
import type { UPS_BADGES } from './badges.js';
import type { UpsView } from './device.js';

/**
 * A badge by its name, and the numbers in its text: `age` in milliseconds since something began, `span` a length of time in
 * milliseconds, `level` in percent.
 */
export type UpsBadge = readonly [name: BadgeName, params: Readonly<Record<string, number>>];

type BadgeName =
	| keyof typeof UPS_BADGES
	| 'waiting'
	| 'refused'
	| 'bad-report'
	| 'report-too-large'
	| 'too-many-refused';

/** From so many milliseconds on a badge shows for how long a state has lasted. */
const SHORTEST_AGE = 60_000;

/** In seconds: a clock that is further behind this one has never been set. */
const NEVER_SET = -31_536_000;

const REFUSALS: Readonly<Record<string, BadgeName>> = {
	'bad-signature': 'wrong-key',
	'unknown-device': 'unknown-id',
	'replayed-nonce': 'report-repeated',
	'bad-timestamp': 'bad-headers',
	'bad-nonce': 'bad-headers',
	'bad-json': 'bad-report',
	'bad-body': 'bad-report',
	'too-large': 'report-too-large',
	'rate-limited': 'too-many-refused',
};

/**
 * The worst state of these UPSes. A refusal shows only while the UPS has no accepted report since.
 * @param views the UPSes of a node; those with `elsewhere` report at another endpoint
 * @param now milliseconds since the epoch
 * @param isUnknownRefused whether a UPS that no node configures was refused
 */
export function badgeOfUpses(views: readonly UpsView[], now: number, isUnknownRefused: boolean): UpsBadge {
	const seen = views.filter((view) => view.seen);
	const here = seen.filter((view) => view.elsewhere !== true);
	const [only] = here;
	if (only === undefined) return seen.length > 0 ? ['elsewhere', {}] : badgeOfUnseen(views, isUnknownRefused);
	const count = here.length;
	if (count === 1) return badgeOfOne(only, now);
	const offline = here.filter((view) => !view.online).length;
	const onBattery = here.filter((view) => view.mains === false).length;
	if (offline > 0) return ['some-offline', { bad: offline, count }];
	return onBattery > 0 ? ['some-on-battery', { bad: onBattery, count }] : ['all-on-mains', { count }];
}

function badgeOfUnseen(views: readonly UpsView[], isUnknownRefused: boolean): UpsBadge {
	if (views.length === 0) return ['no-ups', {}];
	const refused = views.find((view) => view.refused !== undefined)?.refused;
	if (refused !== undefined) return badgeOfRefusal(refused);
	return isUnknownRefused ? ['unknown-id', {}] : ['waiting', {}];
}

function badgeOfRefusal({ reason, status, clockOffset }: LastRefusal): UpsBadge {
	if (reason !== 'stale-timestamp') {
		const name = REFUSALS[reason];
		return name === undefined ? ['refused', { status }] : [name, {}];
	}
	if (clockOffset === undefined) return ['clock-wrong', {}];
	if (clockOffset < NEVER_SET) return ['no-network-time', {}];
	return ['clock-off', { span: Math.abs(clockOffset) * 1000 }];
}

function badgeOfOne(view: UpsView, now: number): UpsBadge {
	const { online, mains, level, batteryLow, seenAt = 0, onBatterySince, refused } = view;
	if (!online && refused !== undefined && refused.at > seenAt) return badgeOfRefusal(refused);
	if (!online) return withAge('offline', 'offline-for', view.seenAt, now);
	if (level === undefined)
		return mains === false ? withAge('battery', 'on-battery', onBatterySince, now) : ['mains', {}];
	const rounded = { level: Math.round(level) };
	if (mains !== false) return ['on-mains', rounded];
	return [batteryLow === true ? 'battery-low' : 'on-battery-level', rounded];
}

/** The first badge until a minute has passed, then the second. */
function withAge(young: BadgeName, old: BadgeName, start: number | undefined, now: number): UpsBadge {
	if (start === undefined) return [young, {}];
	const age = now - start;
	return [age < SHORTEST_AGE ? young : old, { age }];
}
