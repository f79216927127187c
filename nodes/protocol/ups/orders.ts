/** The commands that flows order of UPSes: queueing them, and withdrawing those that no answer has carried yet. */
import { ProtocolError } from '../common/errors.js';
import type { Store, StoredValue } from '../common/store.js';
import type { Clock } from '../common/time.js';
import type { CommandArgs, CommandName } from './commands.js';
import type { Deadlines } from './deadlines.js';
import type { LiveUps } from './device.js';
import { countPending } from './exchange.js';
import { IdMint, type RandomBytes } from './ids.js';
import { change, recall, restore } from './memory.js';
import { type Command, cancelled, isCancellable, isFinal, queued } from './queue.js';

/** Eight go into an answer: more would take an hour, and a flow that runs wild must not fill the disk. */
const MAX_PENDING = 1000;

/** What a flow orders of a UPS. */
export interface CommandOrder {
	readonly nodeId: string;
	readonly command: CommandName;
	readonly args: CommandArgs;
	/** Milliseconds until it expires, 0 for never; undefined: as the UPS is configured. */
	readonly maxAge: number | undefined;
	/** The message that ordered it. */
	readonly message: unknown;
	/** The same as far as the store may keep it. */
	readonly portable: StoredValue;
}

/** The station, as far as commands need it. */
interface Station {
	readonly environment: { readonly store: Store; readonly clock: Clock; readonly random: RandomBytes };
	readonly deadlines: Pick<Deadlines, 'followClock' | 'settle'>;
	find(deviceId: string): LiveUps | undefined;
	recording<T>(ups: LiveUps, work: Promise<T>): Promise<T>;
	tellDeferred(ups: LiveUps): void;
}

export class Orders {
	private readonly mint: IdMint;

	/** @param known all UPSes of the station, also those that no node configures */
	constructor(
		private readonly station: Station,
		private readonly known: ReadonlyMap<string, LiveUps>,
	) {
		this.mint = new IdMint(station.environment.random);
	}

	/**
	 * Queues a command. Resolves when it would survive a loss of power; from then on an answer may carry it.
	 * @throws ProtocolError `ups-unknown-device`, `ups-queue-full`, or the store's; nothing is queued then
	 */
	async place(deviceId: string, order: CommandOrder): Promise<void> {
		const ups = this.station.find(deviceId);
		if (ups?.settings === undefined) throw unknownDevice(deviceId);
		const { store, clock } = this.station.environment;
		const { nodeId, command, args, portable, maxAge = ups.settings.commandMaxAge } = order;
		// A step of the clock that came before this command must not move its deadline.
		await this.station.deadlines.followClock();
		const id = this.mint.next(clock.now());
		ups.held.add(id);
		ups.messages.set(id, order.message);
		try {
			await change(store, ups.deviceId, ({ commands }) => {
				if (countPending(commands) >= MAX_PENDING) throw queueFull(deviceId);
				return {
					commands: [queued({ id, nodeId, command, args, maxAge }, commands, clock.now())],
					message: { id, value: portable },
					flush: true,
				};
			});
		} catch (error) {
			ups.messages.delete(id);
			await change(store, ups.deviceId, () => ({ forget: [id] })).catch(() => undefined);
			throw error;
		} finally {
			ups.held.delete(id);
		}
		await this.station.deadlines.settle(ups);
	}

	/**
	 * Withdraws a command that no answer has carried yet, or all such commands of a UPS.
	 * @param deviceId undefined where the command's id alone tells
	 * @throws ProtocolError `ups-unknown-device`, `ups-not-cancellable`, or the store's
	 */
	async cancel(deviceId: string | undefined, which: string | true): Promise<void> {
		const isNamed = deviceId !== undefined || which === true;
		const named = isNamed ? this.station.find(deviceId ?? '') : undefined;
		if (isNamed && named === undefined) throw unknownDevice(deviceId ?? '');
		for (const ups of named ? [named] : this.known.values()) if (await this.cancelAt(ups, which)) return;
		if (which !== true) throw new ProtocolError('ups-not-cancellable', { id: which.slice(0, 47) });
	}

	/** Ids of the commands that this node queued for UPSes that are configured, and that are in no final state. */
	async underWay(nodeId: string): Promise<string[]> {
		const { store } = this.station.environment;
		const configured = [...this.known.values()].filter(({ settings }) => settings !== undefined);
		const memories = await Promise.all(configured.map(({ deviceId }) => recall(store, deviceId)));
		return memories
			.flatMap(({ commands }) => commands)
			.filter((command) => command.nodeId === nodeId && !isFinal(command))
			.map(({ id }) => id);
	}

	private async cancelAt(ups: LiveUps, which: string | true): Promise<boolean> {
		const { store, clock } = this.station.environment;
		let before: readonly Command[] = [];
		const withdraw = change(store, ups.deviceId, ({ commands }) => {
			before = commands.filter(
				(command) => isCancellable(command) && (which === true || command.id === which),
			);
			return { commands: before.map((command) => cancelled(command, clock.now())), flush: true };
		});
		const orRestored = withdraw.catch(async (error) => {
			await restore(store, ups.deviceId, before).catch(() => undefined);
			throw error;
		});
		await this.station.recording(ups, orRestored).finally(() => this.station.tellDeferred(ups));
		if (before.length > 0) await this.station.deadlines.settle(ups);
		return before.length > 0;
	}
}

function queueFull(deviceId: string): ProtocolError {
	return new ProtocolError('ups-queue-full', { deviceId, max: MAX_PENDING });
}

function unknownDevice(deviceId: string): ProtocolError {
	return new ProtocolError('ups-unknown-device', { deviceId: deviceId.slice(0, 64) });
}
