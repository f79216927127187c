/** The error codes of the Web3 Pi UPS. */
import { defineErrors } from '../common/errors.js';

export const UPS_ERRORS = defineErrors({
	'ups-bad-key': ['config-invalid', 'An HTTP key is not 16 characters of 0-9 A-Z.'],
	'ups-bad-device-id': [
		'config-invalid',
		'A device id is empty, longer than 64 characters or has control characters.',
	],
	'ups-duplicate-device': ['duplicate', 'Two ups-device nodes have one device id.'],
	'ups-unknown-device': ['unknown-ups', 'No ups-device has this device id.'],
	'ups-unknown-command': ['unknown-command', 'A command is none of the five that a UPS knows.'],
	'ups-bad-argument': [
		'bad-request',
		'An argument of a command is out of range, of the wrong type or unknown.',
	],
	'ups-queue-full': ['queue-full', 'So many commands wait for a UPS that no more are taken.'],
	'ups-not-cancellable': [
		'not-cancellable',
		'The command to cancel does not exist or is no longer only queued.',
	],
});

declare module '../common/errors.js' {
	interface ErrorCodes extends Record<keyof typeof UPS_ERRORS, unknown> {}
}
