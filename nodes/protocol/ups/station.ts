/**
 * All UPSes of one process: who they are, what the passing of time does to them, and who is told. What flows order of
 * them is in `orders`, what badges and panels tell in `sightings`. The store keeps what is remembered; clocks, timers
 * and chance are passed in.
 */
import { ProtocolError } from '../common/errors.js';
import type { Store } from '../common/store.js';
import type { Clock, Timers } from '../common/time.js';
import { Deadlines } from './deadlines.js';
import { idsOf, LiveUps, type UpsSettings, viewOf } from './device.js';
import type { UpsEvent } from './edges.js';
import type { RandomBytes } from './ids.js';
import type { UpsKey } from './key.js';
import { Orders } from './orders.js';
import { Sightings } from './sightings.js';
import { type Subscriber, Subscribers } from './subscribers.js';
import { Teller, type TellReport } from './teller.js';

/** What the station needs from outside. */
export interface StationEnvironment {
	readonly store: Store;
	readonly clock: Clock;
	readonly timers: Timers;
	readonly random: RandomBytes;
	/** Takes what went wrong and concerns nobody's request. */
	report(error: unknown): void;
}

/** For how long at most a POST waits for the return of a UPS whose node was just taken away, milliseconds. */
const REDEPLOY_PATIENCE = 1_000;

export class UpsStation {
	readonly teller: Teller;
	/** By the id as it is configured. */
	private readonly known = new Map<string, LiveUps>();
	/** The configured id by any other id under which a UPS may report. */
	private readonly configuredIds = new Map<string, string>();
	readonly subscribers: Subscribers;
	readonly sightings: Sightings;
	readonly deadlines: Deadlines;
	readonly orders: Orders;

	constructor(readonly environment: StationEnvironment) {
		this.deadlines = new Deadlines(environment, this.known, (ups) => this.tell(ups));
		this.subscribers = new Subscribers(environment, () => this.tellAll());
		this.sightings = new Sightings(this, this.known);
		this.teller = new Teller(environment, (ups, event, endpoint) => this.tellEvent(ups, event, endpoint));
		this.orders = new Orders(this, this.known);
	}

	/**
	 * Takes a UPS up. Its commands and deadlines go on where they were.
	 * @returns what gives it up again
	 * @throws ProtocolError `ups-duplicate-device`
	 */
	register(settings: UpsSettings): () => void {
		const { deviceId, key } = settings;
		const ids = idsOf(deviceId);
		const isTaken = this.configured().some((other) => idsOf(other.deviceId).some((id) => ids.includes(id)));
		if (isTaken) throw new ProtocolError('ups-duplicate-device', { deviceId });
		for (const other of this.configured())
			if (other.key.secret.equals(key.secret)) warnOfSameKey(other, settings);
		for (const id of ids) this.configuredIds.set(id, deviceId);
		const ups = this.live(deviceId);
		ups.settings = settings;
		ups.heardAt = this.environment.clock.monotonic();
		ups.returning?.settle();
		this.guard(this.takeUp(ups));
		return () => {
			if (ups.settings !== settings) return;
			ups.settings = undefined;
			this.deadlines.stop(ups);
			this.awaitRedeploy(ups, key);
		};
	}

	/** The id under which a UPS is configured, by one under which it may report; an unknown id stays as it is. */
	configuredId(deviceId: string): string {
		return this.configuredIds.get(deviceId) ?? deviceId;
	}

	/** The key of a UPS, also of one whose node was just taken away; undefined for an unknown one. */
	keyOf(deviceId: string): UpsKey | undefined {
		const ups = this.known.get(this.configuredId(deviceId));
		return ups?.settings?.key ?? ups?.returning?.key;
	}

	/** A configured UPS, waited for while a redeploy is under way. */
	async awaitReturn(deviceId: string): Promise<LiveUps | undefined> {
		await this.known.get(this.configuredId(deviceId))?.returning?.back;
		return this.find(deviceId);
	}

	/** A deploy is over: no POST waits any longer for a UPS that has not come back. */
	deployed(): void {
		for (const { returning } of this.known.values()) returning?.settle();
	}

	/** A configured UPS by any of its ids, or undefined. */
	find(deviceId: string): LiveUps | undefined {
		const ups = this.known.get(this.configuredId(deviceId));
		return ups?.settings === undefined ? undefined : ups;
	}

