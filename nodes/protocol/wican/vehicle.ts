/** One vehicle while Node-RED runs: what its POSTs say, what is remembered of it, when it has fallen silent. */
import { createHash } from 'node:crypto';
import { isStoreError, ProtocolError } from '../common/errors.js';
import type { RefusedRequest } from '../common/http.js';
import { type LastRefusal, lastRefusal, type Presence, silentFor } from '../common/presence.js';
import { type AppliedPost, applyPost, applySilence, type Circumstances, isFirst } from './apply-post.js';
import { Changes } from './changes.js';
import type { WicanEvent } from './messages.js';
import { isFromGps } from './position.js';
import type { VehicleEnvironment } from './registry.js';
import type { Report } from './report.js';
import {
	type StoredEvent,
	type StoredVehicle,
	UNKNOWN_VEHICLE,
	type VehicleChange,
	type VehicleRecord,
	type VehicleRepository,
} from './repository.js';
import { longestSilence, notedApart, seenAfter, silenceDue } from './seen.js';

/** How one vehicle is configured. */
export interface VehicleSettings {
	/** Blank: the device id once it is known, until then the path. */
	readonly name: string;
	readonly path: string;
	/** Milliseconds without a POST until it counts as offline; undefined: by its usual interval. */
	readonly offlineAfter: number | undefined;
}

/** Who wants to know what happens to a vehicle that no POST says. */
export interface SeesVehicle {
	event(event: WicanEvent): void;
	/** What a badge tells may have changed. */
	view(): void;
	/** Something that is remembered cannot be read, and is left aside. */
	failure(error: ProtocolError): void;
}

/** What a badge tells of a vehicle. */
export interface VehicleView {
	readonly seen: boolean;
	readonly online: boolean;
	readonly stale: boolean;
	/** How many values the last POST had; undefined until one has come. */
	readonly count: number | undefined;
	/** The last refusal, if no POST was accepted since. */
	readonly refused: Pick<LastRefusal, 'reason' | 'status'> | undefined;
	/** When it was last heard of, milliseconds since the epoch. */
	readonly heardAt?: number | undefined;
}

/** What a panel tells of a vehicle. `count`: how many values the last POST had; `stale`: whether they stand still. */
export type VehicleSighting = Presence &
	Pick<VehicleRecord, 'deviceId' | 'firmware'> & { readonly count?: number; readonly stale?: boolean };

/** What came of one POST. */
export interface Taken {
	readonly memory: AppliedPost['now'];
	/** Why it could not be kept, if it had to be. */
	readonly failure: unknown;
}

export class Vehicle {
	view: VehicleView = { seen: false, online: false, stale: false, count: undefined, refused: undefined };
	private settings: VehicleSettings | undefined;
	private sees: SeesVehicle | undefined;
	private readonly values = new Changes(undefined, undefined, isFromGps);
	/** Whether the last POST carried `config` or `status`. */
	private wasFirst = false;
	/** Where the last accepted POST came from. */
	private remoteAddress: string | undefined;
	private lastRefused: LastRefusal | undefined;
	/** Whether the last POST could not be kept: what it changed is still to be told. */
	private isUnsaved = false;
	private lastStatus: { readonly at: number; readonly uptime: number } | undefined;
	/** Monotonic milliseconds of the last POST (or the start), and of the last one that changed a value. */
	private heardAt = 0;
	private movedAt = 0;
	/** As last read or decided: what is gone by while the store is away. */
	private known: StoredVehicle = UNKNOWN_VEHICLE;
	private isUnreadableSaid = false;
	/** POSTs that are not answered and shown yet: what they make happen is told after that. */
	private answering = 0;

	/** @param key by which it is remembered */
	constructor(
		readonly key: string,
		private readonly environment: Pick<VehicleEnvironment, 'clock' | 'report' | 'store'>,
		private readonly repository: VehicleRepository,
	) {}

