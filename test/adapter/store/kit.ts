import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../../nodes/adapter/store/sqlite.js';
import type { ProtocolError } from '../../../nodes/protocol/common/errors.js';
import type { Decision, StoredValue, StoreState } from '../../../nodes/protocol/common/store.js';
import type { TimerHandle, Timers } from '../../../nodes/protocol/common/time.js';
import { ENVIRONMENT } from './conformance.js';

/** The store looks after its files and tries again. Milliseconds. */
export const ROUND = 5_000;
/** The store waits no longer for the disk. Milliseconds. */
export const PATIENCE = 3_000;

/** Timers that fire when the test says so. */
class ManualTimers implements Timers {
	private readonly waiting = new Map<object, { callback: () => void; delay: number }>();

	set(callback: () => void, delay: number): TimerHandle {
		const handle = {};
		this.waiting.set(handle, { callback, delay });
		return handle;
	}

	clear(handle: TimerHandle): void {
		this.waiting.delete(handle as object);
	}

	/** Fires all timers that were set with about this delay. */
	fire(delay: number): void {
		for (const [handle, timer] of [...this.waiting]) {
			if (Math.abs(timer.delay - delay) > 500) continue;
			this.waiting.delete(handle);
			timer.callback();
		}
	}
}

/** A user directory with stores in it, and what they said. */
export class Site {
	readonly timers = new ManualTimers();
	readonly reports: ProtocolError[] = [];
	/** Names of the states, with the code of an error and its reason. */
	readonly states: string[] = [];
	private readonly stores: SqliteStore[] = [];
	private readonly children: ChildProcess[] = [];
	private listeners: (() => void)[] = [];

	private constructor(readonly userDir: string) {}

	static async make(): Promise<Site> {
		return new Site(await mkdtemp(join(tmpdir(), 'wattpost-store-')));
	}

	get folder(): string {
		return join(this.userDir, 'wattpost');
	}

	get file(): string {
		return join(this.folder, 'store.db');
	}

	open(program?: string): SqliteStore {
		const report = (error: ProtocolError): void => {
			this.reports.push(error);
			this.happened();
		};
		const store = new SqliteStore({ ...ENVIRONMENT, timers: this.timers, report }, this.folder, program);
		this.stores.push(store);
		store.onState(({ name, error }: StoreState) => {
			this.states.push(
				error === undefined ? name : `${name}: ${error.code} ${error.params.reason ?? ''}`.trim(),
			);
			this.happened();
		});
		return store;
	}

	/** Opens a store whose worker fails where a file in the user directory says so. */
	openFaulty(): SqliteStore {
		return this.open(join(__dirname, 'faulty-worker.js'));
	}

	codes(): string[] {
		return this.reports.map(({ code }) => code);
	}

	/** Resolves at the next report or state after which the condition holds. */
	async until(condition: () => boolean): Promise<void> {
		while (!condition()) await new Promise<void>((resolve) => this.listeners.push(resolve));
	}

	/** Lets 5 s pass for the stores, and waits until the store has the state. */
	async round(store: SqliteStore, state: StoreState['name'] = 'ready'): Promise<void> {
		this.timers.fire(ROUND);
		await this.until(() => store.state.name === state);
	}

	/** Starts child.js in the folder and resolves with its first message. */
	async child(work: string): Promise<{ child: ChildProcess; first: unknown }> {
		const child = fork(join(__dirname, 'child.js'), [this.folder, work], { execArgv: [] });
		this.children.push(child);
		const [first] = await once(child, 'message');
		return { child, first };
	}

	async close(): Promise<void> {
		for (const store of this.stores.splice(0)) await store.close();
	}

	async end(): Promise<void> {
		await this.close();
		for (const child of this.children.splice(0)) await kill(child);
		await rm(this.userDir, { recursive: true, force: true });
	}

	private happened(): void {
		for (const listener of this.listeners.splice(0)) listener();
	}
}

export async function kill(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const gone = once(child, 'exit');
	child.kill('SIGKILL');
	await gone;
}

/** A decision that sets one entry. */
export function set(
	name: string,
	value: StoredValue,
	more: Partial<Decision<'done'>> = {},
): () => Decision<'done'> {
	return () => ({ result: 'done', set: [[name, value]], ...more });
}

/** A decision that claims a nonce. */
export function claim(token: string): () => Decision<'accepted'> {
	return () => ({ result: 'accepted', nonce: { token, at: 1, floor: 0 } });
}
