/** The commands that flows queue for UPSes: adding and cancelling. */
import { ProtocolError } from '../common/errors.js';
import type { StoredValue } from '../common/store.js';
import { countPending } from './apply-telemetry.js';
import { CommandIds } from './command-ids.js';
import {
	type Command,
	cancelled,
	isCancellable,
	isFinal,
	type NewCommand,
	queued,
	stateOf,
} from './command-state.js';
import type { CommandArgs, CommandName } from './commands.js';
import type { UpsDevice } from './device.js';
import { commandNotifications } from './events.js';
import type { PendingCommand } from './pending-commands.js';
import type { UpsService } from './service.js';

/** An answer carries eight: more would take an hour, and a flow that runs wild must not fill the disk. */
const MAX_PENDING = 1000;

export interface CommandRequest {
	readonly nodeId: string;
	readonly command: CommandName;
	readonly args: CommandArgs;
	/** Milliseconds until it expires, 0 for never; undefined: as the UPS is configured. */
	readonly maxAge: number | undefined;
	/** The message that queues it. */
	readonly message: unknown;
	/** The same as far as the store may keep it. */
	readonly storedMessage: StoredValue;
}

export class CommandQueue {
	private readonly ids: CommandIds;

	constructor(private readonly service: UpsService) {
		this.ids = new CommandIds(service.environment.random);
	}

	/**
	 * Queues a command. Resolves when it survives a loss of power; from then on an answer may carry it.
	 * @throws ProtocolError `ups-unknown-device`, `ups-queue-full`, or the store's. Nothing is queued then, except at
	 * `store-outcome-unknown`: the command may be queued, and its states are delivered if it is
	 */
	async queue(deviceId: string, request: CommandRequest): Promise<void> {
		const { registry, repository, environment, clockSteps } = this.service;
		const device = registry.find(deviceId);
		if (device?.settings === undefined) throw unknownDevice(deviceId);
		const { messages, settings } = device;
		// A clock step before this command must not move its deadline.
		await clockSteps.correct();
		const id = this.ids.next(environment.clock.now());
		const earlier = [...messages.keys()];
		messages.set(id, request.message);
		try {
			const { nodeId, command, args, maxAge = settings.commandMaxAge, storedMessage } = request;
			const added = { id, nodeId, command, args, maxAge };
			const stored = await this.store(device, deviceId, added, storedMessage);
			device.pending = countPending(stored) + 1;
			// Other processes may have delivered the last state of these commands.
			const known = new Set(stored.map((one) => one.id));
			for (const one of earlier) if (!known.has(one)) messages.delete(one);
		} catch (error) {
			const mayBeQueued = error instanceof ProtocolError && error.code === 'store-outcome-unknown';
			if (!mayBeQueued) messages.delete(id);
			throw error;
		}
		await repository.flush(device.deviceId);
	}

	/**
	 * Cancels a command that no answer has carried yet, or (true) all such commands of a UPS.
	 * @param deviceId undefined: any UPS
	 * @throws ProtocolError `ups-unknown-device`, `ups-not-cancellable`, or the store's
	 */
	async cancel(deviceId: string | undefined, which: string | true): Promise<void> {
		const { registry } = this.service;
		let devices = registry.all();
		if (deviceId !== undefined || which === true) {
			const named = registry.find(deviceId ?? '');
			if (named === undefined) throw unknownDevice(deviceId ?? '');
			devices = [named];
		}
		for (const device of devices) if (await this.cancelOf(device, which)) return;
		if (which !== true) throw new ProtocolError('ups-not-cancellable', { id: which.slice(0, 47) });
	}

	/** The commands of a node that are in no final state, of all configured UPSes. */
	async pending(nodeId: string): Promise<PendingCommand[]> {
		const { registry, repository } = this.service;
		const configured = registry.all().filter(({ settings }) => settings !== undefined);
		const stored = await Promise.all(configured.map(({ deviceId }) => repository.read(deviceId)));
		return stored
			.flatMap(({ commands }) => commands)
			.filter((command) => command.nodeId === nodeId && !isFinal(command))
			.map((command) => ({ id: command.id, state: stateOf(command) }));
	}

	/**
	 * @param requestedId the id of the UPS as the flow gave it, for errors
	 * @returns the commands before this one
	 */
	private store(
		{ deviceId }: UpsDevice,
		requestedId: string,
		command: NewCommand,
		value: StoredValue,
	): Promise<readonly Command[]> {
		return this.service.repository.update(deviceId, ({ commands, device }, now) => {
			if (countPending(commands) >= MAX_PENDING)
				throw new ProtocolError('ups-queue-full', { deviceId: requestedId, max: MAX_PENDING });
			const added = [queued(command, commands, now)];
			const message = { id: command.id, value };
			const notifications = commandNotifications([], added, device?.sentId ?? deviceId);
			return { result: commands, commands: added, message, notifications, durable: true };
		});
	}

	/** @returns whether there was one to cancel */
	private async cancelOf(device: UpsDevice, which: string | true): Promise<boolean> {
		const { repository } = this.service;
		const { deviceId } = device;
		const { count, pending } = await repository.update(deviceId, ({ commands, device: record }, now) => {
			const found = commands.filter(
				(command) => isCancellable(command) && (which === true || command.id === which),
			);
			const after = found.map((command) => cancelled(command, now));
			const notifications = commandNotifications(found, after, record?.sentId ?? deviceId);
			const result = { count: found.length, pending: countPending(commands) - found.length };
			return { result, commands: after, notifications, durable: found.length > 0 };
		});
		device.pending = pending;
		if (count > 0) await repository.flush(deviceId);
		return count > 0;
	}
}

function unknownDevice(deviceId: string): ProtocolError {
	return new ProtocolError('ups-unknown-device', { deviceId: deviceId.slice(0, 64) });
}
