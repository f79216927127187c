import type { Clock, TimerHandle, Timers } from '../../nodes/protocol/common/time.js';

interface Timer {
	readonly at: number;
	readonly callback: () => void;
}

/** Lets everything run that waits for promises only. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A machine's clocks and timers, which only move when a test says so. */
export class ManualTime implements Clock, Timers {
	private elapsed = 0;
	private readonly waiting = new Set<Timer>();

	/** @param wall milliseconds since the epoch */
	constructor(private wall: number) {}

	now(): number {
		return this.wall;
	}

	monotonic(): number {
		return this.elapsed;
	}

	/** Sets the wall clock, as a person or NTP does. */
	setClock(wall: number): void {
		this.wall = wall;
	}

	set(callback: () => void, delay: number): TimerHandle {
		const timer = { at: this.elapsed + delay, callback };
		this.waiting.add(timer);
		return timer;
	}

	clear(handle: TimerHandle): void {
		this.waiting.delete(handle as Timer);
	}

	/** When the next timer fires: monotonic milliseconds; Infinity when none is set. */
	get nextTimer(): number {
		return Math.min(Number.POSITIVE_INFINITY, ...[...this.waiting].map(({ at }) => at));
	}

	/** Lets time pass once what was called has set its timers: each fires at its own moment, and what it sets off is waited for. */
	async advance(milliseconds: number): Promise<void> {
		await settled();
		const end = this.elapsed + milliseconds;
		for (;;) {
			const next = [...this.waiting].sort((a, b) => a.at - b.at)[0];
			if (next === undefined || next.at > end) break;
			this.waiting.delete(next);
			this.pass(Math.max(0, next.at - this.elapsed));
			next.callback();
			await settled();
		}
		this.pass(end - this.elapsed);
	}

	private pass(milliseconds: number): void {
		this.elapsed += milliseconds;
		this.wall += milliseconds;
	}
}
