import { createSecretKey, type KeyObject } from 'node:crypto';
import { ProtocolError } from '../common/errors.js';

/** A UPS's HTTP key, ready to sign and verify with; it can't be printed by accident. */
export interface UpsKey {
	readonly secret: KeyObject;
	/**
	 * Letters that no UPS shows (I, L, O, U), each once. The vendor's own example of a key has one, so they are
	 * only a hint that a 0 or a 1 was read as a letter.
	 */
	readonly doubtful: readonly string[];
}

/**
 * Reads a key as a person types it: case, spaces and dashes do not matter. The key of the HMAC is the 16
 * characters themselves, upper-case, and not what they would decode to as base32.
 * Source: HTTP mode quick start, "The HTTP Key".
 * @throws ProtocolError `ups-bad-key` with the number of characters found
 */
export function parseKey(text: string): UpsKey {
	const characters = text.replace(/[^0-9A-Za-z]/g, '').toUpperCase();
	if (characters.length !== 16) throw new ProtocolError('ups-bad-key', { length: characters.length });
	const doubtful = [...new Set(characters.match(/[ILOU]/g) ?? [])];
	return { secret: createSecretKey(Buffer.from(characters, 'ascii')), doubtful };
}
