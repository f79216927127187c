import type { Changes } from './changes.js';
import type { Salvage } from './inspection.js';
import { type Content, copyOf, type Memory } from './memory.js';
import { note, type Recent, replay } from './recent.js';

/** Whose the files were until now: nobody's that is known, this process's, or another's. */
export type Role = 'start' | 'owner' | 'guest';

/** What was read of files that belong to this process from now on. */
export interface Found {
	readonly content: Content;
	/** What the file before this one holds, if this one still lacks it. */
	readonly previous: Salvage | undefined;
	/** Commits that the log has and the file does not. */
	readonly recent: readonly Recent[];
}

/**
 * Makes memory and what is still to be written agree with the files: to an owner memory is the truth, to others the files.
 * @param unwritten the changes that are still to be written; receives what the files lack
 */
export function takeOver(
	{ content, previous, recent }: Found,
	role: Role,
	memory: Memory,
	unwritten: Changes,
): void {
	if (role === 'owner') {
		memory.rewrite(content, unwritten);
		return;
	}
	if (role === 'guest') unwritten.entries.clear();
	const known = previous === undefined ? content : copyOf(previous.content);
	replay(recent, known);
	memory.adopt(known, unwritten);
	if (previous === undefined) note(recent, known, unwritten);
	else memory.rewrite(content, unwritten);
}
