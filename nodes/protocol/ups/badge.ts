import type { LastRefusal } from '../common/presence.js';
import type { UpsView } from './device.js';

/** What is wrong with requests of a UPS, one badge for each kind of refusal. */
type RefusalBadge =
	| 'wrong-key'
	| 'unknown-id'
	| 'clock-off'
	| 'clock-wrong'
	| 'no-network-time'
	| 'report-repeated'
	| 'bad-headers'
	| 'bad-report'
	| 'report-too-large'
	| 'too-many-refused'
	| 'refused';

/**
 * A badge in words that need translation, and the numbers in it: `age` in milliseconds since something began, `span`
 * a length of time in milliseconds, `level` in percent.
 */
export type UpsBadge = readonly [
	name:
		| RefusalBadge
		| 'waiting'
		| 'no-ups'
		| 'elsewhere'
		| 'on-mains'
		| 'mains'
		| 'on-battery'
		| 'on-battery-level'
		| 'battery'
		| 'battery-low'
		| 'offline'
		| 'offline-for'
		| 'all-on-mains'
		| 'some-on-battery'
		| 'some-offline',
	params: Readonly<Record<string, number>>,
];

/** Milliseconds from which on a badge says for how long something has been so. */
const SHORTEST_AGE = 60_000;

/** In seconds: a clock that is further behind this one has never been set. */
const NEVER_SET = -31_536_000;

const REFUSALS: Readonly<Record<string, RefusalBadge>> = {
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
 * The state of these UPSes at a glance, the worst first. A refusal is shown only while the UPS that matters has no
 * accepted report since.
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
	if (reason === 'stale-timestamp') return badgeOfClock(clockOffset);
	const name = REFUSALS[reason];
	return name === undefined ? ['refused', { status }] : [name, {}];
}

/** @param offset seconds that the UPS is ahead of this machine */
function badgeOfClock(offset: number | undefined): UpsBadge {
	if (offset === undefined) return ['clock-wrong', {}];
	return offset < NEVER_SET ? ['no-network-time', {}] : ['clock-off', { span: Math.abs(offset) * 1000 }];
}

function badgeOfOne(view: UpsView, now: number): UpsBadge {
	const { online, mains, level, batteryLow, heardAt = 0, onBatterySince, refused } = view;
	if (!online && refused !== undefined && refused.at > heardAt) return badgeOfRefusal(refused);
	if (!online) return since('offline', 'offline-for', view.heardAt, now);
	if (level === undefined)
		return mains === false ? since('battery', 'on-battery', onBatterySince, now) : ['mains', {}];
	const rounded = { level: Math.round(level) };
	if (mains !== false) return ['on-mains', rounded];
	return [batteryLow === true ? 'battery-low' : 'on-battery-level', rounded];
}

/** The badge without an age until a minute has passed, then the one with it. */
function since(plain: UpsBadge[0], withAge: UpsBadge[0], start: number | undefined, now: number): UpsBadge {
	if (start === undefined) return [plain, {}];
	const age = now - start;
	return [age < SHORTEST_AGE ? plain : withAge, { age }];
}
