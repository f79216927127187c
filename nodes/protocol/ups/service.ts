/**
 * All UPSes of one process: what the passing of time does to them, and who is told. Which there are is in `registry`, what is
 * remembered of them in `repository`, their commands in `commands`, what badges and panels tell in `sightings`. Everything
 * about time and order is decided by what the store holds, so that several processes over one store work as one.
 */
import { isStoreError, ProtocolError } from '../common/errors.js';
import type { Store } from '../common/store.js';
import type { Clock, GracePeriod, Timers } from '../common/time.js';
import { applyTime, type Listening, nextDue, withinTheirTime } from './apply-time.js';
import { ClockSteps } from './clock-steps.js';
import { CommandQueue } from './command-queue.js';
import { isFinalState } from './command-state.js';
import type { LiveUps, UpsSettings } from './device.js';
import type { RandomBytes } from './ids.js';
import type { CommandReport } from './messages.js';
import type { Notice } from './notices.js';
import type { DeviceRecord } from './records.js';
import { UpsRegistry } from './registry.js';
import { type StoredUps, UpsRepository } from './repository.js';
import { Sightings } from './sightings.js';
import { type Subscriber, Subscribers } from './subscribers.js';

/** What the service needs from outside. */
export interface UpsEnvironment {
	readonly store: Store;
	readonly clock: Clock;
	readonly timers: Timers;
	/** For a UPS whose node a redeploy has closed. */
	readonly gracePeriod: GracePeriod;
	readonly random: RandomBytes;
	/** Names this process: different for every process and every start. */
	readonly instance: string;
	/** Takes what went wrong and concerns nobody's request. */
	report(error: unknown): void;
}

/** Hands a report to the node that queued the command, with the message that queued it (as far as it is left). */
export type TellReport = (report: CommandReport, message: unknown) => void;

export class UpsService {
	readonly registry: UpsRegistry;
	readonly subscribers: Subscribers;
	readonly repository: UpsRepository;
	readonly commands: CommandQueue;
	readonly sightings: Sightings;
	readonly clockSteps: ClockSteps;
	/** The nodes that queue commands, by their ids. */
	private readonly nodes = new Map<string, TellReport>();

	constructor(readonly environment: UpsEnvironment) {
		const { store, clock, instance } = environment;
		this.registry = new UpsRegistry(environment.gracePeriod);
		this.subscribers = new Subscribers(clock);
		this.repository = new UpsRepository(
			{ store, instance, monotonic: () => clock.monotonic(), report: (error) => environment.report(error) },
			{
				tell: (deviceId, notice, message) => this.tell(deviceId, notice, message),
				dueOf: (deviceId, stored, now) => this.dueOf(deviceId, stored, now),
			},
		);
		this.commands = new CommandQueue(this);
		this.sightings = new Sightings(this);
		this.clockSteps = new ClockSteps(this);
		this.repository.onDue((deviceId) => this.background(this.timePassed(deviceId)));
		store.onState(({ name }) => {
			if (name !== 'unavailable') this.resumeAll();
		});
	}

	/**
	 * Takes a UPS up. Its commands and deadlines go on where they were.
	 * @returns what gives it up again
	 * @throws ProtocolError `ups-duplicate-device`
	 */
	register(settings: UpsSettings): () => void {
		const ups = this.registry.add(settings);
		ups.heardAt = this.environment.clock.monotonic();
		this.background(this.resume(ups));
		return () => this.registry.remove(ups, settings);
	}

	/** Lets somebody see UPSes, first of all what happened while nobody listened. */
	subscribe(subscriber: Subscriber): () => void {
		const remove = this.subscribers.add(subscriber);
		for (const { deviceId, unreadable } of this.registry.all())
			if (unreadable && (subscriber.deviceId ?? deviceId) === deviceId)
				this.attempt(() => subscriber.failure(unreadable));
		this.flushAll();
		return remove;
	}

	/** Lets a node be told of the commands that it queued, first of all what it missed. */
	attach(nodeId: string, tell: TellReport): () => void {
		this.nodes.set(nodeId, tell);
		this.flushAll();
		return () => {
			if (this.nodes.get(nodeId) === tell) this.nodes.delete(nodeId);
		};
	}

