/** Whether what was told is what happened: of commands, and of POSTs. */
import type { Message } from '../../nodes/adapter/node-red.js';
import { describe, HARMFUL, type Histories, type History } from './histories.js';

/** States that tell that a command was executed, or that it was not. */
const EXECUTED: ReadonlySet<string> = new Set(['acked', 'confirmed', 'unconfirmed']);
const NOT_EXECUTED: ReadonlySet<string> = new Set(['queued', 'rejected', 'expired', 'cancelled']);

/** What states tell that is not so, and what was executed too often. */
export function untrue({ all }: Histories, executed: (id: string) => number): string[] {
	return [...all.values()].flatMap((history) => {
		if (history.excused && !(executed(history.id) > 1)) return [];
		const times = executed(history.id);
		return isUntrue(history, times) ? [`executed ${times} times: ${describe(history)}`] : [];
	});
}

function isUntrue({ command, steps }: History, times: number): boolean {
	const state = steps.at(-1)?.state ?? '';
	if (times > 1 && HARMFUL.has(command)) return true;
	return (EXECUTED.has(state) && times === 0) || (NOT_EXECUTED.has(state) && times > 0);
}

/** A UPS's POSTs, told apart by what they say of time. Two that say the same come from a UPS that started twice in a second. */
export class Accounts {
	private readonly sent = new Map<string, number>();
	private readonly shown = new Map<string, number>();
	private readonly accepted = new Set<string>();
	private readonly refused = new Set<string>();

	/** A POST that got a status. */
	answered({ body }: { readonly body: Buffer }, status: number | undefined): void {
		const key = keyOf(JSON.parse(body.toString()));
		this.sent.set(key, (this.sent.get(key) ?? 0) + 1);
		if (status === 200) this.accepted.add(key);
		if (status === 401 || status === 429) this.refused.add(key);
	}

	/** A message of the node that receives. */
	take({ telemetry }: Message): void {
		const key = keyOf(telemetry);
		this.shown.set(key, (this.shown.get(key) ?? 0) + 1);
	}

	/** The process that answered was ended: what it had not shown by then is not known to anybody. */
	forget(): void {
		for (const key of this.accepted) if (!this.shown.has(key)) this.accepted.delete(key);
	}

	get messages(): number {
		return this.shown.size;
	}

	/** What is wrong when all messages have been taken. */
	problems(): string[] {
		const twice = [...this.shown].filter(([key, times]) => times > Math.max(this.sent.get(key) ?? 0, 1));
		const never = [...this.accepted].filter((key) => !this.shown.has(key));
		// Its first copy was accepted, or it had to be accepted now.
		const wrongly = [...this.refused].filter((key) => !this.shown.has(key));
		return [
			...twice.map(([key, times]) => `the POST at ${key} became ${times} messages`),
			...never.map((key) => `the POST at ${key} got 200 and became no message`),
			...wrongly.map((key) => `the POST at ${key} was refused and never accepted`),
		];
	}
}

function keyOf(body: unknown): string {
	const { ts, uptime_s } = (body ?? {}) as { ts?: unknown; uptime_s?: unknown };
	return `ts ${ts}, uptime ${uptime_s}`;
}
