/** The token that proves who asks. Source: WEBAPI, chapter 2.1, "hPDU-auth-v1 token". */
import { createHmac } from 'node:crypto';
import { ProtocolError } from '../common/errors.js';

/** Bytes of UTF-8 that a user name, and a password, may have. */
const LONGEST = 16;
/** The time has 29 bits of the message, the user's number 3. */
const TIMES = 2 ** 29;
const USERS = 8;

/** Who asks. */
export interface Login {
	readonly username: string;
	readonly password: string;
}

/**
 * Checks what can be checked of a login without the PDU.
 * @throws ProtocolError `hpdu-bad-argument`
 */
export function checkLogin(login: Login): Login {
	for (const argument of ['username', 'password'] as const) {
		const length = Buffer.byteLength(login[argument]);
		if (length > 0 && length <= LONGEST) continue;
		throw new ProtocolError('hpdu-bad-argument', { argument, expected: `1..${LONGEST} bytes` });
	}
	return login;
}

/** Whether a number is one that a PDU gives its users. */
export function isUserId(value: number): boolean {
	return Number.isInteger(value) && value >= 0 && value < USERS;
}

/**
 * The token of a user for one second.
 * @param time seconds by the PDU's clock; counted on beyond 29 bits as the PDU can only do
 * @param userId 0..7, see `isUserId`
 * @returns 16 hexadecimal digits
 */
export function tokenFor({ username, password }: Login, userId: number, time: number): string {
	const message = Buffer.alloc(4);
	// Shifting would make a signed number of it.
	message.writeUInt32BE((time % TIMES) * USERS + userId);
	const signature = createHmac('sha256', `${username}:${password}`).update(message).digest('hex');
	return message.toString('hex') + signature.slice(0, 8);
}
