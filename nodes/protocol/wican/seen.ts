/** When a car was last heard of, and how often it usually reports. */

/** Lies in the store, so that all processes and every start agree. */
export interface Seen {
	/** When a POST was last noted, milliseconds of the store's time. */
	readonly at: number;
	/** The last times between two POSTs, milliseconds, oldest first. */
	readonly gaps: readonly number[];
}

/** So many gaps between POSTs are looked at: a night in the garage is one of them. */
const GAPS = 9;
/** One gap says nothing: it may be the night. */
const ENOUGH = 2;

/**
 * How long after one that was noted a POST is worth a write, milliseconds: a twelfth of the silence that is allowed, since this
 * process knows better when it heard the car. Others that hear it too know only what is noted.
 */
const [NOTED_OF_SILENCE, NOTED_APART, NOTED_APART_SHARED] = [12, 10_000, 1_000];

/** @param longest the silence that is allowed, milliseconds */
export function notedApart(longest: number, isShared: boolean): number {
	return isShared ? NOTED_APART_SHARED : Math.min(longest / NOTED_OF_SILENCE, NOTED_APART);
}

/**
 * Notes a POST; undefined where one was noted a moment ago.
 * @param apart milliseconds, see `notedApart`
 */
export function seenAfter(before: Seen | undefined, now: number, apart: number): Seen | undefined {
	if (before === undefined) return { at: now, gaps: [] };
	const gap = now - before.at;
	if (gap >= 0 && gap < apart) return undefined;
	// A clock that was set back tells nothing of the gap.
	const gaps = gap < 0 ? before.gaps : [...before.gaps, gap].slice(-GAPS);
	return { at: now, gaps };
}

/** The usual time between two POSTs, the lower median of the last gaps in milliseconds; undefined until there are enough. */
export function usualInterval(seen: Seen | undefined): number | undefined {
	const { gaps = [] } = seen ?? {};
	if (gaps.length < ENOUGH) return undefined;
	const sorted = [...gaps].sort((one, other) => one - other);
	return sorted[(sorted.length - 1) >> 1];
}

/** Milliseconds without a POST that are never too long. */
const SHORTEST_SILENCE = 120_000;
/** How many POSTs in a row may be missed. */
const MISSED = 5;

/** For how long a car may be silent, or its values may stand still, milliseconds. */
export function longestSilence(offlineAfter: number | undefined, seen: Seen | undefined): number {
	return offlineAfter ?? Math.max(SHORTEST_SILENCE, MISSED * (usualInterval(seen) ?? 0));
}

/** When a car that is online counts as silent, unless it is heard of before: milliseconds of the store's time. */
export function silenceDue(seen: Seen, longest: number, listened: number, now: number): number {
	const due = seen.at + longest;
	// Where the stored time has passed, or was set back, what this process has listened decides.
	return due > now && seen.at <= now ? due : now + Math.max(longest - listened, 0);
}
