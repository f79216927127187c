import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How long a program may take to end, in milliseconds, before it is killed. */
const GRACE = 10_000;

export interface ProgramOptions {
	/** Added to the environment. */
	readonly env?: Readonly<Record<string, string>>;
	/** Is given each line that the program prints; without it the program prints to the console itself. */
	readonly onLine?: (line: string) => void;
}

/** Starts a Node.js program that ends when this process does, whatever ends this process. */
export function startProgram(
	path: string,
	args: readonly string[],
	{ env = {}, onLine }: ProgramOptions = {},
): ChildProcess {
	const program = fork(path, args, {
		execArgv: ['--require', join(__dirname, 'exit-with-parent.js')],
		env: { ...process.env, ...env },
		stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit', 'ipc'],
	});
	if (onLine && program.stdout) createInterface(program.stdout).on('line', onLine);
	return program;
}

/** Ends a program as Ctrl-C does and resolves when it has ended. */
export async function endProgram(program: ChildProcess): Promise<void> {
	if (program.exitCode !== null || program.signalCode !== null) return;
	const ended = once(program, 'exit');
	const overdue = setTimeout(() => program.kill('SIGKILL'), GRACE);
	program.kill('SIGTERM');
	await ended;
	clearTimeout(overdue);
}
