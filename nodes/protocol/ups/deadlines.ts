/**
 * The passing of time: commands that are due, UPSes that fall silent, and a machine's clock that is set meanwhile.
 */
import type { Store } from '../common/store.js';
import { type Clock, MAX_TIMER_DELAY, type Timers } from '../common/time.js';
import { ClockWatch } from './clock-watch.js';
import type { LiveUps } from './device.js';
import { type DeviceRecord, withUntold } from './exchange.js';
import { change, type MemoryChange, recall } from './memory.js';
import { afterTime, type Command, dueAt, longestWait, shifted } from './queue.js';

/** What deadlines need from outside. */
export interface DeadlinesEnvironment {
	readonly store: Store;
	readonly clock: Clock;
	readonly timers: Timers;
	/** Takes what went wrong. */
	report(error: unknown): void;
}

/** Sees to the deadlines of all UPSes; one timer each. */
export class Deadlines {
	private readonly clockWatch: ClockWatch;
	private clockFollowed: Promise<void> = Promise.resolve();

	/** @param tell tells what is untold of a UPS */
	constructor(
		private readonly environment: DeadlinesEnvironment,
		private readonly known: ReadonlyMap<string, LiveUps>,
		private readonly tell: (ups: LiveUps) => Promise<void>,
	) {
		this.clockWatch = new ClockWatch(environment.clock);
	}

	/** Goes on with the deadlines of a UPS as the store has them. Resolves with what is remembered of it. */
	async resume(ups: LiveUps): Promise<DeviceRecord | undefined> {
		const { store, clock } = this.environment;
		await this.followClock();
		const memory = await change(store, ups.deviceId, ({ device, commands }) => ({
			commands: commands.flatMap((command) => withinItsTime(command, clock.now()) ?? []),
			seen: device,
		}));
		return memory?.seen;
	}

	/** Tells what is untold and sets the timer anew. */
	async settle(ups: LiveUps): Promise<void> {
		await this.tell(ups);
		await this.schedule(ups);
	}

	/** Must be called when a UPS was heard of: commands may be due, and offline comes later. */
	heard(ups: LiveUps, commandsChanged: boolean): void {
		ups.heardAt = this.environment.clock.monotonic();
		if (ups.timer === undefined || commandsChanged) this.guard(this.schedule(ups));
	}

	/** Moves the deadlines of all commands when the machine's clock was set since the last call. */
	followClock(): Promise<void> {
		const step = this.clockWatch.takeStep();
		// Whoever comes while deadlines are being moved waits too, or would judge by the new clock and the old deadline.
		if (step !== 0) this.clockFollowed = this.clockFollowed.then(() => this.moveDeadlines(step));
		return this.clockFollowed;
	}

	/** Does not fail: what can't be written holds in memory. */
	private async moveDeadlines(step: number): Promise<void> {
		const { store } = this.environment;
		const report = (error: unknown) => this.environment.report(error);
		const move = ({ commands }: { commands: readonly Command[] }): MemoryChange => ({
			commands: commands
				.filter((command) => dueAt(command) !== undefined)
				.map((command) => shifted(command, step)),
		});
		const moves = [...this.known.keys()].map((deviceId) => change(store, deviceId, move).catch(report));
		await Promise.all(moves);
	}

	/** Sets the timer of a UPS to its next deadline: a command's, or the moment at which it counts as offline. */
	private async schedule(ups: LiveUps): Promise<void> {
		const { store, clock, timers } = this.environment;
		const { commands, device } = await recall(store, ups.deviceId);
		const { settings } = ups;
		if (settings === undefined) return;
		const waits = commands.flatMap((command) => dueAt(command) ?? []).map((due) => due - clock.now());
		const silence = clock.monotonic() - ups.heardAt;
		if (device?.condition.online) waits.push(settings.offlineAfter - silence);
		this.stop(ups);
		if (waits.length === 0) return;
		const wait = Math.min(Math.max(Math.min(...waits), 0), MAX_TIMER_DELAY);
		ups.timer = timers.set(() => this.guard(this.timePassed(ups)), wait);
	}

	/** Ends the timer of a UPS. */
	stop(ups: LiveUps): void {
		if (ups.timer !== undefined) this.environment.timers.clear(ups.timer);
		ups.timer = undefined;
	}

	private async timePassed(ups: LiveUps): Promise<void> {
		const { store, clock } = this.environment;
		ups.timer = undefined;
		await this.followClock();
		let isLost = false;
		const passing = change(store, ups.deviceId, ({ device, commands }) => {
			const now = clock.now();
			const late = commands.map((command) => afterTime(command, now));
			const silent =
				clock.monotonic() - ups.heardAt >= (ups.settings?.offlineAfter ?? Number.POSITIVE_INFINITY);
			const lost = device?.condition.online && silent ? device : undefined;
			const offline = lost && { ...lost, condition: { ...lost.condition, online: false } };
			isLost = lost !== undefined;
			return {
				commands: late.filter((command, index) => command !== commands[index]),
				...(offline && { device: withUntold(offline, now, [{ event: 'offline' }]) }),
			};
		});
		// What the store can't write it holds in memory: time goes on, and the next deadline has to be met as well.
		await passing.catch((error) => this.environment.report(error));
		if (isLost) ups.view = { ...ups.view, online: false };
		await this.settle(ups);
	}

	private guard(work: Promise<unknown>): void {
		work.catch((error) => this.environment.report(error));
	}
}

/** A command whose deadline lies further ahead than it ever could has waited under a clock that was wrong. */
function withinItsTime(command: Command, now: number): Command | undefined {
	const due = dueAt(command);
	if (due === undefined) return undefined;
	const longest = longestWait(command);
	return due - now > longest ? shifted(command, now + longest - due) : undefined;
}
