/**
 * The passing of time: commands that are due, UPSes that fall silent, and a machine's clock that is set meanwhile.
 */
import type { Store } from '../common/store.js';
import { type Clock, MAX_TIMER_DELAY, type Timers } from '../common/time.js';
import { ClockWatch } from './clock-watch.js';
import { type LiveUps, viewOf } from './device.js';
import { type DeviceRecord, deviceAfterTime, deviceShifted, type Memory } from './exchange.js';
import { change, type MemoryChange, recall, type Silence, type StoredMemory } from './memory.js';
import { lossDueAt } from './power-state.js';
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
	async resume(ups: LiveUps): Promise<Pick<StoredMemory, 'device' | 'unreadable'>> {
		const { store, clock } = this.environment;
		await this.followClock();
		const resumed = await change(store, ups.deviceId, ({ device, unreadable, commands }) => ({
			commands: commands.flatMap((command) => withinItsTime(command, clock.now()) ?? []),
			seen: { device, unreadable },
		}));
		return resumed?.seen ?? { device: undefined, unreadable: [] };
	}

	/** Tells what is untold and sets the timer anew. */
	async settle(ups: LiveUps): Promise<void> {
		await this.tell(ups);
		await this.schedule(ups);
	}

	/**
	 * Must be called when a UPS was heard of: offline comes later.
	 * @param isSooner whether something may now be due sooner than before
	 */
	heard(ups: LiveUps, isSooner: boolean): void {
		ups.heardAt = this.environment.clock.monotonic();
		if (ups.timer === undefined || isSooner) this.guard(this.schedule(ups));
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
		const move = ({ device, commands }: Memory): MemoryChange => ({
			...(device && { device: deviceShifted(device, step) }),
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
		const { commands, device, isAwaited } = await recall(store, ups.deviceId);
		const { settings } = ups;
		if (settings === undefined) return;
		const waits = commands.flatMap((command) => dueAt(command) ?? []).map((due) => due - clock.now());
		if (isAwaited || device?.condition.online)
			waits.push(settings.offlineAfter - this.silentFor(ups, device));
		const lossDue = device && lossDueAt(device.condition, settings);
		if (lossDue !== undefined) waits.push(lossDue - clock.now());
		this.stop(ups);
		if (waits.length === 0) return;
		const wait = Math.min(Math.max(Math.min(...waits), 0), MAX_TIMER_DELAY);
		ups.timer = timers.set(() => this.guard(this.timePassed(ups)), wait);
	}

	/**
	 * For how long a UPS has been silent, in milliseconds: since its last report by the stored time as well as by the clock of
	 * this process. Neither a restart nor a clock that is set makes it longer; a stored time in the future tells nothing.
	 */
	private silentFor(ups: LiveUps, device: DeviceRecord | undefined): number {
		const { clock } = this.environment;
		const listened = clock.monotonic() - ups.heardAt;
		const stored = device === undefined ? listened : clock.now() - device.seenAt;
		return stored < 0 ? listened : Math.min(stored, listened);
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
		let changed: DeviceRecord | undefined;
		const passing = change(store, ups.deviceId, ({ device, isAwaited, commands }) => {
			const now = clock.now();
			const late = commands.map((command) => afterTime(command, now));
			const { settings } = ups;
			const isSilent = settings !== undefined && this.silentFor(ups, device) >= settings.offlineAfter;
			const next = device && settings && deviceAfterTime(device, now, isSilent, settings);
			changed = next === device ? undefined : next;
			const silence: Silence | undefined = isSilent && isAwaited ? { time: now, told: false } : undefined;
			return {
				commands: late.filter((command, index) => command !== commands[index]),
				...(changed && { device: changed }),
				...(silence && { silence }),
			};
		});
		// What the store can't write it holds in memory: time goes on, and the next deadline has to be met as well.
		await passing.catch((error) => this.environment.report(error));
		if (changed) ups.view = viewOf(changed);
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
