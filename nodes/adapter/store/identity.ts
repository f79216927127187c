import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which process on which machine; null where the system does not tell. */
export interface Identity {
	readonly host: string;
	/** Changes at each boot of the machine. */
	readonly boot: string | null;
	/** Process ids can be compared within one namespace only: each container has its own. */
	readonly pidNamespace: string | null;
	readonly pid: number;
	/** When the process was started, in the system's own words: tells a process from a later one with its id. */
	readonly started: string | null;
}

/** Looks for a process: undefined when there is none with this id, else its `started`. */
export type ProcessLook = (pid: number) => string | null | undefined;

/** The identity of this process. */
export function ownIdentity(): Identity {
	return {
		host: hostname(),
		boot: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
		pidNamespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
		pid: process.pid,
		started: startOf(process.pid),
	};
}

/** A process of another user counts as well; signal 0 only asks. */
export const lookForProcess: ProcessLook = (pid) => {
	try {
		process.kill(pid, 0);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
	}
	return startOf(pid);
};

/** proc(5), /proc/pid/stat: field 22 is the start time. The name in field 2 may hold spaces and parentheses. */
function startOf(pid: number): string | null {
	return attempt(() => {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
	});
}

function attempt(read: () => string | null): string | null {
	try {
		return read();
	} catch {
		return null;
	}
}
