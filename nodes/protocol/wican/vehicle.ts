/** One vehicle while Node-RED runs: what its POSTs say, what is remembered of it, when it has fallen silent. */
import { createHash } from 'node:crypto';
import { ProtocolError } from '../common/errors.js';
import type { RefusedRequest } from '../common/http.js';
import { type RefusedSight, refusedSight, type Sighting } from '../common/sightings.js';
import type { Store } from '../common/store.js';
import { type Clock, MAX_TIMER_DELAY, type TimerHandle, type Timers } from '../common/time.js';
import { Changes } from './changes.js';
import { UsualInterval } from './interval.js';
import { change, type MemoryChange, recall, type VehicleMemory, type VehicleRecord } from './memory.js';
import type { WicanEvent } from './messages.js';
import { isFromGps } from './position.js';
import {
	type Circumstances,
	fallSilent,
	isFirst,
	keyOf,
	type Reception,
	receive,
	told,
} from './reception.js';
import type { Report } from './report.js';

/** What vehicles need from outside. */
export interface VehicleEnvironment {
	readonly store: Store;
	readonly clock: Clock;
	readonly timers: Timers;
	/** Takes what went wrong and concerns nobody's request. */
	report(error: unknown): void;
}

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
	readonly refused: Pick<RefusedSight, 'reason' | 'status'> | undefined;
	/** When it was last heard of, milliseconds since the epoch. */
	readonly heardAt?: number | undefined;
}

/** What a panel tells of a vehicle. `count`: how many values the last POST had; `stale`: whether they stand still. */
export type VehicleSighting = Sighting &
	Pick<VehicleRecord, 'deviceId' | 'firmware'> & { readonly count?: number; readonly stale?: boolean };

/** What came of one POST. */
export interface Taken {
	readonly memory: Reception['now'];
	/** Why it could not be kept, if it had to be. */
	readonly failure: unknown;
}

/** Milliseconds without a POST that are never too long. */
const SHORTEST_SILENCE = 120_000;
/** How many POSTs in a row may be missed. */
const MISSED = 5;
/** More than can be waiting in the store. */
const MAX_TOLD = 500;

export class Vehicle {
	view: VehicleView = { seen: false, online: false, stale: false, count: undefined, refused: undefined };
	private settings: VehicleSettings | undefined;
	private sees: SeesVehicle | undefined;
	private readonly values = new Changes(undefined, undefined, isFromGps);
	private readonly interval = new UsualInterval();
	/** Whether the last POST carried `config` or `status`. */
	private wasFirst = false;
	/** Where the last accepted POST came from. */
	private remoteAddress: string | undefined;
	private lastRefused: RefusedSight | undefined;
	private lastStatus: { readonly at: number; readonly uptime: number } | undefined;
	/** Monotonic milliseconds of the last POST (or the start), and of the last one that changed a value. */
	private heardAt = 0;
	private movedAt = 0;
	/** As last read or decided: what is gone by while the store can't be read. */
	private memory: VehicleMemory = { vehicle: undefined, config: [] };
	private timer: TimerHandle | undefined;
	private isUnreadableSaid = false;
	/** Decisions that are being kept. */
	private underWay = 0;
	/** The last events that were told: the store may still have them as untold. */
	private readonly told = new Set<string>();

	/** @param key by which it is remembered */
	constructor(
		readonly key: string,
		private readonly environment: VehicleEnvironment,
	) {}

	/** Takes the vehicle up. @returns what gives it up again; what is known of it stays */
	open(settings: VehicleSettings, sees: SeesVehicle): () => void {
		this.settings = settings;
		this.sees = sees;
		this.heardAt = this.environment.clock.monotonic();
		this.guard(this.resume());
		return () => {
			if (this.settings !== settings) return;
			this.settings = undefined;
			this.sees = undefined;
			this.environment.timers.clear(this.timer);
			this.timer = undefined;
		};
	}

	/** What the vehicle is called. */
	get name(): string {
		return this.settings?.name || this.memory.vehicle?.deviceId || (this.settings?.path ?? '');
	}

	/** Takes in one POST and keeps what it changes. Never rejects. */
	async take(report: Report, receivedAt: number, remoteAddress: string): Promise<Taken> {
		const circumstances = this.note(report, receivedAt, remoteAddress);
		const { decision, failure } = await this.decide((memory) => receive(memory, report, circumstances));
		const memory = decision.now;
		this.memory = memory;
		const count = Object.keys(report.payload).length;
		this.remoteAddress = remoteAddress;
		this.view = { ...this.view, count, refused: undefined, heardAt: receivedAt };
		this.look(memory.vehicle);
		return { memory, failure };
	}

	/** Notes that a POST was refused. */
	refused(request: RefusedRequest): void {
		const { reason, status, remoteAddress } = request;
		const time = this.environment.clock.now();
		this.lastRefused = refusedSight(request, time);
		// That there were too many refusals says less than why there were.
		const isReasonKnown = reason === 'rate-limited' && this.view.refused !== undefined;
		if (!isReasonKnown) this.view = { ...this.view, refused: { reason, status } };
		this.sees?.event({ event: 'refused', vehicle: this.name, time, reason, status, remoteAddress });
	}

