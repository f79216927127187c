import type { ProtocolError } from '../common/errors.js';
import type { LastRefusal, Presence } from '../common/presence.js';
import type { Applied } from './apply-telemetry.js';
import type { DeviceRecord } from './records.js';
import type { UpsKey, UpsSettings } from './settings.js';
import { UnsavedPosts } from './unsaved-posts.js';

/** What a badge shows of a UPS. */
export interface UpsView {
	/** Whether it ever reported. */
	readonly seen: boolean;
	readonly online: boolean;
	readonly mains: boolean | undefined;
	/** Percent. */
	readonly level: number | undefined;
	/** Whether its battery is low while it runs on it. */
	readonly batteryLow?: boolean;
	/** Whether its last report came to another endpoint than that of the node. */
	readonly elsewhere?: boolean;
	/** The endpoint of its last report. */
	readonly endpoint?: string | undefined;
	/** When a POST was last accepted, milliseconds since the epoch. */
	readonly seenAt?: number;
	/** Since when its mains have been gone, milliseconds since the epoch. */
	readonly onBatterySince?: number | undefined;
	readonly refused?: LastRefusal | undefined;
}

/** A UPS as this process knows it: its settings, and what need not outlive the process. */
export class UpsDevice {
	/** Undefined while no node configures it. */
	settings: UpsSettings | undefined;
	/** How many of its commands are in no final state, as far as this process knows. */
	pending = 0;
	refused: LastRefusal | undefined;
	/** When this process last got a report, or began to listen: monotonic milliseconds. */
	listeningSince = 0;
	/** The whole messages that queued commands, by command id. */
	readonly messages = new Map<string, unknown>();
	/** Set when an entry in the store can't be read. */
	unreadable: ProtocolError | undefined;
	/** POSTs accepted while the store was away. */
	readonly unsaved = new UnsavedPosts();
	/** Set while a redeploy has closed the node that configured it. */
	returning: { readonly back: Promise<void>; readonly settle: () => void; readonly key: UpsKey } | undefined;
	private stored: DeviceRecord | undefined;
	private remoteAddress: string | undefined;

	/** @param deviceId as it is configured */
	constructor(readonly deviceId: string) {}

	/** What this process last read or wrote of it. */
	get record(): DeviceRecord | undefined {
		return this.stored;
	}

	/**
	 * Takes over an accepted POST.
	 * @param monotonic milliseconds
	 * @returns whether it came to another endpoint than the one before
	 */
	reported({ device, pending }: Applied, remoteAddress: string, monotonic: number): boolean {
		const { endpoint } = this.view;
		this.stored = device;
		this.pending = pending;
		this.remoteAddress = remoteAddress;
		this.listeningSince = monotonic;
		return this.view.endpoint !== endpoint;
	}

	/** Takes over what the store holds. @returns whether a badge has to change */
	refresh(stored: DeviceRecord | undefined): boolean {
		const before = JSON.stringify(this.view);
		this.stored = stored;
		return JSON.stringify(this.view) !== before;
	}

	get view(): UpsView {
		if (this.stored === undefined) return { seen: false, online: false, mains: undefined, level: undefined };
		const { condition, seenAt, endpoint } = this.stored;
		const { online, mains, batteryLevel: level, batteryLow = false, onBatterySince } = condition;
		return { seen: true, online, mains, level, batteryLow, endpoint, seenAt, onBatterySince };
	}

	/** What a panel shows. */
	get presence(): Presence {
		const { online, seenAt } = this.view;
		const seen = seenAt === undefined ? null : { at: seenAt, remoteAddress: this.remoteAddress };
		return { online, seen, refused: this.refused ?? null };
	}
}
