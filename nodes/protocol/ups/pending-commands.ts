import { type CommandState, isFinalState } from './command-state.js';
import type { CommandReport } from './messages.js';

/** A badge by its name, and the numbers in its text. */
export type CommandBadge = readonly [
	name: CommandState | 'commands-waiting',
	params: Readonly<Record<string, number>>,
];

/** A command in no final state. */
export interface PendingCommand {
	readonly id: string;
	readonly state: CommandState;
}

/** The commands of one node that are in no final state, for its badge. */
export class PendingCommands {
	private readonly ids = new Set<string>();
	/** Commands that a report was about before the stored ones were read; undefined afterwards. */
	private changed: Set<string> | undefined = new Set();

	/**
	 * Adds the commands that are stored when the node starts; a report that came meanwhile is newer.
	 * @returns the badge; undefined if no command is left
	 */
	resume(commands: readonly PendingCommand[]): CommandBadge | undefined {
		const stored = commands.filter(({ id }) => !this.changed?.has(id));
		for (const { id } of stored) this.ids.add(id);
		this.changed = undefined;
		const [first] = stored;
		if (first === undefined) return undefined;
		return this.ids.size === 1 ? [first.state, {}] : ['commands-waiting', { count: this.ids.size }];
	}

	update({ id, command, state }: CommandReport): void {
		this.changed?.add(id);
		if (isFinalState(command, state)) this.ids.delete(id);
		else this.ids.add(id);
	}

	/** The state of the only command, or the number of commands. */
	badge({ id, state }: CommandReport): CommandBadge {
		const others = this.ids.size - (this.ids.has(id) ? 1 : 0);
		return others === 0 ? [state, {}] : ['commands-waiting', { count: this.ids.size }];
	}
}
