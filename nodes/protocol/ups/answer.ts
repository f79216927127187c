/** The body of an answer: the command channel of a UPS. */

import type { Command } from './command-state.js';
import { effectOf } from './commands.js';

/** The UPS looks at the first eight entries only, and drops a longer body whole. */
export const MAX_COMMANDS = 8;
export const MAX_ANSWER_BYTES = 2047;

/** The answer's JSON, in the order given. Source: HTTP mode quick start, "How It Works". */
export function answerBody(commands: readonly Command[]): string {
	return JSON.stringify({ commands: commands.map(({ id, command, args }) => ({ id, cmd: command, args })) });
}

/**
 * As many of these commands as one answer can hold: those that switch something before beeps and texts, otherwise the oldest
 * first. None overtakes an older one of its kind.
 */
export function chooseForAnswer(commands: readonly Command[]): Command[] {
	const isUrgent = ({ command }: Command) => effectOf(command) !== undefined;
	const ordered = [...commands.filter(isUrgent), ...commands.filter((command) => !isUrgent(command))];
	let chosen = ordered.slice(0, MAX_COMMANDS);
	while (Buffer.byteLength(answerBody(chosen)) > MAX_ANSWER_BYTES) chosen = chosen.slice(0, -1);
	return chosen;
}
