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

/** Tokens of the stores that are open in this process: one of these is alive, however its process looks. */
const openHere = new Set<string>();

export function tokenOpened(token: string): void {
	openHere.add(token);
}

export function tokenClosed(token: string): void {
	openHere.delete(token);
}

/**
 * Whether the files may be taken over: at once from an owner that is provably dead, else when its beat is stale.
 * A clock that was set makes a beat look old or lie in the future; a wrong guess is no danger to the files,
 * since an owner that lost the lease cannot write any more.
 */
export function isFree(owner: Owner, self: Identity, now: number, look: ProcessLook): boolean {
	if (owner.released) return true;
	if (openHere.has(owner.token)) return false;
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