	/** Takes over what is known of a UPS by now, and lets badges show it. */
	show(ups: LiveUps, device: DeviceRecord | undefined): void {
		const before = JSON.stringify(ups.view);
		ups.device = device;
		if (JSON.stringify(ups.view) === before) return;
		for (const one of this.subscribers.of(ups.deviceId, undefined)) this.attempt(() => one.view());
	}

	/** Shows at all other endpoints that a UPS reports to a new one: it gives them no message by which they would see it. */
	showMoved({ deviceId, view }: LiveUps): void {
		for (const one of this.subscribers.of(deviceId, undefined))
			if (one.endpoint !== view.endpoint) this.attempt(() => one.view());
	}

	/** Does something for somebody else, whose failure must not keep others from their share. */
	attempt(action: () => void): void {
		try {
			action();
		} catch (error) {
			this.environment.report(error);
		}
	}

	/** Goes on with a UPS as the store has it. */
	private async resume(ups: LiveUps): Promise<void> {
		await this.clockSteps.follow();
		const { device, unreadable } = await this.repository.update(ups.deviceId, (stored, now) => ({
			result: stored,
			commands: withinTheirTime(stored.commands, now),
			isRescheduled: true,
		}));
		this.sayUnreadable(ups, unreadable.length);
		this.show(ups, device);
		await this.repository.flush(ups.deviceId);
		await ups.unrecorded.store((nonce) => this.repository.claim(ups.deviceId, nonce));
	}

	private resumeAll(): void {
		for (const ups of this.registry.all()) if (ups.settings) this.background(this.resume(ups));
	}

	private async timePassed(deviceId: string): Promise<void> {
		await this.clockSteps.follow();
		const ups = this.registry.get(deviceId);
		const listening = this.listeningTo(ups);
		// One that is configured nowhere in this process may be in another; where there is none it is due no more.
		if (listening === undefined && this.environment.store.shared) return;
		const device = await this.repository.update(deviceId, (stored, now) => {
			const changes = listening && applyTime(stored, deviceId, listening, now);
			return { ...changes, result: changes?.device ?? stored.device, isRescheduled: true };
		});
		if (ups === undefined || listening === undefined) return;
		this.show(ups, device);
		await this.repository.flush(deviceId);
	}

	/** @param stored what the store has of the message that queued a command */
	private tell(deviceId: string, notice: Notice, stored: unknown): boolean {
		if ('event' in notice) {
			const listeners = this.subscribers.told(deviceId, notice.endpoint);
			for (const listener of listeners) this.attempt(() => listener.event(notice.event));
			return listeners.length > 0;
		}
		const { nodeId, report } = notice;
		const tell = this.nodes.get(nodeId);
		if (tell === undefined) return false;
		const messages = this.registry.get(deviceId)?.messages;
		const message = messages?.get(report.id) ?? stored;
		if (isFinalState(report.command, report.state)) messages?.delete(report.id);
		this.attempt(() => tell(report, message));
		return true;
	}

	private dueOf(deviceId: string, stored: StoredUps, now: number): number | null | undefined {
		const listening = this.listeningTo(this.registry.get(deviceId));
		if (listening !== undefined) return nextDue(stored, listening, now);
		return this.environment.store.shared ? undefined : null;
	}

	private listeningTo(ups: LiveUps | undefined): Listening | undefined {
		if (ups?.settings === undefined) return undefined;
		const { clock, store } = this.environment;
		return {
			settings: ups.settings,
			listened: clock.monotonic() - ups.heardAt,
			isShared: store.shared,
		};
	}

	/** Says once what had to be left aside. */
	private sayUnreadable(ups: LiveUps, count: number): void {
		if (count === 0 || ups.unreadable !== undefined) return;
		const { deviceId } = ups;
		const error = new ProtocolError('store-unreadable', { deviceId, count });
		ups.unreadable = error;
		for (const one of this.subscribers.of(deviceId, undefined)) this.attempt(() => one.failure(error));
	}

	private flushAll(): void {
		for (const { deviceId } of this.registry.all()) this.background(this.repository.flush(deviceId));
	}

	/** The store tells of its own trouble, and due times come back. */
	private background(work: Promise<unknown>): void {
		work.catch((error) => {
			if (!isStoreError(error)) this.environment.report(error);
		});
	}
}