	/** Takes the vehicle up. @returns what gives it up again; what is known of it stays */
	open(settings: VehicleSettings, sees: SeesVehicle): () => void {
		this.settings = settings;
		this.sees = sees;
		this.heardAt = this.environment.clock.monotonic();
		this.background(this.resume());
		return () => {
			if (this.settings !== settings) return;
			this.settings = undefined;
			this.sees = undefined;
		};
	}

	/** Whether a node shows it. */
	get isOpen(): boolean {
		return this.settings !== undefined;
	}

	/** What the vehicle is called. */
	get name(): string {
		return this.settings?.name || this.known.vehicle?.deviceId || (this.settings?.path ?? '');
	}

	/** Takes in one POST and keeps what it changes. Never rejects. */
	async take(report: Report, receivedAt: number, remoteAddress: string): Promise<Taken> {
		this.answering++;
		const circumstances = this.note(report, receivedAt, remoteAddress);
		const decide = (stored: StoredVehicle, now: number) => {
			const apart = notedApart(this.longestSilence(stored.seen), this.environment.store.shared);
			const seen = seenAfter(stored.seen, now, apart);
			const longest = this.longestSilence(seen ?? stored.seen);
			return { ...applyPost(stored, report, circumstances, longest), seen, before: stored };
		};
		let failure: unknown;
		const kept = await this.repository.update(this.key, decide).catch((error: unknown) => {
			failure = error ?? new Error('not kept');
			// Where it comes again, the store says whether it was kept.
			this.wasFirst = false;
			this.lastStatus = undefined;
		});
		this.isUnsaved = failure !== undefined;
		const applied = kept ?? decide(this.known, this.known.seen?.at ?? receivedAt);
		const { now: memory, before, seen = before.seen } = applied;
		this.known = { ...before, ...memory, seen };
		const count = Object.keys(report.payload).length;
		this.remoteAddress = remoteAddress;
		this.view = { ...this.view, count, refused: undefined, heardAt: receivedAt };
		this.show(memory.vehicle);
		return { memory, failure };
	}

	/** Notes that a POST was refused. */
	refused(request: RefusedRequest): void {
		const { reason, status, remoteAddress } = request;
		const time = this.environment.clock.now();
		this.lastRefused = lastRefusal(request, time);
		// That there were too many refusals says less than why there were.
		const isReasonKnown = reason === 'rate-limited' && this.view.refused !== undefined;
		if (!isReasonKnown) this.view = { ...this.view, refused: { reason, status } };
		this.sees?.event({ event: 'refused', vehicle: this.name, time, reason, status, remoteAddress });
	}

	/** What a panel tells of the vehicle; undefined while no node shows it. */
	get sighting(): VehicleSighting | undefined {
		if (this.settings === undefined) return undefined;
		const { online, heardAt, count, stale } = this.view;
		const { deviceId, firmware } = this.known.vehicle ?? {};
		return {
			online,
			seen: heardAt === undefined ? null : { at: heardAt, remoteAddress: this.remoteAddress },
			refused: this.lastRefused ?? null,
			...(deviceId !== undefined && { deviceId }),
			...(firmware !== undefined && { firmware }),
			...(count !== undefined && { count, stale }),
		};
	}

	/** A POST was answered and shown: tells what lies in the outbox. */
	shown(): void {
		this.answering--;
		this.background(this.flush());
	}

	private async flush(): Promise<void> {
		if (this.answering === 0) await this.repository.flush(this.key);
	}

	/** Tells one event. @returns false when nobody listens */
	tell(event: StoredEvent): boolean {
		const { sees } = this;
		if (sees === undefined) return false;
		this.attempt(() => sees.event({ vehicle: this.name, ...event }));
		return true;
	}

	/** When its silence is due, milliseconds of the store's time; null while there is none to wait for. */
	silenceDue({ vehicle, seen }: StoredVehicle, now: number): number | null {
		if (!vehicle?.online) return null;
		const longest = this.longestSilence(seen);
		return silenceDue(seen ?? { at: now, gaps: [] }, longest, this.listened, now);
	}

