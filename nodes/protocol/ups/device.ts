import { ProtocolError } from '../common/errors.js';
import type { LastRefusal, Presence } from '../common/presence.js';
import { textOf } from '../common/text.js';
import type { UpsKey } from './key.js';
import type { DeviceRecord } from './records.js';
import { UnrecordedPosts } from './unrecorded-posts.js';

/** How one UPS is configured. */
export interface UpsSettings {
	readonly deviceId: string;
	readonly name: string;
	readonly key: UpsKey;
	/** Accepted difference of the clocks, seconds. */
	readonly clockSkew: number;
	/** Percent below which its battery is low; undefined: by the UPS's own thresholds. */
	readonly lowBattery?: number | undefined;
	/** Milliseconds that a loss of mains must last before it is told; 0: told at once. */
	readonly mainsLostAfter?: number;
	/** Milliseconds until a command expires; 0: never. */
	readonly commandMaxAge: number;
	/** Milliseconds without an accepted POST until the UPS counts as offline. */
	readonly offlineAfter: number;
	/** Is called with another UPS that has the same key: a captured POST of one would be accepted for the other. */
	onSameKey?(other: UpsSettings): void;
}

/** What a badge tells of a UPS. */
export interface UpsView {
	readonly seen: boolean;
	readonly online: boolean;
	readonly mains: boolean | undefined;
	/** Percent. */
	readonly level: number | undefined;
	/** Whether its battery is low while it runs on it. */
	readonly batteryLow?: boolean;
	/** Whether its last report came to another endpoint than the one that is asked about. */
	readonly elsewhere?: boolean;
	/** The endpoint of its last report; undefined where that is not known. */
	readonly endpoint?: string | undefined;
	/** When a POST was last accepted, milliseconds since the epoch. */
	readonly heardAt?: number;
	/** Since when its mains have been gone, as far as is known, milliseconds since the epoch. */
	readonly onBatterySince?: number | undefined;
	/** The last refusal of what claimed to be this UPS. */
	readonly refused?: LastRefusal | undefined;
}

/** A UPS as this process knows it: how it is configured, and what need not outlive the process. */
export class LiveUps {
	/** Undefined while no node configures it. */
	settings: UpsSettings | undefined;
	/** What this process saw last of what is stored. */
	device: DeviceRecord | undefined;
	/** How many of its commands were in no final state then. */
	pending = 0;
	/** Where the last accepted POST came from; undefined until this process has seen one. */
	remoteAddress: string | undefined;
	refused: LastRefusal | undefined;
	/** When this process last heard of it, or began to listen: monotonic milliseconds. */
	heardAt = 0;
	/** Messages that queued commands, whole, by command id. */
	readonly messages = new Map<string, unknown>();
	/** That something of it in the store can't be read. */
	unreadable: ProtocolError | undefined;
	/** What was accepted while nothing could be stored. */
	readonly unrecorded = new UnrecordedPosts();

	/** Set while the node that configured it was taken away a moment ago, as at a redeploy. */
	returning: { readonly back: Promise<void>; readonly settle: () => void; readonly key: UpsKey } | undefined;

	/** @param deviceId as it is configured */
	constructor(readonly deviceId: string) {}

	get view(): UpsView {
		return this.device === undefined ? UNSEEN : viewOf(this.device);
	}
}

const UNSEEN: UpsView = { seen: false, online: false, mains: undefined, level: undefined };

/** What a badge may tell from what is remembered. */
function viewOf({ condition, seenAt, endpoint }: DeviceRecord): UpsView {
	const { online, mains, batteryLevel: level, batteryLow = false, onBatterySince } = condition;
	return { seen: true, online, mains, level, batteryLow, endpoint, heardAt: seenAt, onBatterySince };
}

/** What a panel tells of a UPS. */
export function presenceOf({ view, remoteAddress, refused }: LiveUps): Presence {
	const { online, heardAt } = view;
	const seen = heardAt === undefined ? null : { at: heardAt, remoteAddress };
	return { online, seen, refused: refused ?? null };
}

/** A device id as a person types it, unchecked: digits may stand in groups, as on a SIM card. */
export function plainDeviceId(text: unknown): string {
	const trimmed = typeof text === 'string' ? text.trim() : '';
	const digits = trimmed.replace(/\s/g, '');
	return /^[0-9]+$/.test(digits) ? digits : trimmed;
}

/**
 * Checks a device id as a person types it.
 * @throws ProtocolError `ups-bad-device-id`, `config-invalid` for an id with a space that is no number
 */
export function parseDeviceId(text: unknown): string {
	const deviceId = plainDeviceId(text);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
	if (!/^[^\u0000-\u001f\u007f]{1,64}$/.test(deviceId))
		throw new ProtocolError('ups-bad-device-id', { deviceId: textOf(text).slice(0, 70) });
	if (/\s/.test(deviceId))
		throw new ProtocolError('config-invalid', {
			property: 'deviceId',
			value: deviceId,
			expected: 'A-Z a-z 0-9 . _ -',
		});
	return deviceId;
}

/** The digits of an ICCID that a UPS sends; the card shows a check digit behind them. */
const SENT_DIGITS = 19;

/** The ids under which a UPS may report. */
export function idsOf(deviceId: string): readonly string[] {
	const isWholeIccid = /^[0-9]{20}$/.test(deviceId);
	return isWholeIccid ? [deviceId, deviceId.slice(0, SENT_DIGITS)] : [deviceId];
}
