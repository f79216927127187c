/** What nodes tell of commands, over any number of Node-RED processes, and whether it is one history each. */
import type { CommandReport } from '../nodes/ups-kit.js';

/** Commands that must never be executed twice. */
export const HARMFUL: ReadonlySet<string> = new Set(['host.shutdown', 'host.reset', 'power.cycle']);

const ENDS: ReadonlySet<string> = new Set([
	...['confirmed', 'unconfirmed', 'rejected', 'expired', 'cancelled', 'unknown'],
]);

/** What may come next. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
	queued: ['sent', 'cancelled', 'expired'],
	sent: ['acked', 'rejected', 'unknown'],
	acked: ['confirmed', 'unconfirmed'],
};

/** One command, with the states in the order in which they were first told. */
export interface History {
	readonly id: string;
	readonly deviceId: string;
	readonly command: string;
	readonly steps: { readonly state: string; readonly time: number; readonly reason: string | undefined }[];
	/** Nobody knows how it went on, for what knew was destroyed. */
	excused?: boolean;
}

/** Whether nothing may follow. */
export function isOver({ command, steps }: History): boolean {
	const last = steps.at(-1)?.state ?? '';
	return ENDS.has(last) || (last === 'acked' && !HARMFUL.has(command));
}

export class Histories {
	readonly all = new Map<string, History>();
	/** Steps that were told again, as may happen after a kill. */
	again = 0;
	readonly contradictions: string[] = [];

	/** Takes in what a node has told. */
	add({ id, deviceId, command, state, time, reason }: CommandReport): void {
		const history = this.all.get(id) ?? { id, deviceId, command, steps: [] };
		this.all.set(id, history);
		const known = history.steps.find((step) => step.state === state);
		if (known === undefined) history.steps.push({ state, time, reason });
		else if (known.time === time && known.reason === reason) this.again++;
		else this.contradictions.push(`${describe(history)}, and then ${state} at ${time} (${reason})`);
	}

	/** Commands in no final state. */
	open(): History[] {
		return [...this.all.values()].filter((history) => !history.excused && !isOver(history));
	}

	/** Its end need not be told any more. */
	excuse(id: string): void {
		const history = this.all.get(id);
		if (history !== undefined) history.excused = true;
	}

	/** Everything that is wrong when all has settled. Where clocks jump, a later state may have an earlier time. */
	problems({ clockJumps = false } = {}): string[] {
		const disorder = [...this.all.values()].filter((history) => !isInOrder(history, clockJumps));
		return [
			...this.contradictions.map((text) => `a command was told two stories: ${text}`),
			...disorder.map((history) => `states in a wrong order: ${describe(history)}`),
			...this.open().map((history) => `a command without an end: ${describe(history)}`),
		];
	}

	/** How many commands ended in each state. */
	ends(): Record<string, number> {
		const counts: Record<string, number> = {};
		for (const { steps } of this.all.values()) {
			const end = steps.at(-1)?.state ?? 'none';
			counts[end] = (counts[end] ?? 0) + 1;
		}
		return counts;
	}
}

/** A history as text. */
export function describe({ id, deviceId, command, steps }: History): string {
	const told = steps.map(({ state, time, reason }) => `${state} at ${time}${reason ? ` (${reason})` : ''}`);
	return `${command} ${id} of ${deviceId}: ${told.join(', ')}`;
}

function isInOrder({ steps }: History, clockJumps: boolean): boolean {
	return steps.every(({ state, time }, index) => {
		const before = steps[index - 1];
		if (before === undefined) return state === 'queued';
		return (NEXT[before.state] ?? []).includes(state) && (clockJumps || time >= before.time);
	});
}
