/**
 * All UPSes of one process: what the passing of time changes, and who is notified. Times and order are decided by what the store
 * holds, so several processes over one store work as one.
 */
import { isStoreError, ProtocolError } from '../common/errors.js';
import type { RefusedRequest } from '../common/http.js';
import { lastRefusal, type Presence, type UnmatchedRequest, UnmatchedRequests } from '../common/presence.js';
import type { Store } from '../common/store.js';
import type { Clock, GracePeriod, Timers } from '../common/time.js';
import { applyTime, type Listening, nextDue, withinTheirTime } from './apply-time.js';
import { ClockStepDetector } from './clock-step-detector.js';
import type { RandomBytes } from './command-ids.js';
import { CommandQueue } from './command-queue.js';
import { isFinalState } from './command-state.js';
import type { UpsDevice, UpsView } from './device.js';
import type { Notification } from './events.js';
import type { CommandReport } from './messages.js';
import { UpsRegistry } from './registry.js';
import { type StoredUps, UpsRepository } from './repository.js';
import type { UpsSettings } from './settings.js';
import { type Subscriber, Subscribers } from './subscribers.js';

export interface UpsEnvironment {
	readonly store: Store;
	readonly clock: Clock;
	readonly timers: Timers;
	/** For a UPS whose node a redeploy has closed. */
	readonly gracePeriod: GracePeriod;
	readonly random: RandomBytes;
	/** Names this process: different for every process and every start. */
	readonly instance: string;
	/** Gets failures that concern no request. */
	report(error: unknown): void;
}

/** Gets a report on a command, with the message that queued it (as far as it is left). */
export type ReportListener = (report: CommandReport, message: unknown) => void;

export class UpsService {
	readonly registry: UpsRegistry;
	readonly subscribers: Subscribers;
	readonly repository: UpsRepository;
	readonly commands: CommandQueue;
	readonly clockSteps: ClockStepDetector;
	private readonly unmatched = new UnmatchedRequests();
	/** By the id of the node that queues commands. */
	private readonly reportListeners = new Map<string, ReportListener>();

	constructor(readonly environment: UpsEnvironment) {
		const { store, clock, instance } = environment;
		this.registry = new UpsRegistry(environment.gracePeriod);
		this.subscribers = new Subscribers(clock);
		this.repository = new UpsRepository(
			{ store, instance, monotonic: () => clock.monotonic(), report: (error) => environment.report(error) },
			{
				notify: (deviceId, notification, message) => this.notify(deviceId, notification, message),
				dueOf: (deviceId, stored, now) => this.dueOf(deviceId, stored, now),
			},
		);
		this.commands = new CommandQueue(this);
		this.clockSteps = new ClockStepDetector(this);
		this.repository.onDue((deviceId) => this.background(this.timePassed(deviceId)));
		store.onState(({ name }) => {
			if (name === 'unavailable') return;
			for (const device of this.registry.all()) if (device.settings) this.background(this.resume(device));
		});
	}

	/**
	 * Adds a UPS. Its commands and deadlines go on where they were.
	 * @returns what removes it
	 * @throws ProtocolError `ups-duplicate-device`
	 */
	register(settings: UpsSettings): () => void {
		const device = this.registry.add(settings);
		device.listeningSince = this.environment.clock.monotonic();
		this.background(this.resume(device));
		return () => this.registry.remove(device, settings);
	}

	/** Adds a receiving node, and delivers what happened while there was none. */
	subscribe(subscriber: Subscriber): () => void {
		const remove = this.subscribers.add(subscriber);
		for (const { deviceId, unreadable } of this.registry.all())
			if (unreadable && (subscriber.deviceId ?? deviceId) === deviceId)
				this.attempt(() => subscriber.failure(unreadable));
		this.flushAll();
		return remove;
	}

	/** Delivers the reports on a node's commands, also those that it missed. */
	attach(nodeId: string, listener: ReportListener): () => void {
		this.reportListeners.set(nodeId, listener);
		this.flushAll();
		return () => {
			if (this.reportListeners.get(nodeId) === listener) this.reportListeners.delete(nodeId);
		};
	}

	/**
	 * What badges show, of one UPS or of all.
	 * @param endpoint of the node that asks
	 */
	views(deviceId: string | undefined, endpoint: string): UpsView[] {
		const devices = deviceId === undefined ? this.registry.all() : [this.registry.get(deviceId)];
		return devices.flatMap((device) => {
			if (device?.settings === undefined) return [];
			const { view, refused } = device;
			// Another node gets its messages, at the endpoint of its last report.
			const elsewhere =
				view.endpoint !== undefined &&
				view.endpoint !== endpoint &&
				this.subscribers.of(device.deviceId, view.endpoint).length > 0;
			return [{ ...view, ...(refused && { refused }), ...(elsewhere && { elsewhere }) }];
		});
	}

