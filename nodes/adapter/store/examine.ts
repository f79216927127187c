import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { StoredValue } from '../../protocol/common/store.js';
import type { Timers } from '../../protocol/common/time.js';
import type { Lease } from './database.js';

/** Exit codes of the check. Any other ending is judged by `judge`. */
export const SOUND = 0;
export const DAMAGED = 41;
/** The check itself met a problem that says nothing of the file, such as a full disk. */
export const UNDECIDED = 42;

/** The argument that makes the check send the content instead. */
export const PEEK = 'peek';

/** What the kernel does to a process that reads a broken file; other signals come from people and supervisors. */
const CRASHES = new Set(['SIGBUS', 'SIGSEGV', 'SIGABRT', 'SIGILL', 'SIGFPE', 'SIGTRAP']);

/** Long enough for a large file on a slow card (milliseconds). */
const LIMIT = 60_000;

export type Verdict = 'sound' | 'damaged' | 'undecided';

/** The content of a file, as JSON can carry it. */
export interface Snapshot {
	readonly lease: Lease | undefined;
	/** The newest logged commit in it. */
	readonly seq: number;
	readonly scopes: readonly {
		readonly scope: string;
		readonly entries: readonly (readonly [string, StoredValue])[];
		readonly tokens: readonly (readonly [string, number])[];
	}[];
}

export interface ExamineOptions {
	readonly timers: Timers;
	/** Ends the check early, as undecided. */
	readonly signal: AbortSignal;
}

/** Checks a data file in a short-lived process. Where no process can be started the file counts as sound. */
export async function examine(path: string, options: ExamineOptions): Promise<Verdict> {
	return (await run([path], options)).verdict;
}

/** Has a data file that cannot be written read by a short-lived process; undefined when that fails. */
export async function peek(path: string, options: ExamineOptions): Promise<Snapshot | undefined> {
	const { verdict, message } = await run([path, PEEK], options);
	return verdict === 'sound' ? (message as Snapshot | undefined) : undefined;
}

function run(
	args: string[],
	{ timers, signal }: ExamineOptions,
): Promise<{ verdict: Verdict; message: unknown }> {
	let message: unknown;
	return new Promise((resolve) => {
		const child = start(args);
		if (child === undefined || signal.aborted) {
			child?.kill('SIGKILL');
			resolve({ verdict: signal.aborted ? 'undecided' : 'sound', message });
			return;
		}
		let hung = false;
		const stop = () => void child.kill('SIGKILL');
		const limit = timers.set(() => {
			hung = true;
			stop();
		}, LIMIT);
		const end = (verdict: Verdict) => {
			timers.clear(limit);
			signal.removeEventListener('abort', stop);
			resolve({ verdict, message });
		};
		signal.addEventListener('abort', stop);
		child.once('message', (received) => {
			message = received;
		});
		child.once('error', () => end('sound'));
		child.once('exit', (code, killer) => {
			const verdict = judge(code, killer, hung);
			// A message may still be on its way.
			if (child.connected) child.once('disconnect', () => end(verdict));
			else end(verdict);
		});
	});
}

function start(args: string[]): ChildProcess | undefined {
	// Options meant for this process could make the other wait for a debugger.
	const env = { ...process.env, NODE_OPTIONS: '' };
	try {
		return fork(join(__dirname, 'check.js'), args, { execArgv: [], env, stdio: 'ignore' });
	} catch {
		return undefined;
	}
}

function judge(code: number | null, killer: string | null, hung: boolean): Verdict {
	if (code === SOUND) return 'sound';
	if (hung || code === DAMAGED || (killer !== null && CRASHES.has(killer))) return 'damaged';
	// Windows has no signals: a crash is one of its large status codes.
	return code !== null && code > 0xff ? 'damaged' : 'undecided';
}
