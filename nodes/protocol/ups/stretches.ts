/**
 * Stretches: what is remembered of a UPS for good, once its nonces are forgotten. Where its clock is minus its uptime
 * tells one start of the UPS (and one setting of its clock) from another. Both are signed, and on one stretch both only
 * grow: a POST from a stretch that is known, not newer than what was forgotten of it, was sent before, however the clocks
 * have been set since. One from any other stretch can't have been.
 */

/** Times in seconds by the UPS's clock. */
export interface Stretch {
	/** Least and greatest time of the start of the UPS, as accepted POSTs told it. */
	readonly from: number;
	readonly to: number;
	/** Ts of the newest accepted POST. */
	readonly newest: number;
	/** Ts up to which nonces may have been forgotten. */
	readonly forgotten: number;
}

/** What places a POST on a stretch, seconds. Without an uptime it is on none. */
export interface Moment {
	readonly ts: number;
	readonly uptime: number | undefined;
}

/** A clock that is kept right by less than this goes on with its stretch. Seconds. */
const SLACK = 10;

/** How many stretches are kept: those that had a POST last. */
const MAX_STRETCHES = 16;

/**
 * The stretches after a POST was accepted; the one it belongs to comes first.
 * @param floor Ts up to which nonces are forgotten by now
 */
export function stretchesAfter(
	before: readonly Stretch[],
	{ ts, uptime }: Moment,
	floor: number,
): readonly Stretch[] {
	if (uptime === undefined) return before.map((stretch) => forgetting(stretch, floor));
	const start = ts - uptime;
	const known = before.find((stretch) => isNearStart(stretch, start));
	const current: Stretch = {
		from: Math.min(known?.from ?? start, start),
		to: Math.max(known?.to ?? start, start),
		newest: Math.max(known?.newest ?? ts, ts),
		forgotten: known?.forgotten ?? 0,
	};
	const others = before.filter((stretch) => stretch !== known);
	return [current, ...others].slice(0, MAX_STRETCHES).map((stretch) => forgetting(stretch, floor));
}

/** Whether a POST tells nothing new of the stretches: it lies between others of its own. */
export function isWithin(stretches: readonly Stretch[], { ts, uptime }: Moment): boolean {
	return uptime === undefined || stretches.some((one) => hasStart(one, ts - uptime) && ts <= one.newest);
}

/** Whether a POST comes from a start of the UPS, or a setting of its clock, from which one was accepted before. */
export function isOfKnownBoot(stretches: readonly Stretch[], { ts, uptime }: Moment): boolean {
	return uptime !== undefined && stretches.some((one) => isNearStart(one, ts - uptime));
}

/** Whether a POST may have been accepted before, though its nonce is not known any more. */
export function isForgotten(stretches: readonly Stretch[], { ts, uptime }: Moment): boolean {
	return uptime !== undefined && stretches.some((one) => hasStart(one, ts - uptime) && ts <= one.forgotten);
}

function isNearStart({ from, to }: Stretch, start: number): boolean {
	return start >= from - SLACK && start <= to + SLACK;
}

function hasStart({ from, to }: Stretch, start: number): boolean {
	return start >= from && start <= to;
}

function forgetting(stretch: Stretch, floor: number): Stretch {
	const forgotten = Math.max(stretch.forgotten, Math.min(stretch.newest, floor));
	return forgotten === stretch.forgotten ? stretch : { ...stretch, forgotten };
}
