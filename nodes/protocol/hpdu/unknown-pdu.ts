import { ProtocolError } from '../common/errors.js';

/** The error for a message whose `msg.device` is neither name nor id of a PDU; `known` lists those there are. */
export function unknownPdu(given: string, known: string): ProtocolError {
	const argument = `msg.device ${given.slice(0, 64)}`.trim();
	const expected = `name or id of a hpdu-device${known && ` (${known})`}`;
	return new ProtocolError('hpdu-bad-argument', { argument, expected });
}
