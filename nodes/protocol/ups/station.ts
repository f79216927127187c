/**
 * All UPSes of one process: who they are, what their POSTs and the passing of time do to them, the commands that
 * flows order, and who is told. The store keeps what is remembered; clocks, timers and chance are passed in.
 */
import { ProtocolError } from '../common/errors.js';
import type { RefusedRequest } from '../common/http.js';
import { refusedSight, type Sighting, type Stranger, Strangers } from '../common/sightings.js';
import type { Store, StoredValue } from '../common/store.js';
import type { Clock, Timers } from '../common/time.js';
import type { CommandArgs, CommandName } from './commands.js';
import { Deadlines } from './deadlines.js';
import { LiveUps, sightingOf, type UpsSettings, type UpsView, viewOf } from './device.js';
import type { UpsEvent } from './edges.js';
import { countPending } from './exchange.js';
import { IdMint, type RandomBytes } from './ids.js';
import { change, recall, restore } from './memory.js';
import type { TelemetryMessage } from './messages.js';
import { type Command, cancelled, isCancellable, isFinal, queued } from './queue.js';
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

/** What somebody who wants to see UPSes is shown. */
export interface Sees {
	message(message: TelemetryMessage): void;
	event(event: UpsEvent): void;
	/** What badges tell has become known, without a message or an event: after a restart. */
	view(): void;
	/** A POST was answered, but what it changed could not be kept. */
	failure(error: unknown): void;
}

/** Who wants to see the UPSes at one place (an endpoint's path). */
export interface Subscriber extends Sees {
	readonly place: object;
	/** Undefined: every UPS. */
	readonly deviceId: string | undefined;
}

/** For how long a POST waits for the return of a UPS whose node was just taken away, milliseconds. */
const REDEPLOY_PATIENCE = 3_000;

/** Eight go into an answer: more would take an hour, and a flow that runs wild must not fill the disk. */
const MAX_PENDING = 1000;

/** What a flow orders of a UPS. */
export interface CommandOrder {
	readonly nodeId: string;
	readonly command: CommandName;
	readonly args: CommandArgs;
	/** Milliseconds until it expires, 0 for never; undefined: as the UPS is configured. */
	readonly maxAge: number | undefined;
	/** The message that ordered it. */
	readonly message: unknown;
	/** The same as far as the store may keep it. */
	readonly portable: StoredValue;
}

export class UpsStation {
	readonly teller: Teller;
	private readonly known = new Map<string, LiveUps>();
	private readonly subscribers = new Set<Subscriber>();
	private readonly strangers = new Strangers();
	private readonly mint: IdMint;
	readonly deadlines: Deadlines;

	constructor(readonly environment: StationEnvironment) {
		this.mint = new IdMint(environment.random);
		this.deadlines = new Deadlines(environment, this.known, (ups) => this.tell(ups));
		this.teller = new Teller(environment, (event, place) => this.tellEvent(event, place));
	}

	/**
	 * Takes a UPS up. Its commands and deadlines go on where they were.
	 * @returns what gives it up again
	 * @throws ProtocolError `ups-duplicate-device`
	 */
	register(settings: UpsSettings): () => void {
		const ups = this.live(settings.deviceId);
		if (ups.settings !== undefined)
			throw new ProtocolError('ups-duplicate-device', { deviceId: settings.deviceId });
		ups.settings = settings;
		ups.heardAt = this.environment.clock.monotonic();
		ups.returning?.settle();
		this.guard(this.takeUp(ups));
		return () => {
			if (ups.settings !== settings) return;
			ups.settings = undefined;
			this.deadlines.stop(ups);
			this.awaitRedeploy(ups);
		};
	}

	/** Whether a UPS is configured, or will be in a moment. */
	expects(deviceId: string): boolean {
		const ups = this.known.get(deviceId);
		return ups?.settings !== undefined || ups?.returning !== undefined;
	}

	/** A configured UPS, waited for while a redeploy is under way. */
	async awaitReturn(deviceId: string): Promise<LiveUps | undefined> {
		await this.known.get(deviceId)?.returning?.back;
		return this.find(deviceId);
	}

	/** A configured UPS, or undefined. */
	find(deviceId: string): LiveUps | undefined {
		const ups = this.known.get(deviceId);
		return ups?.settings === undefined ? undefined : ups;
	}

	/** What badges tell, of one UPS or of all. */
	views(deviceId: string | undefined): UpsView[] {
		const all = deviceId === undefined ? [...this.known.values()] : [this.known.get(deviceId)];
		return all.flatMap((ups) =>
			ups?.settings === undefined ? [] : [ups.refused ? { ...ups.view, refused: ups.refused } : ups.view],
		);
	}

	/** Notes a refusal for panels, and who is not known. */
	noteRefused(request: RefusedRequest, time: number): void {
		const { subject, reason, remoteAddress } = request;
		const ups = this.find(subject);
		if (ups !== undefined) ups.refused = refusedSight(request, time);
		else if (reason === 'unknown-device') this.strangers.note(subject, time, remoteAddress);
	}

	/** What a panel tells of a UPS; undefined unless it is configured. */
	sighting(deviceId: string): Sighting | undefined {
		const ups = this.find(deviceId);
		return ups && sightingOf(ups);
	}

	/** Ids of UPSes that were refused since no node configures them, newest first. */
	unknown(): ({ readonly deviceId: string } & Stranger)[] {
		return this.strangers
			.list()
			.filter(([deviceId]) => this.find(deviceId) === undefined)
			.map(([deviceId, stranger]) => ({ deviceId, ...stranger }));
	}

