/** The error codes of the Schleifenbauer hPDU. */
import { defineErrors } from '../common/errors.js';

export const HPDU_ERRORS = defineErrors({
	'hpdu-bad-argument': ['config-invalid', 'What is to be asked of a PDU is not possible; nothing was sent.'],
	'hpdu-bad-request': ['device-refused', 'The PDU did not understand a request (400).'],
	'hpdu-unauthorized': [
		'device-unauthorized',
		'The PDU refused name or password, also with its present time.',
	],
	'hpdu-forbidden': [
		'device-refused',
		'The user may not do this, or the register may not be read or written over the web API (403).',
	],
	'hpdu-not-found': ['device-refused', 'The PDU has no such register, group or unit (404).'],
	'hpdu-method-not-allowed': ['device-refused', 'The PDU does not take this kind of request there (405).'],
	'hpdu-rejected': ['device-refused', 'The PDU rejected a value (422, or a result that is not known).'],
	'hpdu-internal': ['device-failed', 'Something failed inside the PDU (500).'],
	'hpdu-partial': ['device-failed', 'The PDU could give only a part of its answer.'],
	'hpdu-would-lock-out': [
		'device-refused',
		'A change would lock out the user that made it; the PDU did not make it.',
	],
	'hpdu-ipapi-key-length': ['device-refused', 'An IPAPI key has not 16 characters.'],
	'hpdu-outlet-locked': [
		'device-refused',
		'Outlets did not switch although the PDU took the command: they are locked.',
	],
	'hpdu-mismatch': ['device-refused', 'The PDU stored something else than was sent.'],
	'hpdu-timeout': ['device-timeout', 'The PDU did not answer in time.'],
	'hpdu-unreachable': ['device-unreachable', 'No connection to the PDU, or it was lost.'],
	'hpdu-bad-response': ['device-failed', 'The answer is not one that a PDU gives.'],
	'hpdu-login-changed': [
		'config-invalid',
		'A flow has changed the login by which it asks; the new one is used until Node-RED restarts.',
	],
	'hpdu-busy': ['device-busy', 'So many requests wait for a PDU, or so long, that this one was not sent.'],
	'hpdu-password-needed': [
		'config-invalid',
		'A stored password is not sent to another place than it was deployed for.',
	],
});

declare module '../common/errors.js' {
	interface ErrorCodes extends Record<keyof typeof HPDU_ERRORS, unknown> {}
}