	/** The other UPSes that have the key of this one. */
	withSameKey(deviceId: string): UpsSettings[] {
		const own = this.find(deviceId)?.settings;
		return this.configured().filter((other) => other !== own && own?.key.secret.equals(other.key.secret));
	}

	private configured(): UpsSettings[] {
		return [...this.known.values()].flatMap(({ settings }) => settings ?? []);
	}

	/** Lets somebody see UPSes, first of all what happened while nobody looked. */
	subscribe(subscriber: Subscriber): () => void {
		const remove = this.subscribers.add(subscriber);
		for (const { deviceId, unreadable } of this.known.values())
			if (unreadable && (subscriber.deviceId ?? deviceId) === deviceId)
				this.sayFailure(subscriber, unreadable);
		this.tellAll();
		return remove;
	}

	/** Lets a node be told of the commands that it queued, first of all what it missed. */
	attach(nodeId: string, tell: TellReport): () => void {
		const detach = this.teller.attach(nodeId, tell);
		this.tellAll();
		return detach;
	}

	/**
	 * Lets nothing be told of a UPS while this is being recorded, since it may have to be taken back. Who calls it
	 * tells afterwards, or calls `tellDeferred`: the answer to a UPS goes before.
	 */
	async recording<T>(ups: LiveUps, work: Promise<T>): Promise<T> {
		ups.underWay++;
		try {
			return await work;
		} finally {
			ups.underWay--;
		}
	}

	/** Tells what could not be told while something was being recorded. */
	tellDeferred(ups: LiveUps): void {
		if (ups.tellLater) this.tellNews(ups);
	}

	/** Tells what is untold of a UPS. */
	tellNews(ups: LiveUps): void {
		this.guard(this.teller.tellNews(ups));
	}

	/** Shows at all other endpoints that a UPS reports to a new one: it gives them no message by which they would see it. */
	showMoved({ deviceId, view }: LiveUps): void {
		for (const one of this.subscribers.of(deviceId, undefined))
			if (one.endpoint !== view.endpoint) this.attempt(() => one.view());
	}

	private tellAll(): void {
		for (const ups of this.known.values()) this.tellNews(ups);
	}

	private awaitRedeploy(ups: LiveUps, key: UpsKey): void {
		const { timers } = this.environment;
		let settle = () => {};
		const back = new Promise<void>((resolve) => {
			const timer = timers.set(() => settle(), REDEPLOY_PATIENCE);
			settle = () => {
				timers.clear(timer);
				ups.returning = undefined;
				resolve();
			};
		});
		ups.returning = { back, settle, key };
	}

	private live(deviceId: string): LiveUps {
		const known = this.known.get(deviceId) ?? new LiveUps(deviceId);
		this.known.set(deviceId, known);
		return known;
	}

	private async takeUp(ups: LiveUps): Promise<void> {
		const { device, unreadable } = await this.deadlines.resume(ups);
		this.sayUnreadable(ups, unreadable.length);
		if (device !== undefined && !ups.view.seen) {
			ups.view = { ...ups.view, ...viewOf(device) };
			for (const one of this.subscribers.of(ups.deviceId, undefined)) this.attempt(() => one.view());
		}
		await this.deadlines.settle(ups);
	}

	/** Says once what had to be left aside. */
	private sayUnreadable(ups: LiveUps, count: number): void {
		if (count === 0 || ups.unreadable !== undefined) return;
		const { deviceId } = ups;
		ups.unreadable = new ProtocolError('store-unreadable', { deviceId, count });
		for (const one of this.subscribers.of(deviceId, undefined)) this.sayFailure(one, ups.unreadable);
	}

	private sayFailure({ failure }: Subscriber, error: ProtocolError): void {
		this.attempt(() => failure(error));
	}

	private tell(ups: LiveUps): Promise<void> {
		return this.teller.tellNews(ups);
	}

	private tellEvent({ deviceId }: LiveUps, event: UpsEvent, endpoint: string | undefined): boolean {
		const listeners = this.subscribers.told(deviceId, endpoint);
		for (const listener of listeners) this.attempt(() => listener.event(event));
		return listeners.length > 0;
	}

	/** Does something for somebody else, whose failure must not keep others from their share. */
	attempt(action: () => void): void {
		try {
			action();
		} catch (error) {
			this.environment.report(error);
		}
	}

	private guard(work: Promise<unknown>): void {
		work.catch((error) => this.environment.report(error));
	}
}

function warnOfSameKey(one: UpsSettings, other: UpsSettings): void {
	one.onSameKey?.(other);
	other.onSameKey?.(one);
}
