/** The messages of `ups-http-in` and `ups-command-out`. */

import { definedMembers } from '../common/json.js';
import { minutesLeft } from './battery.js';
import type { CommandState } from './command-state.js';
import type { CommandName } from './commands.js';
import { isInputTooLow, type PowerState } from './power-state.js';
import type { Telemetry } from './telemetry.js';
import type { DecodedRecord } from './telemetry-fields.js';

/** Everything about one accepted POST that is not in the UPS's own values. */
export interface UpsFacts {
	readonly deviceId: string;
	readonly name: string;
	/** Milliseconds since the epoch. */
	readonly receivedAt: number;
	/** Seconds, the UPS's clock minus this machine's. */
	readonly clockOffset: number;
	readonly remoteAddress: string;
	readonly acks: readonly string[];
	readonly rejected: readonly { readonly id: string; readonly reason: string }[];
	readonly responseDropped?: { readonly bytes: number; readonly max: number };
	/** Ids of the commands that the answer to this POST carries. */
	readonly sent: readonly string[];
	/** Commands in no final state. */
	readonly pending: number;
	/** Since when the UPS runs on its battery, milliseconds since the epoch; only while it does. */
	readonly onBatterySince?: number;
	/** Minutes until the Pi shuts itself down, once the pace of the outage is known. */
	readonly batteryMinutes?: number;
	/** Members of the body that had the wrong type and were left out. */
	readonly odd?: readonly string[];
}

/** A telemetry message. */
export interface TelemetryMessage {
	readonly topic: string;
	readonly payload: DecodedRecord;
	/** The body as the UPS sent it. */
	readonly telemetry: unknown;
	readonly ups: UpsFacts;
}

/** What only the exchange with the UPS knows, beside what its body says. */
export type ExchangeFacts = Omit<
	UpsFacts,
	'acks' | 'rejected' | 'responseDropped' | 'odd' | 'onBatterySince' | 'batteryMinutes'
>;

export function telemetryMessage(
	body: unknown,
	telemetry: Telemetry,
	power: PowerState,
	facts: ExchangeFacts,
): TelemetryMessage {
	const { acks, rejected, responseDropped, odd } = telemetry;
	const { onBatterySince, discharge } = power;
	return {
		topic: facts.deviceId,
		payload: withPowerState(telemetry, power),
		telemetry: body,
		ups: definedMembers({
			deviceId: facts.deviceId,
			name: facts.name,
			receivedAt: facts.receivedAt,
			clockOffset: facts.clockOffset,
			remoteAddress: facts.remoteAddress,
			acks,
			rejected,
			responseDropped,
			sent: facts.sent,
			pending: facts.pending,
			onBatterySince,
			batteryMinutes: minutesLeft(discharge),
			odd: odd.length > 0 ? odd : undefined,
		}),
	};
}

/** Completes the payload with what depends on earlier samples. */
function withPowerState({ payload, power: sample }: Telemetry, state: PowerState): DecodedRecord {
	if (sample === undefined) return payload;
	const { mains, batteryLow = false } = state;
	const power = payload.power as DecodedRecord;
	if (sample.version === 1 && mains !== undefined) power.mainsPresent = mains;
	power.batteryLow = batteryLow;
	if (isInputTooLow(state)) power.inputTooLow = true;
	return payload;
}

/** Changes with every POST although nothing happened. */
const VOLATILE = new Set(['time', 'receivedAt', 'uptime', 'bytesSent', 'bytesReceived', 'clockOffset']);

/** Lets a message of a UPS through only when something differs other than times and counters. */
export class ChangeFilter {
	private readonly digests = new Map<string, string>();

	hasChanged({ topic, payload, ups }: TelemetryMessage): boolean {
		const digest = JSON.stringify({ payload, ups }, (name, value) =>
			VOLATILE.has(name) ? undefined : value,
		);
		const hasChanged = digest !== this.digests.get(topic);
		this.digests.set(topic, digest);
		return hasChanged;
	}
}

/** The payload of a message of `ups-command-out`: one step of a command. Times in milliseconds since the epoch. */
export interface CommandReport {
	readonly id: string;
	readonly deviceId: string;
	readonly command: CommandName;
	readonly args: Readonly<Record<string, number | string>>;
	readonly state: CommandState;
	readonly time: number;
	readonly queuedAt: number;
	/** Null: never. */
	readonly expiresAt: number | null;
	/** How many answers have carried it. */
	readonly sent: number;
	readonly reason?: string;
}