	/** What a panel tells of the vehicle; undefined while no node shows it. */
	get sighting(): VehicleSighting | undefined {
		if (this.settings === undefined) return undefined;
		const { online, heardAt, count, stale } = this.view;
		const { deviceId, firmware } = this.memory.vehicle ?? {};
		return {
			online,
			seen: heardAt === undefined ? null : { at: heardAt, remoteAddress: this.remoteAddress },
			refused: this.lastRefused ?? null,
			...(deviceId !== undefined && { deviceId }),
			...(firmware !== undefined && { firmware }),
			...(count !== undefined && { count, stale }),
		};
	}

	/** Tells what has happened and was not told yet: at least once each, also when the process is killed meanwhile. */
	tell(): void {
		const { sees } = this;
		const untold = this.memory.vehicle?.untold ?? [];
		const news = untold.filter((event) => !this.told.has(keyOf(event)));
		if (sees === undefined || news.length === 0) return;
		for (const stored of news) {
			this.told.add(keyOf(stored));
			this.attempt(() => sees.event({ vehicle: this.name, ...stored }));
		}
		for (const key of this.told) if (this.told.size > MAX_TOLD) this.told.delete(key);
		const marked = change(this.environment.store, this.key, (now) => told(now, this.told));
		// The store itself tells of its trouble.
		marked.catch(() => undefined);
	}

	/** Does something for somebody else, whose failure must not stop what is under way. */
	attempt(action: () => void): void {
		try {
			action();
		} catch (error) {
			this.environment.report(error);
		}
	}

	/** What this process alone knows of a POST, noted at once: the next one may come before this one is kept. */
	private note(report: Report, receivedAt: number, remoteAddress: string): Circumstances {
		const now = this.environment.clock.monotonic();
		const isNew = this.values.isEmpty;
		const hasMoved = this.values.hasAny(report.payload, report.numbers);
		const moved = isNew && hasMoved ? undefined : hasMoved;
		// Of a time of silence nobody knows whether anything moved.
		const isSilent = this.isSilent();
		if (hasMoved || isSilent) this.movedAt = now;
		const isResent = this.wasFirst && !isSilent;
		this.wasFirst = isFirst(report);
		this.interval.note(now);
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
			isStill: !this.values.isEmpty && now - this.movedAt >= this.patience(),
			digest: () => createHash('sha256').update(this.values.describe()).digest('base64'),
			isKept: this.underWay === 0 && this.environment.store.healthy,
			interval: this.interval.usual,
		};
	}

	/** Decides on what is remembered, and keeps that if it can be done. Never rejects. */
	private async decide<T extends MemoryChange>(decide: (memory: VehicleMemory) => T) {
		let decision: T | undefined;
		let failure: unknown;
		this.underWay++;
		try {
			await change(this.environment.store, this.key, (memory) => {
				decision = decide(memory);
				return decision;
			});
		} catch (error) {
			failure = error ?? new Error('not kept');
		}
		this.underWay--;
		return { decision: decision ?? decide(this.memory), failure };
	}

	private isSilent(): boolean {
		return this.environment.clock.monotonic() - this.heardAt >= this.patience();
	}

	/** For how long a vehicle may be silent, or its values may stand still. Milliseconds. */
	private patience(): number {
		if (this.settings?.offlineAfter !== undefined) return this.settings.offlineAfter;
		const usual = this.interval.usual ?? this.memory.vehicle?.interval ?? 0;
		return Math.max(SHORTEST_SILENCE, MISSED * usual);
	}

	private async resume(): Promise<void> {
		try {
			const memory = await recall(this.environment.store, this.key);
			this.memory = memory;
			if (this.settings === undefined) return;
			this.sayUnreadable(memory.unreadable.length);
			const { vehicle } = memory;
			if (vehicle !== undefined) this.look(vehicle);
			if (vehicle?.online === false) this.view = { heardAt: vehicle.heardAt, ...this.view };
			this.tell();
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

	/** Sees to it that the badge is right and that silence is noticed. */
	private look({ online, stale }: VehicleRecord): void {
		this.view = { ...this.view, seen: true, online, stale: stale !== undefined };
		if (online) this.watch();
	}

	/** One timer for all POSTs: it is set again only when it has fired. */
	private watch(): void {
		if (this.timer !== undefined || this.settings === undefined) return;
		const { timers, clock } = this.environment;
		const left = this.heardAt + this.patience() - clock.monotonic();
		this.timer = timers.set(
			() => {
				this.timer = undefined;
				if (this.isSilent()) this.guard(this.fallSilent());
				else this.watch();
			},
			Math.min(Math.max(left, 0), MAX_TIMER_DELAY),
		);
	}

	private async fallSilent(): Promise<void> {
		const time = this.environment.clock.now();
		// While the store is asked, the vehicle may be heard again.
		const { decision, failure } = await this.decide((memory): MemoryChange => {
			return this.isSilent() ? fallSilent(memory, time, this.view.heardAt) : {};
		});
		if (failure !== undefined) this.environment.report(failure);
		const { vehicle } = decision;
		if (vehicle === undefined) return;
		this.memory = { ...this.memory, vehicle };
		this.look(vehicle);
		this.tell();
		this.sees?.view();
	}

	private guard(work: Promise<unknown>): void {
		work.catch((error) => this.environment.report(error));
	}
}
