import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** How long a program may take to end, in milliseconds, before it is killed. */
const GRACE = 10_000;

/** Starts a Node.js program that ends when this process does, whatever ends this process. */
export function startProgram(
	path: string,
	args: readonly string[],
	env: Readonly<Record<string, string>> = {},
): ChildProcess {
	return fork(path, args, {
		execArgv: ['--require', join(__dirname, 'exit-with-parent.js')],
		env: { ...process.env, ...env },
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
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
