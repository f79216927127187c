/** What flows are to be told of a UPS: events, and states of commands. Each can be told by any process that has the flow. */
import type { Command } from './command-state.js';
import type { Edge, UpsEvent } from './edges.js';
import type { CommandReport } from './messages.js';

/** An event, told at one endpoint or (undefined) at all. */
export interface EventNotice {
	readonly event: UpsEvent;
	readonly endpoint?: string;
}

/** A state of a command, told to the node that queued it. */
export interface CommandNotice {
	readonly nodeId: string;
	readonly report: CommandReport;
}

export type Notice = EventNotice | CommandNotice;

/**
 * What happened to a UPS at one moment.
 * @param deviceId as the UPS sends it
 * @param time milliseconds since the epoch
 */
export function eventNotices(
	edges: readonly Edge[],
	deviceId: string,
	time: number,
	endpoint: string | undefined,
): EventNotice[] {
	return edges.map((edge) => ({
		event: { ...edge, deviceId, time },
		...(endpoint !== undefined && { endpoint }),
	}));
}

/**
 * The states that commands have reached.
 * @param before the same commands as they were, in the same order; none for new ones
 */
export function commandNotices(
	before: readonly Command[],
	after: readonly Command[],
	deviceId: string,
): CommandNotice[] {
	return after.flatMap((now, index) => {
		const { nodeId, id, command, args, queuedAt, expiresAt, sent, history } = now;
		const reached = history.slice(before[index]?.history.length ?? 0);
		return reached.map(({ state, time, reason }) => ({
			nodeId,
			report: {
				...{ id, deviceId, command, args, state, time, queuedAt, expiresAt, sent },
				...(reason !== undefined && { reason }),
			},
		}));
	});
}
