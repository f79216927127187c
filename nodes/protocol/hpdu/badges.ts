import type { BadgeTable } from '../common/badges.js';

/** The badges of this family alone. */
export const HPDU_BADGES = {
	'device-ok': ['green', 'dot'],
	'device-unauthorized': ['red', 'ring'],
	'device-timeout': ['red', 'ring'],
	'device-busy': ['red', 'ring'],
	'device-unreachable': ['red', 'ring'],
	'device-refused': ['red', 'ring'],
	'device-failed': ['red', 'ring'],
} as const satisfies BadgeTable;
