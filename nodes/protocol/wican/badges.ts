import type { BadgeTable } from '../common/badges.js';

/** The badges of this family alone. */
export const WICAN_BADGES = {
	'car-known': ['green', 'ring'],
	'car-online': ['green', 'dot'],
	'car-stale': ['yellow', 'ring'],
	'car-offline': ['grey', 'ring'],
	'car-offline-for': ['grey', 'ring'],
	'wrong-token': ['yellow', 'ring'],
	'wrong-api-key': ['yellow', 'ring'],
	'wrong-login': ['yellow', 'ring'],
	'wrong-certificate': ['yellow', 'ring'],
	'no-credential': ['red', 'ring'],
} as const satisfies BadgeTable;
