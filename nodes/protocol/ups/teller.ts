/**
 * Tells flows what became of their commands and what happened to a UPS: each step at least once, also when Node-RED
 * was killed between the moment at which it was recorded and the moment at which it was told.
 */
import type { Store } from '../common/store.js';
import type { Clock } from '../common/time.js';
import type { LiveUps } from './device.js';
import type { UpsEvent } from './edges.js';
import type { DeviceRecord, UntoldEdges } from './exchange.js';
import { change, type MemoryChange, recall, type StoredMemory } from './memory.js';
import { type CommandReport, untoldReports } from './messages.js';
import { type Command, isFinal } from './queue.js';

/** Hands a report to the node that queued the command, with the message that ordered it (as far as it is left). */
export type TellReport = (report: CommandReport, message: unknown) => void;
/** Hands an event to those who listen at an endpoint; undefined: anywhere. False when nobody does. */
export type TellEvent = (ups: LiveUps, event: UpsEvent, endpoint: string | undefined) => boolean;

/** What the teller needs from outside. */
interface TellerEnvironment {
	readonly store: Store;
	readonly clock: Clock;
	report(error: unknown): void;
}

/** How long an end that nobody could be told (its node was deleted) is kept, in milliseconds. */
const KEEP_UNTOLD = 24 * 3600_000;
/** For how long after the start the nodes of flows may still appear, in milliseconds. */
const STARTING = 3600_000;

export class Teller {
	private readonly nodes = new Map<string, TellReport>();
	private readonly startedAt: number;

	constructor(
		private readonly environment: TellerEnvironment,
		private readonly tellEvent: TellEvent,
	) {
		this.startedAt = environment.clock.monotonic();
	}

	/** Lets a node be told of its commands. */
	attach(nodeId: string, tell: TellReport): () => void {
		this.nodes.set(nodeId, tell);
		return () => {
			if (this.nodes.get(nodeId) === tell) this.nodes.delete(nodeId);
		};
	}

	/**
	 * Tells everything about a UPS that was not told yet: first events, oldest first, then the steps of commands.
	 * What nobody listens to stays untold.
	 */
	async tellNews(ups: LiveUps): Promise<void> {
		const memory = await recall(this.environment.store, ups.deviceId);
		ups.tellLater = ups.underWay > 0;
		if (ups.tellLater) return;
		this.tellEdges(ups, memory.device);
		this.tellSilence(ups, memory);
		this.tellCommands(ups, memory);
		const orphans = this.orphansAmong(memory.commands);
		if (orphans.length > 0) this.write(ups, () => ({ forget: orphans.map(({ id }) => id) }));
	}

	private tellEdges(ups: LiveUps, device: DeviceRecord | undefined): void {
		const untold = device?.untold ?? [];
		const deviceId = sentId(ups, device);
		const heard = untold.map(keyOf).filter((key, index) => {
			const entry = untold[index];
			if (entry === undefined || ups.toldEdges.has(key)) return false;
			const { time, edges, endpoint } = entry;
			return edges.map((edge) => this.tellEvent(ups, { ...edge, deviceId, time }, endpoint)).includes(true);
		});
		if (heard.length === 0) return;
		for (const key of heard) ups.toldEdges.add(key);
		this.markEdges(ups, heard);
	}

	/** Tells once that a UPS has not reported since it was configured. */
	private tellSilence(ups: LiveUps, { device, silence }: StoredMemory): void {
		if (device !== undefined || silence === undefined || silence.told) return;
		const { time } = silence;
		const key = `silence ${time}`;
		const event: UpsEvent = { event: 'offline', never: true, deviceId: ups.deviceId, time };
		if (ups.toldEdges.has(key) || !this.tellEvent(ups, event, undefined)) return;
		ups.toldEdges.add(key);
		const forget = () => void ups.toldEdges.delete(key);
		this.write(ups, () => ({ silence: { time, told: true } }), forget);
	}

	/** A command that is not safe yet is not told: whoever holds it back tells it later. */
	private tellCommands(ups: LiveUps, { commands, device, messageOf }: StoredMemory): void {
		const marked = commands.filter((command) => {
			const tell = this.nodes.get(command.nodeId);
			const told = Math.max(command.told, ups.told.get(command.id) ?? 0);
			if (tell === undefined || told >= command.history.length || ups.held.has(command.id)) return false;
			ups.told.set(command.id, command.history.length);
			const message = ups.messages.get(command.id) ?? messageOf(command.id);
			for (const report of untoldReports(sentId(ups, device), command, told)) {
				this.guard(() => tell(report, message));
			}
			return true;
		});
		if (marked.length > 0) this.markCommands(ups, new Set(marked.map(({ id }) => id)));
	}

	/** Commands that ended long ago and whose node is gone. */
	private orphansAmong(commands: readonly Command[]): readonly Command[] {
		const { clock } = this.environment;
		if (clock.monotonic() - this.startedAt < STARTING) return [];
		const before = clock.now() - KEEP_UNTOLD;
		return commands.filter(
			(command) =>
				isFinal(command) && (command.history.at(-1)?.time ?? 0) < before && !this.nodes.has(command.nodeId),
		);
	}

	private markCommands(ups: LiveUps, ids: ReadonlySet<string>): void {
		this.write(ups, ({ commands }) => {
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

	private markEdges(ups: LiveUps, heard: readonly string[]): void {
		this.write(
			ups,
			({ device }) => {
				if (device?.untold === undefined) return {};
				const { untold, ...rest } = device;
				const left = untold.filter((entry) => !heard.includes(keyOf(entry)));
				return { device: left.length > 0 ? { ...rest, untold: left } : rest };
			},
			() => {
				for (const key of heard) ups.toldEdges.delete(key);
			},
		);
	}

	/** Writes what has been told. From the decision on the store holds it in memory, even if it can't be kept. */
	private write(ups: LiveUps, decide: (memory: StoredMemory) => MemoryChange, decided = () => {}): void {
		let decision: MemoryChange | undefined;
		change(this.environment.store, ups.deviceId, (memory) => {
			decision = decide(memory);
			return decision;
		})
			.catch((error) => this.environment.report(error))
			.then(() => {
				if (decision === undefined) return;
				decided();
				for (const id of decision.forget ?? []) {
					ups.told.delete(id);
					ups.messages.delete(id);
				}
			});
	}

	private guard(tell: () => void): void {
		try {
			tell();
		} catch (error) {
			this.environment.report(error);
		}
	}
}

/** The id under which a UPS reported last, else the configured one. */
function sentId({ deviceId }: LiveUps, device: DeviceRecord | undefined): string {
	return device?.sentId ?? deviceId;
}

function keyOf(entry: UntoldEdges): string {
	return JSON.stringify(entry);
}
