import { ProtocolError } from '../protocol/common/errors.js';
import { textOf } from '../protocol/common/text.js';
import { ERROR_BADGES, type StatusName } from './families.js';
import type { NodeRed } from './node-red.js';

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

/** The badge of a node that can't work because of this error. */
export function badgeOf({ code, params }: ProtocolError): StatusName {
	const isChoice = code === 'config-invalid' && params.context === 'choice';
	return isChoice ? 'config-missing' : ERROR_BADGES[code][0];
}

/** The badge of a node that could not do what a message asks for: a wrong message is no fault of the node. */
export function badgeOfInput(error: ProtocolError): StatusName {
	const badge = badgeOf(error);
	return badge === 'config-invalid' ? 'bad-request' : badge;
}
