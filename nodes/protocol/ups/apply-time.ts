/** What the passing of time does to a UPS from which nothing comes. Pure. */
import { afterTime, type Command, dueAt, longestWait, shifted } from './command-state.js';
import { isSilent, type Listening } from './due.js';
import { edgesBetween } from './edges.js';
import { commandNotices, eventNotices, type Notice } from './notices.js';
import { afterWait } from './power-state.js';
import type { DeviceRecord, Silence } from './records.js';
import type { StoredUps } from './repository.js';

/** What is different at a moment without a report. */
export interface Changes {
	readonly device?: DeviceRecord | undefined;
	readonly commands: readonly Command[];
	readonly silence?: Silence | undefined;
	readonly notices: readonly Notice[];
}

/**
 * @param deviceId the configured id
 * @param now milliseconds since the epoch, the store's time
 */
export function applyTime(stored: StoredUps, deviceId: string, listening: Listening, now: number): Changes {
	const sentId = stored.device?.sentId ?? deviceId;
	const late = stored.commands.filter((command) => afterTime(command, now) !== command);
	const commands = late.map((command) => afterTime(command, now));
	const ended = commandNotices(late, commands, sentId);
	if (stored.isAwaited && isSilent(undefined, listening, now)) {
		const silence: Silence = { time: now };
		const never = eventNotices([{ event: 'offline', never: true }], deviceId, now, undefined);
		return { commands, silence, notices: [...never, ...ended] };
	}
	const { device } = stored;
	if (device === undefined) return { commands, notices: ended };
	const after = deviceAfterTime(device, listening, now);
	const edges = edgesBetween(device.condition, after.condition);
	if (edges.length === 0) return { commands, notices: ended };
	return {
		device: after,
		commands,
		notices: [...eventNotices(edges, sentId, now, device.endpoint), ...ended],
	};
}

/** What a step of this machine's clock moves: what was some time ago still is, and what has time left has that time left. */
export function applyClockStep({ device, commands }: StoredUps, milliseconds: number): Changes {
	return {
		device: device && deviceShifted(device, milliseconds),
		commands: commands
			.filter((command) => dueAt(command) !== undefined)
			.map((command) => shifted(command, milliseconds)),
		notices: [],
	};
}

/** Commands whose deadline lies further ahead than it ever could have waited under a clock that was wrong. */
export function withinTheirTime(commands: readonly Command[], now: number): Command[] {
	return commands.flatMap((command) => {
		const due = dueAt(command);
		const latest = now + longestWait(command);
		return due !== undefined && due > latest ? [shifted(command, latest - due)] : [];
	});
}

function deviceAfterTime(device: DeviceRecord, listening: Listening, now: number): DeviceRecord {
	const { condition } = device;
	const power = afterWait(condition, now, listening.settings);
	const online = condition.online && !isSilent(device, listening, now);
	return { ...device, condition: { ...condition, ...power, online } };
}

function deviceShifted(device: DeviceRecord, milliseconds: number): DeviceRecord {
	const { onBatterySince } = device.condition;
	const since = onBatterySince !== undefined && { onBatterySince: onBatterySince + milliseconds };
	return { ...device, seenAt: device.seenAt + milliseconds, condition: { ...device.condition, ...since } };
}
