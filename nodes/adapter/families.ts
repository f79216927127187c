/** What the device families declare, merged. No other file of the adapter knows a family. */
import { COMMON_BADGES } from '../protocol/common/badges.js';
import type { ErrorCode } from '../protocol/common/errors.js';
import { ERRORS } from '../protocol/errors.js';
import { HPDU_BADGES } from '../protocol/hpdu/badges.js';
import { UPS_BADGES } from '../protocol/ups/badges.js';
import { WICAN_BADGES } from '../protocol/wican/badges.js';

/** In the order in which the sidebar shows their devices. */
export const FAMILIES = ['ups', 'wican', 'hpdu'] as const;

/** Every badge that a node of the collection can show. */
export const STATUS = { ...COMMON_BADGES, ...UPS_BADGES, ...WICAN_BADGES, ...HPDU_BADGES } as const;

export type StatusName = keyof typeof STATUS;

/** Every error with its badge: a family whose codes or badges are not declared does not compile. */
export const ERROR_BADGES: Readonly<Record<ErrorCode, readonly [badge: StatusName, meaning: string]>> =
	ERRORS;
