import type { ProtocolError } from '../../protocol/common/errors.js';
import type { TimerHandle, Timers } from '../../protocol/common/time.js';
import { Changes } from './changes.js';
import { gather } from './gather.js';

/** Where a journal writes to. */
export interface Target {
	/** Makes sure that the files can be written; may still add to the changes. Throws when they cannot. */
	prepare(): Promise<void>;
	/** Is told that what is committed from now on goes into the next group. */
	taken(): void;
	/** Writes all or nothing, and resolves when a loss of power cannot undo it. */
	write(changes: Changes): Promise<void>;
	/** What those who wait are told when a write takes longer than they can. */
	stalled(): ProtocolError;
}

interface Waiter {
	resolve(result: 'done'): void;
	reject(error: unknown): void;
}

/**
 * How long changes that nobody waits for are collected, in milliseconds. While a group is being flushed the file system
 * holds up other writes, those to the log of recent commits too: the fewer groups, the fewer POSTs wait for that.
 */
export const LEISURE = 250;

/** How long commits wait for a disk that does not answer (milliseconds): less than a device waits for its answer. */
export const PATIENCE = 8_000;

/**
 * Group commit: one write is on its way at a time, and all that changes meanwhile goes into the next one. A write
 * that failed leaves its changes here for the next attempt.
 */
export class Journal {
	private changes = new Changes();
	private waiters: Waiter[] = [];
	private running: Promise<void> | undefined;
	private planned: TimerHandle;
	/** The group on its way has taken longer than anybody can wait. */
	private hangs = false;
	private ended = false;

	constructor(
		private readonly timers: Timers,
		private readonly target: Target,
	) {}

	/** What the next group will write; note changes here. */
	get unwritten(): Changes {
		return this.changes;
	}

	/** Resolves when the changes noted so far are on disk; rejects with the target's error, at once while a write hangs. */
	commit(): Promise<'done'> {
		if (this.ended || this.hangs) return Promise.reject(this.target.stalled());
		return new Promise((resolve, reject) => {
			this.waiters.push({ resolve, reject });
			this.start();
		});
	}

	/** Writes a group even though nobody waits for it. */
	start(): void {
		if (!this.ended) this.running ??= this.run();
	}

	/** Writes nothing any more, whatever was planned: the files may be somebody else's from now on. */
	end(): void {
		this.ended = true;
		if (this.planned !== undefined) this.timers.clear(this.planned);
	}

	/** Writes a group before long. */
	plan(): void {
		this.planned ??= this.timers.set(() => {
			this.planned = undefined;
			// A group that is on its way may not have what was noted since.
			void this.idle().then(() => this.start());
		}, LEISURE);
	}

	/** Resolves when no write is on its way and nobody waits for one. */
	async idle(): Promise<void> {
		while (this.running !== undefined) await this.running;
	}

	private async run(): Promise<void> {
		// What else is committed in this tick shall be part of the group.
		await undefined;
		if (this.planned !== undefined) this.timers.clear(this.planned);
		this.planned = undefined;
		let hung: boolean;
		do {
			if (this.waiters.length > 0) await this.gathered();
			await this.group();
			hung = this.hangs;
			this.hangs = false;
			// Nobody waits for what was committed while a write hung, but it is to be written all the same.
		} while (this.waiters.length > 0 || (hung && !this.changes.empty));
		this.running = undefined;
	}

	/** A group costs the wake-up of a thread whatever its size, which is more than all else that a small commit costs. */
	private gathered(): Promise<void> {
		return new Promise((resolve) => gather(() => this.waiters.length, resolve));
	}

	private async group(): Promise<void> {
		let taken: { changes: Changes; waiters: Waiter[] } | undefined;
		const watch = this.watch(() => taken?.waiters ?? []);
		try {
			await this.target.prepare();
			taken = { changes: this.changes, waiters: this.waiters };
			this.changes = new Changes();
			this.waiters = [];
			this.target.taken();
			await this.target.write(taken.changes);
			for (const waiter of taken.waiters) waiter.resolve('done');
		} catch (error) {
			if (taken !== undefined) this.changes.addOlder(taken.changes);
			for (const waiter of taken?.waiters ?? this.waiters.splice(0)) waiter.reject(error);
		} finally {
			this.timers.clear(watch);
		}
	}

	/** A write that hangs may still succeed, and nothing else is begun before; those who wait are not kept longer. */
	private watch(taken: () => readonly Waiter[]): TimerHandle {
		return this.timers.set(() => {
			this.hangs = true;
			const error = this.target.stalled();
			for (const waiter of [...taken(), ...this.waiters.splice(0)]) waiter.reject(error);
		}, PATIENCE);
	}
}