	/** What a panel shows of a UPS; undefined unless it is configured. */
	presence(deviceId: string): Presence | undefined {
		return this.registry.find(deviceId)?.presence;
	}

	/** Ids that no node configures and that were refused, newest first. */
	unknownDevices(): ({ readonly deviceId: string } & UnmatchedRequest)[] {
		return this.unmatched
			.list()
			.filter(([deviceId]) => this.registry.find(deviceId) === undefined)
			.map(([deviceId, request]) => ({ deviceId, ...request }));
	}

	/** @param time milliseconds since the epoch */
	noteRefusal(request: RefusedRequest, time: number): void {
		const { subject, reason, remoteAddress } = request;
		const device = this.registry.find(subject);
		if (device !== undefined) device.refused = lastRefusal(request, time);
		else if (reason === 'unknown-device') this.unmatched.add(subject, time, remoteAddress);
	}

	/** Calls a listener; its failure must not keep others from their share. */
	attempt(action: () => void): void {
		try {
			action();
		} catch (error) {
			this.environment.report(error);
		}
	}

	private async resume(device: UpsDevice): Promise<void> {
		const { deviceId } = device;
		await this.clockSteps.correct();
		const { device: record, unreadable } = await this.repository.update(deviceId, (stored, now) => ({
			result: stored,
			commands: withinTheirTime(stored.commands, now),
			isRescheduled: true,
		}));
		this.reportUnreadable(device, unreadable.length);
		if (device.refresh(record)) this.showView(deviceId);
		await this.repository.flush(deviceId);
		await device.unsaved.store((nonce) => this.repository.claim(deviceId, nonce));
	}

	private async timePassed(deviceId: string): Promise<void> {
		await this.clockSteps.correct();
		const device = this.registry.get(deviceId);
		const listening = this.listeningTo(device);
		// Another process of a shared store may configure it. Otherwise nobody does, and it is never due again.
		if (listening === undefined && this.environment.store.shared) return;
		const record = await this.repository.update(deviceId, (stored, now) => {
			const changes = listening && applyTime(stored, deviceId, listening, now);
			return { ...changes, result: changes?.device ?? stored.device, isRescheduled: true };
		});
		if (device === undefined || listening === undefined) return;
		if (device.refresh(record)) this.showView(deviceId);
		await this.repository.flush(deviceId);
	}

	private showView(deviceId: string): void {
		for (const one of this.subscribers.of(deviceId, undefined)) this.attempt(() => one.view());
	}

	/** @param stored what the store has of the message that queued the command */
	private notify(deviceId: string, notification: Notification, stored: unknown): boolean {
		if ('event' in notification) {
			const recipients = this.subscribers.recipients(deviceId, notification.endpoint);
			for (const one of recipients) this.attempt(() => one.event(notification.event));
			return recipients.length > 0;
		}
		const { nodeId, report } = notification;
		const listener = this.reportListeners.get(nodeId);
		if (listener === undefined) return false;
		const messages = this.registry.get(deviceId)?.messages;
		const message = messages?.get(report.id) ?? stored;
		if (isFinalState(report.command, report.state)) messages?.delete(report.id);
		this.attempt(() => listener(report, message));
		return true;
	}

	private dueOf(deviceId: string, stored: StoredUps, now: number): number | null | undefined {
		const listening = this.listeningTo(this.registry.get(deviceId));
		if (listening !== undefined) return nextDue(stored, listening, now);
		return this.environment.store.shared ? undefined : null;
	}

	private listeningTo(device: UpsDevice | undefined): Listening | undefined {
		if (device?.settings === undefined) return undefined;
		const { clock, store } = this.environment;
		const listened = clock.monotonic() - device.listeningSince;
		return { settings: device.settings, listened, isShared: store.shared };
	}

	private reportUnreadable(device: UpsDevice, count: number): void {
		if (count === 0 || device.unreadable !== undefined) return;
		const { deviceId } = device;
		const error = new ProtocolError('store-unreadable', { deviceId, count });
		device.unreadable = error;
		for (const one of this.subscribers.of(deviceId, undefined)) this.attempt(() => one.failure(error));
	}

	private flushAll(): void {
		for (const { deviceId } of this.registry.all()) this.background(this.repository.flush(deviceId));
	}

	/** The store reports its own failures, and due times come back. */
	private background(work: Promise<unknown>): void {
		work.catch((error) => {
			if (!isStoreError(error)) this.environment.report(error);
		});
	}
}
