import { COMMON_ERRORS, type ErrorCode } from './common/errors.js';
import { HPDU_ERRORS } from './hpdu/errors.js';
import { UPS_ERRORS } from './ups/errors.js';
import { WICAN_ERRORS } from './wican/errors.js';

/** Per code, the badge of a node that the error keeps from working, and what it means. */
export const ERRORS = { ...COMMON_ERRORS, ...UPS_ERRORS, ...WICAN_ERRORS, ...HPDU_ERRORS };

const meanings = Object.entries(ERRORS).map(([code, [, meaning]]) => [code, meaning]);

/** The error codes of the whole collection, with what each one means. */
export const ERROR_CODES = Object.fromEntries(meanings) as Readonly<Record<ErrorCode, string>>;