	/** Lets somebody see UPSes, first of all what happened while nobody looked. */
	subscribe(subscriber: Subscriber): () => void {
		this.subscribers.add(subscriber);
		for (const ups of this.known.values()) {
			if (subscriber.deviceId === undefined || subscriber.deviceId === ups.deviceId)
				this.tellNews(ups, undefined);
		}
		return () => this.subscribers.delete(subscriber);
	}

	/** Lets a node be told of the commands that it queued, first of all what it missed. */
	attach(nodeId: string, tell: TellReport): () => void {
		const detach = this.teller.attach(nodeId, tell);
		for (const ups of this.known.values()) this.tellNews(ups, undefined);
		return detach;
	}

	/** Ids of the commands that this node queued for UPSes that are configured, and that are in no final state. */
	async underWay(nodeId: string): Promise<string[]> {
		const { store } = this.environment;
		const configured = [...this.known.values()].filter(({ settings }) => settings !== undefined);
		const memories = await Promise.all(configured.map(({ deviceId }) => recall(store, deviceId)));
		return memories
			.flatMap(({ commands }) => commands)
			.filter((command) => command.nodeId === nodeId && !isFinal(command))
			.map(({ id }) => id);
	}

	/** Those who see a UPS; with a place only those who look there. */
	subscribersOf(deviceId: string, place: object | undefined): Subscriber[] {
		const found: Subscriber[] = [];
		for (const one of this.subscribers) {
			if (place !== undefined && one.place !== place) continue;
			if (one.deviceId === undefined || one.deviceId === deviceId) found.push(one);
		}
		return found;
	}

	/**
	 * Queues a command. Resolves when it would survive a loss of power; from then on an answer may carry it.
	 * @throws ProtocolError `ups-unknown-device`, `ups-queue-full`, or the store's; nothing is queued then
	 */
	async order(deviceId: string, order: CommandOrder): Promise<void> {
		const ups = this.find(deviceId);
		if (ups?.settings === undefined) throw unknownDevice(deviceId);
		const { store, clock } = this.environment;
		const { nodeId, command, args, portable, maxAge = ups.settings.commandMaxAge } = order;
		// A step of the clock that came before this command must not move its deadline.
		await this.deadlines.followClock();
		const id = this.mint.next(clock.now());
		ups.held.add(id);
		ups.messages.set(id, order.message);
		try {
			await change(store, deviceId, ({ commands }) => {
				if (countPending(commands) >= MAX_PENDING) throw queueFull(deviceId);
				return {
					commands: [queued({ id, nodeId, command, args, maxAge }, commands, clock.now())],
					message: { id, value: portable },
					flush: true,
				};
			});
		} catch (error) {
			ups.messages.delete(id);
			await change(store, deviceId, () => ({ forget: [id] })).catch(() => undefined);
			throw error;
		} finally {
			ups.held.delete(id);
		}
		await this.deadlines.settle(ups);
	}

	/**
	 * Withdraws a command that no answer has carried yet, or all such commands of a UPS.
	 * @param deviceId undefined where the command's id alone tells
	 * @throws ProtocolError `ups-unknown-device`, `ups-not-cancellable`, or the store's
	 */
	async cancel(deviceId: string | undefined, which: string | true): Promise<void> {
		const named = deviceId !== undefined || which === true;
		if (named && this.find(deviceId ?? '') === undefined) throw unknownDevice(deviceId ?? '');
		const candidates = deviceId === undefined ? [...this.known.keys()] : [deviceId];
		for (const candidate of candidates) {
			if (await this.cancelAt(this.live(candidate), which)) return;
		}
		if (which !== true) throw new ProtocolError('ups-not-cancellable', { id: which.slice(0, 47) });
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
		if (ups.tellLater) this.tellNews(ups, undefined);
	}

	/** Tells what is untold of a UPS: events to those who look at this place, or (undefined) to all who see it. */
	tellNews(ups: LiveUps, place: object | undefined): void {
		this.guard(this.teller.tellNews(ups, place));
	}

	private awaitRedeploy(ups: LiveUps): void {
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
		ups.returning = { back, settle };
	}

	private live(deviceId: string): LiveUps {
		const known = this.known.get(deviceId) ?? new LiveUps(deviceId);
		this.known.set(deviceId, known);
		return known;
	}

	private async takeUp(ups: LiveUps): Promise<void> {
		const device = await this.deadlines.resume(ups);
		if (device !== undefined && !ups.view.seen) {
			ups.view = { ...ups.view, ...viewOf(device) };
			for (const one of this.subscribersOf(ups.deviceId, undefined)) this.attempt(() => one.view());
		}
		await this.deadlines.settle(ups);
	}

	private async cancelAt(ups: LiveUps, which: string | true): Promise<boolean> {
		const { store, clock } = this.environment;
		let before: readonly Command[] = [];
		const withdraw = change(store, ups.deviceId, ({ commands }) => {
			before = commands.filter(
				(command) => isCancellable(command) && (which === true || command.id === which),
			);
			return { commands: before.map((command) => cancelled(command, clock.now())), flush: true };
		});
		const orRestored = withdraw.catch(async (error) => {
			await restore(store, ups.deviceId, before).catch(() => undefined);
			throw error;
		});
		await this.recording(ups, orRestored).finally(() => this.tellDeferred(ups));
		if (before.length > 0) await this.deadlines.settle(ups);
		return before.length > 0;
	}

	private tell(ups: LiveUps): Promise<void> {
		return this.teller.tellNews(ups, undefined);
	}

	private tellEvent(event: UpsEvent, place: object | undefined): boolean {
		const listeners = this.subscribersOf(event.deviceId, place);
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

function queueFull(deviceId: string): ProtocolError {
	return new ProtocolError('ups-queue-full', { deviceId, max: MAX_PENDING });
}

function unknownDevice(deviceId: string): ProtocolError {
	return new ProtocolError('ups-unknown-device', { deviceId: deviceId.slice(0, 64) });
}
