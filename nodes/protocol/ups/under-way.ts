import { type CommandState, isFinalState } from './command-state.js';
import type { CommandReport } from './messages.js';

/** A badge in words that need translation, and the numbers in it. */
export type CommandBadge = readonly [
	name: CommandState | 'commands-waiting',
	params: Readonly<Record<string, number>>,
];

/** A command that is in no final state. */
export interface CommandInFlight {
	readonly id: string;
	readonly state: CommandState;
}

/** The commands of one node that are in no final state, for its badge. */
export class CommandsUnderWay {
	private readonly ids = new Set<string>();
	/** What was noted while it was being read what is under way; undefined from then on. */
	private noted: Set<string> | undefined = new Set();
	/** Those that were there before the node, and of which no report has told meanwhile. */
	private resumedOnes: readonly CommandInFlight[] = [];

	/** Takes up what was under way before the node was there; what has been noted meanwhile is newer. */
	resume(commands: readonly CommandInFlight[]): void {
		this.resumedOnes = commands.filter(({ id }) => !this.noted?.has(id));
		for (const { id } of this.resumedOnes) this.ids.add(id);
		this.noted = undefined;
	}

	/** Takes in what became of a command. */
	note({ id, command, state }: CommandReport): void {
		this.noted?.add(id);
		if (isFinalState(command, state)) this.ids.delete(id);
		else this.ids.add(id);
	}

	/** What a person wants to know at a glance after this report: how one fares, or how many wait. */
	badge({ id, state }: CommandReport): CommandBadge {
		const others = this.ids.size - (this.ids.has(id) ? 1 : 0);
		return others === 0 ? [state, {}] : ['commands-waiting', { count: this.ids.size }];
	}

	/** How the only one fares, or how many there are; undefined where nothing is worth a badge, or that of a report says it. */
	get resumed(): CommandBadge | undefined {
		const [first] = this.resumedOnes;
		if (first === undefined) return undefined;
		return this.ids.size === 1 ? [first.state, {}] : ['commands-waiting', { count: this.ids.size }];
	}
}
