/** The error codes of the WiCAN. */
import { defineErrors } from '../common/errors.js';

export const WICAN_ERRORS = defineErrors({
	'wican-no-credential': [
		'no-credential',
		'A wican-https-in node has no credential to compare with, and so refuses every POST.',
	],
});

declare module '../common/errors.js' {
	interface ErrorCodes extends Record<keyof typeof WICAN_ERRORS, unknown> {}
}
