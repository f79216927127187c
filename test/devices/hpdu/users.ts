import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DeviceClock } from './clock.js';
import { type Register, ROLES, type Role } from './registers.js';

/** Who may log in. Name and password are at most 16 bytes; a user without a name is switched off. */
export interface User {
	/** As `/userid` tells it: 0 for super to 4 for viewer. */
	readonly uid: number;
	readonly role: Role;
	name: string;
	password: string;
	/** Permission bits, whose meaning the document does not tell. */
	permissions: string;
}

export type UserOptions = Pick<User, 'role' | 'name' | 'password'> & { readonly uid?: number };

/** What `/userid` says about a name that nobody has. */
const NOBODY = 7;
/** Seconds by which a token may be older or newer than the clock of the PDU. */
const TOLERANCE = 10;
/** Bytes of a name and of a password. */
export const NAME_BYTES = 16;

const FACTORY: readonly UserOptions[] = ROLES.map((role) => ({ role, name: role, password: role }));

/** Whether a role is as high as another, or higher. */
export function atLeast(role: Role, needed: Role): boolean {
	return ROLES.indexOf(role) <= ROLES.indexOf(needed);
}

/** Whether a user's role allows to write a channel of a register. */
export function mayWrite(user: User, register: Register, channel: number): boolean {
	if (register.role === 'own') {
		return channel > ROLES.indexOf(user.role);
	}
	return atLeast(user.role, register.role === 'none' ? 'super' : register.role);
}

/** The five users, and the tokens by which they are known. */
export class Users {
	readonly all: readonly User[];
	readonly #clock: DeviceClock;

	/** @param options given users stand in for those of the same role */
	constructor(clock: DeviceClock, options: readonly UserOptions[] = []) {
		this.#clock = clock;
		this.all = FACTORY.map((user, level) => {
			const given = options.find(({ role }) => role === user.role);
			return { uid: level, permissions: '0', ...user, ...given };
		});
	}

	/** The number that `/userid` tells for a name; there is one for every name. */
	userid(name: string): number {
		return (name === '' ? undefined : this.all.find((user) => user.name === name))?.uid ?? NOBODY;
	}

	/** Changes a user, counted from 1 for super. */
	change(level: number, change: Partial<Pick<User, 'name' | 'password' | 'permissions'>>): void {
		Object.assign(this.all[level - 1] ?? {}, change);
	}

	/**
	 * The user whose token it is, or undefined.
	 *
	 * @param header the value of `Authorization`: `hPDU-auth-v1 deadbeef5d1fa4d6`
	 */
	authenticate(header: string | undefined): User | undefined {
		const token = /^hPDU-auth-v1 +([0-9a-f]{16}) *$/i.exec(header ?? '')?.[1];
		if (token === undefined) {
			return undefined;
		}
		const bytes = Buffer.from(token, 'hex');
		const message = bytes.subarray(0, 4);
		const user = this.all.find(({ uid, name }) => uid === message.readUInt32BE() % 8 && name !== '');
		if (!user || this.#clock.distance(Math.floor(message.readUInt32BE() / 8)) > TOLERANCE) {
			return undefined;
		}
		const digest = createHmac('sha256', `${user.name}:${user.password}`).update(message).digest();
		return timingSafeEqual(digest.subarray(0, 4), bytes.subarray(4)) ? user : undefined;
	}
}
