import type { Identity, ProcessLook } from './identity.js';

/** Who may write, as it stands in the files. */
export interface Owner extends Identity {
	/** Names one opening of the store. */
	readonly token: string;
	/** When the owner was last seen alive: milliseconds since the epoch, by its own clock. */
	readonly beat: number;
	/** Set by a clean close. */
	readonly released: boolean;
}

/** How often an owner beats, in milliseconds. */
export const BEAT = 15_000;
/** After how long without a beat an owner counts as dead, in milliseconds. */
export const STALE = 45_000;

/** Which opening has which folder within this process, where LMDB does not stand being opened twice. */
const folders = new Map<string, string>();

/** Takes a folder for this process's opening of that name; false when another one has it. */
export function enterFolder(folder: string, token: string): boolean {
	const holder = folders.get(folder) ?? token;
	folders.set(folder, holder);
	return holder === token;
}

/** Gives back all that an opening holds. */
export function leaveFolders(token: string): void {
	for (const [folder, holder] of folders) if (holder === token) folders.delete(folder);
}

/**
 * Whether the files may be taken over: at once from an owner that is provably dead, else when its beat is stale.
 * A clock that was set makes a beat look old or lie in the future; a wrong guess is no danger to the files,
 * since an owner that lost the lease cannot write any more.
 */
export function isFree(owner: Owner, self: Identity, now: number, look: ProcessLook): boolean {
	if (owner.released) return true;
	return isDead(owner, self, look) || Math.abs(now - owner.beat) > STALE;
}

function isDead(owner: Owner, self: Identity, look: ProcessLook): boolean {
	if (owner.host !== self.host) return false;
	if (owner.boot !== self.boot) return true;
	if (owner.pidNamespace !== self.pidNamespace) return false;
	if (owner.pid === self.pid) return true;
	const started = look(owner.pid);
	return started === undefined || started !== owner.started;
}