	/** Looks whether the vehicle has fallen silent, and what others have left untold. */
	timePassed(): void {
		this.background(this.applyTime());
	}

	/** Goes on with what the store has, once it can be used again. */
	storeIsBack(): void {
		if (this.isOpen) this.background(this.resume());
	}

	/** Does something for somebody else, whose failure must not stop what is under way. */
	attempt(action: () => void): void {
		try {
			action();
		} catch (error) {
			this.environment.report(error);
		}
	}

	/** For how long this process has listened without a POST, milliseconds. */
	private get listened(): number {
		return this.environment.clock.monotonic() - this.heardAt;
	}

	private longestSilence(seen = this.known.seen): number {
		return longestSilence(this.settings?.offlineAfter, seen);
	}

	/** What this process alone knows of a POST, noted at once: the next one may come before this one is kept. */
	private note(report: Report, receivedAt: number, remoteAddress: string): Circumstances {
		const now = this.environment.clock.monotonic();
		const longest = this.longestSilence();
		const isNew = this.values.isEmpty;
		const hasMoved = this.values.hasAny(report.payload, report.numbers);
		const moved = (isNew && hasMoved) || this.isUnsaved ? undefined : hasMoved;
		// Of a time of silence nobody knows whether anything moved.
		const isSilent = this.listened >= longest;
		if (hasMoved || isSilent) this.movedAt = now;
		const isResent = this.wasFirst && !isSilent;
		this.wasFirst = isFirst(report);
		this.heardAt = now;
		const last = this.lastStatus;
		const uptime = report.status?.uptime;
		if (uptime !== undefined) this.lastStatus = { at: now, uptime };
		return {
			receivedAt,
			remoteAddress,
			lastStatus: last && { ago: now - last.at, uptime: last.uptime },
			isResent,
			moved,
			stillFor: this.values.isEmpty ? 0 : now - this.movedAt,
			digest: () => createHash('sha256').update(this.values.describe()).digest('base64'),
		};
	}

	private async resume(): Promise<void> {
		try {
			const { before } = await this.repository.update(this.key, (before) => ({
				before,
				isRescheduled: true,
			}));
			if (this.settings === undefined) return;
			if (this.remoteAddress === undefined) this.known = before;
			this.sayUnreadable(before.unreadable.length);
			const { vehicle, seen } = before;
			if (vehicle !== undefined) this.show(vehicle);
			if (seen !== undefined) this.view = { heardAt: seen.at, ...this.view };
			await this.flush();
		} finally {
			// Also where nothing can be read: a badge waits for this.
			this.sees?.view();
		}
	}

	/** Says once what had to be left aside, not with each deploy. */
	private sayUnreadable(count: number): void {
		const { sees } = this;
		if (count === 0 || sees === undefined || this.isUnreadableSaid) return;
		this.isUnreadableSaid = true;
		this.attempt(() => sees.failure(new ProtocolError('store-unreadable', { deviceId: this.name, count })));
	}

	/** Sees to it that the badge is right. */
	private show({ online, stale }: VehicleRecord): void {
		this.view = { ...this.view, seen: true, online, stale: stale !== undefined };
	}

	private async applyTime(): Promise<void> {
		const { before, vehicle = before.vehicle } = await this.repository.update(this.key, (before, now) => {
			const isSilent =
				before.seen !== undefined &&
				silentFor(before.seen.at, this.listened, now) >= this.longestSilence(before.seen);
			const change: VehicleChange = isSilent ? applySilence(before, now) : {};
			return { ...change, before, isRescheduled: true };
		});
		this.known = { ...before, vehicle };
		if (vehicle !== undefined) this.show(vehicle);
		await this.flush();
		this.sees?.view();
	}

	/** The store tells of its own trouble, and due times come back. */
	private background(work: Promise<unknown>): void {
		work.catch((error) => {
			if (!isStoreError(error)) this.environment.report(error);
		});
	}
}
