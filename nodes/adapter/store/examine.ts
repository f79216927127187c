import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Timers } from '../../protocol/common/time.js';

/** Exit codes of the check. Any other ending is judged by `isDamage`. */
export const SOUND = 0;
export const DAMAGED = 41;
/** The check itself met a problem that says nothing of the file, such as a full disk. */
export const UNDECIDED = 42;

/** What the kernel does to a process that reads a broken file; other signals come from people and supervisors. */
const CRASHES = new Set(['SIGBUS', 'SIGSEGV', 'SIGABRT', 'SIGILL', 'SIGFPE', 'SIGTRAP']);

/** Long enough for a large file on a slow card (milliseconds). */
const LIMIT = 60_000;

export type Verdict = 'sound' | 'damaged' | 'undecided';

/**
 * Reads a data file in a short-lived process. Where no process can be started the file counts as sound.
 * @param signal ends the check early, as undecided
 */
export function examine(path: string, timers: Timers, signal: AbortSignal): Promise<Verdict> {
	if (signal.aborted) return Promise.resolve('undecided');
	return new Promise((resolve) => {
		let hung = false;
		// Options meant for this process could make the other wait for a debugger.
		const env = { ...process.env, NODE_OPTIONS: '' };
		const child = fork(join(__dirname, 'check.js'), [path], { execArgv: [], env, stdio: 'ignore' });
		const stop = () => void child.kill('SIGKILL');
		const limit = timers.set(() => {
			hung = true;
			stop();
		}, LIMIT);
		const end = (verdict: Verdict) => {
			timers.clear(limit);
			signal.removeEventListener('abort', stop);
			resolve(verdict);
		};
		signal.addEventListener('abort', stop);
		child.once('error', () => end('sound'));
		child.once('exit', (code, killer) => end(judge(code, killer, hung)));
	});
}

function judge(code: number | null, killer: string | null, hung: boolean): Verdict {
	if (code === SOUND) return 'sound';
	if (hung || code === DAMAGED || (killer !== null && CRASHES.has(killer))) return 'damaged';
	// Windows has no signals: a crash is one of its large status codes.
	return code !== null && code > 0xff ? 'damaged' : 'undecided';
}
