/** The commands that flows queue for UPSes: queueing them, and withdrawing those that no answer has carried yet. */
import { ProtocolError } from '../common/errors.js';
import type { StoredValue } from '../common/store.js';
import { countPending } from './apply-telemetry.js';
import { cancelled, isCancellable, isFinal, queued, stateOf } from './command-state.js';
import type { CommandArgs, CommandName } from './commands.js';
import type { LiveUps } from './device.js';
import { IdMint } from './ids.js';
import { commandNotices } from './notices.js';
import type { UpsService } from './service.js';
import type { CommandInFlight } from './under-way.js';

/** Eight go into an answer: more would take an hour, and a flow that runs wild must not fill the disk. */
const MAX_PENDING = 1000;

/** A command that a flow wants a UPS to execute. */
export interface CommandRequest {
	readonly nodeId: string;
	readonly command: CommandName;
	readonly args: CommandArgs;
	/** Milliseconds until it expires, 0 for never; undefined: as the UPS is configured. */
	readonly maxAge: number | undefined;
	/** The message that queues it. */
	readonly message: unknown;
	/** The same as far as the store may keep it. */
	readonly portable: StoredValue;
}

export class CommandQueue {
	private readonly ids: IdMint;

	constructor(private readonly service: UpsService) {
		this.ids = new IdMint(service.environment.random);
	}

	/**
	 * Queues a command. Resolves when it would survive a loss of power; from then on an answer may carry it.
	 * @throws ProtocolError `ups-unknown-device`, `ups-queue-full`, or the store's; nothing is queued then, unless it is
	 * `store-outcome-unknown`: the command may be queued, and its states are told if it is
	 */
	async queue(deviceId: string, request: CommandRequest): Promise<void> {
		const { registry, repository, environment } = this.service;
		const ups = registry.find(deviceId);
		if (ups?.settings === undefined) throw unknownDevice(deviceId);
		const { nodeId, command, args, portable, maxAge = ups.settings.commandMaxAge } = request;
		// A step of the clock that came before this command must not move its deadline.
		await this.service.clockSteps.follow();
		const id = this.ids.next(environment.clock.now());
		const earlier = [...ups.messages.keys()];
		ups.messages.set(id, request.message);
		try {
			const { known, pending } = await repository.update(ups.deviceId, ({ commands, device }, now) => {
				const pending = countPending(commands);
				if (pending >= MAX_PENDING) throw queueFull(deviceId);
				const added = [queued({ id, nodeId, command, args, maxAge }, commands, now)];
				return {
					result: { known: new Set(commands.map((one) => one.id)), pending: pending + 1 },
					commands: added,
					message: { id, value: portable },
					notices: commandNotices([], added, device?.sentId ?? ups.deviceId),
					durable: true,
				};
			});
			ups.pending = pending;
			// Other processes may have told the last of these commands.
			for (const one of earlier) if (!known.has(one)) ups.messages.delete(one);
		} catch (error) {
			if (!isOutcomeUnknown(error)) ups.messages.delete(id);
			throw error;
		}
		await repository.flush(ups.deviceId);
	}

	/**
	 * Withdraws a command that no answer has carried yet, or all such commands of a UPS.
	 * @param deviceId undefined where the command's id alone tells
	 * @throws ProtocolError `ups-unknown-device`, `ups-not-cancellable`, or the store's
	 */
	async cancel(deviceId: string | undefined, which: string | true): Promise<void> {
		const { registry } = this.service;
		const isNamed = deviceId !== undefined || which === true;
		const named = isNamed ? registry.find(deviceId ?? '') : undefined;
		if (isNamed && named === undefined) throw unknownDevice(deviceId ?? '');
		for (const ups of named ? [named] : registry.all()) if (await this.cancelAt(ups, which)) return;
		if (which !== true) throw new ProtocolError('ups-not-cancellable', { id: which.slice(0, 47) });
	}

	/** Ids of the commands that this node queued for UPSes that are configured, and that are in no final state. */
	async inFlight(nodeId: string): Promise<CommandInFlight[]> {
		const { registry, repository } = this.service;
		const configured = [...registry.all()].filter(({ settings }) => settings !== undefined);
		const stored = await Promise.all(configured.map(({ deviceId }) => repository.read(deviceId)));
		return stored
			.flatMap(({ commands }) => commands)
			.filter((command) => command.nodeId === nodeId && !isFinal(command))
			.map((command) => ({ id: command.id, state: stateOf(command) }));
	}

	private async cancelAt(ups: LiveUps, which: string | true): Promise<boolean> {
		const { repository } = this.service;
		const { deviceId } = ups;
		const { isFound, pending } = await repository.update(deviceId, ({ commands, device }, now) => {
			const found = commands.filter(
				(command) => isCancellable(command) && (which === true || command.id === which),
			);
			const after = found.map((command) => cancelled(command, now));
			const notices = commandNotices(found, after, device?.sentId ?? deviceId);
			const result = { isFound: found.length > 0, pending: countPending(commands) - found.length };
			return { result, commands: after, notices, durable: result.isFound };
		});
		ups.pending = pending;
		if (isFound) await repository.flush(deviceId);
		return isFound;
	}
}

function isOutcomeUnknown(error: unknown): boolean {
	return error instanceof ProtocolError && error.code === 'store-outcome-unknown';
}

function queueFull(deviceId: string): ProtocolError {
	return new ProtocolError('ups-queue-full', { deviceId, max: MAX_PENDING });
}

function unknownDevice(deviceId: string): ProtocolError {
	return new ProtocolError('ups-unknown-device', { deviceId: deviceId.slice(0, 64) });
}
