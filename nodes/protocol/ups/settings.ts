/** How one UPS is configured: its id and key as a person types them. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { ProtocolError } from '../common/errors.js';
import { textOf } from '../common/text.js';

export interface UpsSettings {
	readonly deviceId: string;
	readonly name: string;
	readonly key: UpsKey;
	/** Accepted difference of the clocks, seconds. */
	readonly clockSkew: number;
	/** Percent below which the battery is low; undefined: the UPS's own thresholds. */
	readonly lowBattery?: number | undefined;
	/** Milliseconds that a loss of mains must last before it is an event; 0: none. */
	readonly mainsLostAfter?: number;
	/** Milliseconds until a command expires; 0: never. */
	readonly commandMaxAge: number;
	/** Milliseconds without an accepted POST until the UPS counts as offline. */
	readonly offlineAfter: number;
	/** Is called with another UPS that has the same key: a captured POST of one would be accepted for the other. */
	onSameKey?(other: UpsSettings): void;
}

/** The HTTP key of a UPS; it can't be printed by accident. */
export interface UpsKey {
	readonly secret: KeyObject;
	/**
	 * Letters that no UPS shows (I, L, O, U), each once. The vendor's own example of a key has one, so they are
	 * only a hint that a 0 or a 1 was read as a letter.
	 */
	readonly doubtful: readonly string[];
}

/**
 * Reads a key; case, spaces and dashes do not matter. The key of the HMAC is the 16 characters themselves, upper-case, and not
 * what they would decode to as base32.
 * Source: HTTP mode quick start, "The HTTP Key".
 * @throws ProtocolError `ups-bad-key` with the number of characters found
 */
export function parseKey(text: string): UpsKey {
	const characters = text.replace(/[^0-9A-Za-z]/g, '').toUpperCase();
	if (characters.length !== 16) throw new ProtocolError('ups-bad-key', { length: characters.length });
	const doubtful = [...new Set(characters.match(/[ILOU]/g) ?? [])];
	return { secret: createSecretKey(Buffer.from(characters, 'ascii')), doubtful };
}

/** A device id without the spaces between groups of digits, as printed on a SIM card; unchecked. */
export function plainDeviceId(text: unknown): string {
	const trimmed = typeof text === 'string' ? text.trim() : '';
	const digits = trimmed.replace(/\s/g, '');
	return /^[0-9]+$/.test(digits) ? digits : trimmed;
}

/** @throws ProtocolError `ups-bad-device-id`, `config-invalid` for an id with a space that is no number */
export function parseDeviceId(text: unknown): string {
	const deviceId = plainDeviceId(text);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
	if (!/^[^\u0000-\u001f\u007f]{1,64}$/.test(deviceId))
		throw new ProtocolError('ups-bad-device-id', { deviceId: textOf(text).slice(0, 70) });
	if (/\s/.test(deviceId)) {
		const problem = { property: 'deviceId', value: deviceId, expected: 'A-Z a-z 0-9 . _ -' };
		throw new ProtocolError('config-invalid', problem);
	}
	return deviceId;
}

/** The ids under which a UPS may report: of a whole ICCID it sends 19 digits, without the check digit. */
export function idsOf(deviceId: string): readonly string[] {
	return /^[0-9]{20}$/.test(deviceId) ? [deviceId, deviceId.slice(0, 19)] : [deviceId];
}
