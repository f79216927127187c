/** When somebody has to look at which scope, for a store that no other process changes. */
import { type Clock, MAX_TIMER_DELAY, type TimerHandle, type Timers } from './time.js';

/** How long a listener has to move a due time that has passed before it is called again, milliseconds. */
const RETRY = 5_000;

interface DueTime {
	/** Monotonic milliseconds: a step of the machine's clock moves nothing. */
	at: number;
	timer: TimerHandle;
	/** When the timer fires: it stays as it is while `at` moves later, since it does so with every report. */
	timerAt: number;
}

export class DueTimes {
	private readonly scopes = new Map<string, DueTime>();
	private readonly listeners = new Set<{ prefix: string; listener: (scope: string) => void }>();

	constructor(
		private readonly clock: Clock,
		private readonly timers: Timers,
		/** Takes what a listener throws. */
		private readonly report: (error: unknown) => void,
	) {}

	/** @param due milliseconds since the epoch; null: never */
	set(scope: string, due: number | null): void {
		const known = this.scopes.get(scope);
		if (due === null) {
			this.scopes.delete(scope);
			if (known !== undefined) this.timers.clear(known.timer);
			return;
		}
		const at = this.clock.monotonic() + due - this.clock.now();
		if (known === undefined) {
			const added: DueTime = { at, timer: undefined, timerAt: at };
			this.scopes.set(scope, added);
			this.arm(scope, added);
			return;
		}
		known.at = at;
		if (known.timerAt <= at) return;
		this.timers.clear(known.timer);
		this.arm(scope, known);
	}

	/** @see Store.onDue */
	onDue(prefix: string, listener: (scope: string) => void): () => void {
		const entry = { prefix, listener };
		this.listeners.add(entry);
		return () => this.listeners.delete(entry);
	}

	/** Ends all timers. */
	clear(): void {
		for (const { timer } of this.scopes.values()) this.timers.clear(timer);
		this.scopes.clear();
	}

	private arm(scope: string, due: DueTime): void {
		const delay = Math.min(Math.max(Math.ceil(due.at - this.clock.monotonic()), 0), MAX_TIMER_DELAY);
		due.timerAt = this.clock.monotonic() + delay;
		due.timer = this.timers.set(() => this.fire(scope, due), delay);
	}

	private fire(scope: string, due: DueTime): void {
		const { timer } = due;
		if (due.at <= this.clock.monotonic()) {
			due.at = this.clock.monotonic() + RETRY;
			this.call(scope);
		}
		// A listener may have moved it, or removed it, at once. A timer of Node.js may fire a fraction of a millisecond early.
		if (this.scopes.get(scope) === due && due.timer === timer) this.arm(scope, due);
	}

	private call(scope: string): void {
		for (const { prefix, listener } of this.listeners) {
			if (!scope.startsWith(prefix)) continue;
			try {
				listener(scope);
			} catch (error) {
				this.report(error);
			}
		}
	}
}
