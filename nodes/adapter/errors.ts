import { type ErrorCode, ProtocolError } from '../protocol/common/errors.js';
import { textOf } from '../protocol/common/text.js';
import type { NodeRed } from './node-red.js';
import type { StatusName } from './status.js';

/**
 * Any failure as the collection's error, its message in the words of the runtime's language. What is no
 * ProtocolError is a fault of ours: `internal`, with the original as its cause.
 */
export function localise(RED: NodeRed, failure: unknown): ProtocolError {
	const error = failure instanceof ProtocolError ? failure : internal(failure);
	error.message = RED._(`errors.${error.code}`, error.params);
	return error;
}

function internal(failure: unknown): ProtocolError {
	const reason = failure instanceof Error ? failure.message : textOf(failure);
	return new ProtocolError('internal', { reason }, failure);
}

/** The badges of what keeps a node from working; everything else is a matter of its configuration. */
const BADGES: Partial<Record<ErrorCode, StatusName>> = {
	'config-missing': 'config-missing',
	'endpoint-path-taken': 'path-taken',
	'endpoint-port-in-use': 'port-in-use',
	'endpoint-disabled': 'endpoint-disabled',
	'endpoint-listen-failed': 'endpoint-failed',
	'endpoint-tls-invalid': 'endpoint-failed',
	'ups-duplicate-device': 'duplicate',
	'ups-unknown-device': 'unknown-ups',
	'ups-unknown-command': 'unknown-command',
	'ups-bad-argument': 'bad-request',
	'ups-queue-full': 'queue-full',
	'ups-not-cancellable': 'not-cancellable',
	'wican-no-credential': 'no-credential',
	'hpdu-unauthorized': 'device-unauthorized',
	'hpdu-timeout': 'device-timeout',
	'hpdu-busy': 'device-busy',
	'hpdu-unreachable': 'device-unreachable',
	'hpdu-bad-request': 'device-refused',
	'hpdu-forbidden': 'device-refused',
	'hpdu-not-found': 'device-refused',
	'hpdu-method-not-allowed': 'device-refused',
	'hpdu-rejected': 'device-refused',
	'hpdu-would-lock-out': 'device-refused',
	'hpdu-ipapi-key-length': 'device-refused',
	'hpdu-mismatch': 'device-refused',
	'hpdu-outlet-locked': 'device-refused',
	'hpdu-internal': 'device-failed',
	'hpdu-partial': 'device-failed',
	'hpdu-bad-response': 'device-failed',
	'store-unavailable': 'store-failing',
	'store-in-use': 'store-failing',
	'store-unreachable': 'store-failing',
	'store-login-refused': 'store-failing',
};

/** The badge of a node that can't work because of this error. */
export function badgeOf({ code, params }: ProtocolError): StatusName {
	const isChoice = code === 'config-invalid' && params.context === 'choice';
	return isChoice ? 'config-missing' : (BADGES[code] ?? 'config-invalid');
}

/** The badge of a node that could not do what a message asks for: a wrong message is no fault of the node. */
export function badgeOfInput(error: ProtocolError): StatusName {
	const badge = badgeOf(error);
	return badge === 'config-invalid' ? 'bad-request' : badge;
}
