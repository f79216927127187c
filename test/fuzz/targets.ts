import { COMMON_TARGETS } from './common.js';
import { EDGE_TARGETS } from './edge.js';
import { HPDU_TARGETS } from './hpdu.js';
import { HPDU_CLIENT_TARGETS } from './hpdu-client.js';
import type { Target } from './target.js';
import { UPS_TARGETS } from './ups.js';
import { WICAN_TARGETS } from './wican.js';

/** Everything that reads what a stranger has written, in the order in which it runs. */
export const TARGETS: readonly Target[] = [
	...[...COMMON_TARGETS, ...UPS_TARGETS, ...WICAN_TARGETS, ...HPDU_TARGETS, ...HPDU_CLIENT_TARGETS],
	...EDGE_TARGETS,
];

/** How many of so many cases each target gets, and no fewer than are worth it. */
export function sharesOf(targets: readonly Target[], cases: number): Map<Target, number> {
	const whole = targets.reduce((sum, { share }) => sum + share, 0);
	return new Map(
		targets.map((target) => [target, Math.max(target.least, Math.round((cases * target.share) / whole))]),
	);
}
