import type { Call } from './call.js';
import type { Register } from './registers.js';
import { atLeast, mayWrite, type User } from './users.js';

/** Keys and communities, which not everybody gets to see. */
const CONFIDENTIAL: ReadonlySet<string> = new Set([
	'iarc4k',
	'sncmpb',
	'sncmpr',
	'sncmtr',
	'usacrd',
	'usacwr',
]);

/** Whether the web interface lets this user read a register. */
export function isReadable({ mnemonic, read }: Register, user: User): boolean {
	return read !== 'none' && read !== 'ipapi' && (!CONFIDENTIAL.has(mnemonic) || atLeast(user.role, 'power'));
}

/** Whether the web interface lets this user write a channel of a register; without a channel, any of them. */
export function isWritable(register: Register, user: User, channel = register.repeats): boolean {
	return register.write !== 'none' && register.write !== 'ipapi' && mayWrite(user, register, channel);
}

/** What is for the web only cannot be carried over the databus to another unit. */
function reaches(via: Register['read'], { foreign }: Call): boolean {
	return !foreign || via !== 'web';
}

export function mayReadHere(register: Register, call: Call): boolean {
	return isReadable(register, call.user) && reaches(register.read, call);
}

export function mayWriteHere(register: Register, channel: number, call: Call): boolean {
	const asBus = call.bridged && call.device.options.bridgedWrites === true && register.write !== 'none';
	const allowed = asBus ? mayWrite(call.user, register, channel) : isWritable(register, call.user, channel);
	return allowed && reaches(register.write, call);
}
