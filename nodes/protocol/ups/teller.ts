/**
 * Tells flows what became of their commands and what happened to a UPS: each step at least once, also when Node-RED
 * was killed between the moment at which it was recorded and the moment at which it was told.
 */
import type { Store } from '../common/store.js';
import type { LiveUps } from './device.js';
import type { UpsEvent } from './edges.js';
import type { UntoldEdges } from './exchange.js';
import { change, recall } from './memory.js';
import { type CommandReport, untoldReports } from './messages.js';
import { type Command, isFinal } from './queue.js';

/** Hands a report to the node that queued the command, with the message that ordered it (as far as it is left). */
export type TellReport = (report: CommandReport, message: unknown) => void;
/** Hands an event to those who listen (at one place, or anywhere); false when nobody does. */
export type TellEvent = (event: UpsEvent, place: object | undefined) => boolean;

/** How long an end that nobody could be told (its node was deleted) is kept, in milliseconds. */
const KEEP_UNTOLD = 24 * 3600_000;

export class Teller {
	private readonly nodes = new Map<string, TellReport>();

	constructor(
		private readonly store: Store,
		private readonly tellEvent: TellEvent,
		private readonly report: (error: unknown) => void,
	) {}

	/** Lets a node be told of its commands. */
	attach(nodeId: string, tell: TellReport): () => void {
		this.nodes.set(nodeId, tell);
		return () => {
			if (this.nodes.get(nodeId) === tell) this.nodes.delete(nodeId);
		};
	}

	/** Tells everything about a UPS that was not told yet. Does not fail. */
	async tellAll(ups: LiveUps, now: number): Promise<void> {
		const memory = await recall(this.store, ups.deviceId);
		const untold = memory.device?.untold;
		if (untold !== undefined) this.tellEdges(ups, untold, undefined);
		const stale = (command: Command) =>
			isFinal(command) && (command.history.at(-1)?.time ?? 0) < now - KEEP_UNTOLD;
		this.tellCommands(ups, memory.commands, (id) => memory.messageOf(id));
		const orphans = memory.commands.filter((command) => stale(command) && !this.nodes.has(command.nodeId));
		if (orphans.length > 0) this.forget(ups, orphans);
	}

	/**
	 * Tells events, oldest first; those that nobody listens to stay untold.
	 * @param place where they were seen, undefined for those that no request brought
	 */
	tellEdges(ups: LiveUps, untold: readonly UntoldEdges[], place: object | undefined): void {
		const { deviceId } = ups;
		const heard = untold.filter(({ time, edges }) =>
			edges.map((edge) => this.tellEvent({ ...edge, deviceId, time }, place)).includes(true),
		);
		if (heard.length > 0) this.markEdges(ups, new Set(heard.map(({ time }) => time)));
	}

	/** Tells the steps of these commands that were not told yet. */
	tellCommands(ups: LiveUps, commands: readonly Command[], stored: (id: string) => unknown): void {
		const marked = commands.filter((command) => {
			const tell = this.nodes.get(command.nodeId);
			const told = Math.max(command.told, ups.told.get(command.id) ?? 0);
			if (tell === undefined || told >= command.history.length) return false;
			ups.told.set(command.id, command.history.length);
			const message = ups.messages.get(command.id) ?? stored(command.id);
			for (const report of untoldReports(ups.deviceId, command, told)) tell(report, message);
			return true;
		});
		if (marked.length > 0) this.markCommands(ups, new Set(marked.map(({ id }) => id)));
	}

	private markCommands(ups: LiveUps, ids: ReadonlySet<string>): void {
		this.write(ups, (commands) => {
			const told = commands.filter(({ id }) => ids.has(id));
			const isOver = (command: Command) =>
				isFinal(command) && (ups.told.get(command.id) ?? 0) >= command.history.length;
			return {
				commands: told
					.filter((command) => !isOver(command))
					.map((command) => ({ ...command, told: ups.told.get(command.id) ?? command.told })),
				forget: told.filter(isOver).map(({ id }) => id),
			};
		});
	}

	private forget(ups: LiveUps, orphans: readonly Command[]): void {
		this.write(ups, () => ({ forget: orphans.map(({ id }) => id) }));
	}

	private write(
		ups: LiveUps,
		decide: (commands: readonly Command[]) => { commands?: readonly Command[]; forget: readonly string[] },
	): void {
		change(this.store, ups.deviceId, (memory) => decide(memory.commands))
			.then((decision) => {
				for (const id of decision?.forget ?? []) {
					ups.told.delete(id);
					ups.messages.delete(id);
				}
			})
			.catch(this.report);
	}

	private markEdges(ups: LiveUps, times: ReadonlySet<number>): void {
		change(this.store, ups.deviceId, ({ device }) => {
			if (device?.untold === undefined) return {};
			const { untold, ...rest } = device;
			const left = untold.filter(({ time }) => !times.has(time));
			return { device: left.length > 0 ? { ...rest, untold: left } : rest };
		}).catch(this.report);
	}
}
