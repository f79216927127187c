import { randomBytes } from 'node:crypto';

/** A source of 32-bit words. */
export type RandomWord = () => number;

const KEY_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export const randomWord: RandomWord = () => randomBytes(4).readUInt32BE();

/** A key as the UPS makes it: 16 characters of its alphabet, five random bits each. */
export function makeKey(random: RandomWord = randomWord): string {
	return Array.from({ length: 16 }, () => KEY_ALPHABET[random() & 31]).join('');
}

/** A nonce as the UPS makes it: two words, 16 lower-case hexadecimal digits. */
export function makeNonce(random: RandomWord = randomWord): string {
	const word = () => (random() >>> 0).toString(16).padStart(8, '0');
	return `${word()}${word()}`;
}
