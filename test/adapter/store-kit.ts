import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type OpenedStore, openStore, type StoreOptions } from '../../nodes/adapter/store/index.js';
import type { ProtocolError } from '../../nodes/protocol/common/errors.js';
import type { Change } from '../../nodes/protocol/common/store.js';
import type { TimerHandle, Timers } from '../../nodes/protocol/common/time.js';

/** Timers that fire when the test says so. */
export class ManualTimers implements Timers {
	private readonly waiting = new Map<object, { callback: () => void; delay: number }>();

	set(callback: () => void, delay: number): TimerHandle {
		const handle = {};
		this.waiting.set(handle, { callback, delay });
		return handle;
	}

	clear(handle: TimerHandle): void {
		this.waiting.delete(handle as object);
	}

	/** Fires all timers that were set with a delay of at most this many milliseconds. */
	fire(delay: number): void {
		for (const [handle, timer] of [...this.waiting]) {
			if (timer.delay > delay) continue;
			this.waiting.delete(handle);
			timer.callback();
		}
	}
}

/** The store's own round: lease, disk and file are looked after. */
export const ROUND = 5000;

/** Clears up after each test: stores, child processes, folders. */
export class Bench {
	readonly timers = new ManualTimers();
	readonly reports: ProtocolError[] = [];
	recoveries = 0;
	/** Milliseconds by which the stores' clock is ahead. */
	ahead = 0;
	private readonly stores: OpenedStore[] = [];
	private readonly children: ChildProcess[] = [];
	private readonly folders: string[] = [];
	private listeners: (() => void)[] = [];

	async folder(): Promise<string> {
		const folder = join(await mkdtemp(join(tmpdir(), 'wattpost-store-')), 'wattpost');
		this.folders.push(folder);
		return folder;
	}

	open(directory: string | undefined, options: Partial<StoreOptions> = {}): OpenedStore {
		const store = openStore({
			directory,
			now: () => Date.now() + this.ahead,
			timers: this.timers,
			report: (error) => {
				this.reports.push(error);
				this.happened();
			},
			recovered: () => {
				this.recoveries++;
				this.happened();
			},
			...options,
		});
		this.stores.push(store);
		return store;
	}

	codes(): string[] {
		return this.reports.map(({ code }) => code);
	}

	/** Resolves at the next report or recovery after which the condition holds. */
	async until(condition: () => boolean): Promise<void> {
		while (!condition()) await new Promise<void>((resolve) => this.listeners.push(resolve));
	}

	/** Starts store-child.js and resolves with its first message. */
	async child(...args: string[]): Promise<{ child: ChildProcess; first: unknown }> {
		const child = fork(join(__dirname, 'store-child.js'), args, { execArgv: [] });
		this.children.push(child);
		const [first] = await once(child, 'message');
		return { child, first };
	}

	async clearStores(): Promise<void> {
		for (const store of this.stores.splice(0)) await store.close();
	}

	async clear(): Promise<void> {
		await this.clearStores();
		for (const child of this.children.splice(0)) await killed(child);
		for (const folder of this.folders.splice(0)) await rm(dirname(folder), { recursive: true, force: true });
		this.reports.length = 0;
		this.recoveries = 0;
		this.ahead = 0;
	}

	private happened(): void {
		for (const listener of this.listeners.splice(0)) listener();
	}
}

export async function killed(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const gone = once(child, 'exit');
	child.kill('SIGKILL');
	await gone;
}

/** Sets one entry named `state`. */
export function setting(scope: string, expect: number, value: unknown): Change {
	return { scope, expect, set: [['state', value]] };
}

export function claiming(scope: string, expect: number, token: string, at: number, floor = 0): Change {
	return { scope, expect, claim: { token, at, floor } };
}
