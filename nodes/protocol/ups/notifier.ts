/** Tells nodes what happens to UPSes and what becomes of their commands. */
import { isFinalState } from './command-state.js';
import type { UpsEvent } from './edges.js';
import type { CommandReport } from './messages.js';
import type { CommandNotice, Notice } from './notices.js';
import type { UpsRegistry } from './registry.js';
import type { Subscribers } from './subscribers.js';

/** Hands a report to the node that queued the command, with the message that queued it (as far as it is left). */
export type TellReport = (report: CommandReport, message: unknown) => void;

export class Notifier {
	private readonly nodes = new Map<string, TellReport>();

	/** @param attempt does something for somebody else, whose failure must not keep others from their share */
	constructor(
		private readonly registry: UpsRegistry,
		private readonly subscribers: Subscribers,
		private readonly attempt: (action: () => void) => void,
	) {}

	/** Lets a node be told of its commands. */
	attach(nodeId: string, tell: TellReport): () => void {
		this.nodes.set(nodeId, tell);
		return () => {
			if (this.nodes.get(nodeId) === tell) this.nodes.delete(nodeId);
		};
	}

	/**
	 * @param message what the store has of the message that queued a command
	 * @returns false when nobody listens
	 */
	tell(deviceId: string, notice: Notice, message: unknown): boolean {
		if ('report' in notice) return this.tellReport(deviceId, notice, message);
		return this.tellEvent(deviceId, notice.event, notice.endpoint);
	}

	private tellEvent(deviceId: string, event: UpsEvent, endpoint: string | undefined): boolean {
		const listeners = this.subscribers.told(deviceId, endpoint);
		for (const listener of listeners) this.attempt(() => listener.event(event));
		return listeners.length > 0;
	}

	private tellReport(deviceId: string, { nodeId, report }: CommandNotice, stored: unknown): boolean {
		const tell = this.nodes.get(nodeId);
		if (tell === undefined) return false;
		const { id, command, state } = report;
		const messages = this.registry.get(deviceId)?.messages;
		const message = messages?.get(id) ?? stored;
		if (isFinalState(command, state)) messages?.delete(id);
		this.attempt(() => tell(report, message));
		return true;
	}
}
