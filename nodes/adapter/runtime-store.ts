import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ProtocolError } from '../protocol/common/errors.js';
import type { Change, CommitResult, Scope, Store } from '../protocol/common/store.js';
import { localise } from './errors.js';
import type { NodeRed } from './red.js';
import { systemClock, systemTimers } from './runtime-clock.js';
import { type OpenedStore, openStore } from './store/index.js';
import { findLostStore } from './store-mark.js';

/** The folder of the store inside Node-RED's user directory. */
const FOLDER = 'wattpost';

/** Troubles that last until they are over; the others have happened. */
const LASTING: readonly string[] = ['store-unavailable', 'store-in-use', 'store-too-new'];

/** How many troubles are told to those who come later. */
const MAX_TROUBLES = 4;

interface Listener {
	readonly trouble: (error: ProtocolError) => void;
	readonly recovered: () => void;
}

/** The store of this process: opened for the first node that holds it, closed after the last. */
export class RuntimeStore implements Store {
	private opened: OpenedStore | undefined;
	private holders = 0;
	/** Resolves when the files of the last time have been given back. */
	private closed: Promise<void> = Promise.resolve();
	private opening: Promise<void> = Promise.resolve();
	private readonly listeners = new Set<Listener>();
	/** What has been told since the files were opened. */
	private troubles: ProtocolError[] = [];
	/** Whether it is known that this is the store of the last run, or that it is not. */
	private isCompared = false;
	private comparing: Promise<void> = Promise.resolve();

	constructor(private readonly RED: NodeRed) {}

	/** @returns what lets it go again; resolves when everything is on disk, should that have been the last one */
	hold(): () => Promise<void> {
		this.holders++;
		if (this.holders === 1)
			this.opening = this.closed.then(() => this.open()).catch((error) => this.cannotOpen(error));
		return async () => {
			this.holders--;
			if (this.holders > 0) return;
			this.closed = this.opening.then(() => this.close());
			await this.closed;
		};
	}

	/**
	 * Tells of every trouble with the files (none to be had, damaged, not writable, someone else's), first of that
	 * which came up since they were opened and is not over.
	 * @param recovered when what lasted is over
	 */
	onTrouble(trouble: Listener['trouble'], recovered: Listener['recovered']): () => void {
		const listener = { trouble, recovered };
		for (const error of this.troubles) trouble(error);
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	get healthy(): boolean {
		return this.opened?.healthy ?? false;
	}

	read(scope: string): Promise<Scope> {
		return this.opened?.read(scope) ?? this.wait().then((opened) => opened.read(scope));
	}

	commit(change: Change): Promise<CommitResult> {
		return this.opened?.commit(change) ?? this.wait().then((opened) => opened.commit(change));
	}

	private async wait(): Promise<OpenedStore> {
		await this.opening;
		if (this.opened === undefined) throw new ProtocolError('store-unavailable', { reason: 'closed' });
		return this.opened;
	}

	/** Nobody may hold it any more when the files of the last time are free at last. */
	private open(): void {
		if (this.holders === 0 || this.opened !== undefined) return;
		const { userDir } = this.RED.settings;
		this.troubles = [];
		this.isCompared = false;
		this.opened = openStore({
			directory: typeof userDir === 'string' ? join(userDir, FOLDER) : undefined,
			now: systemClock.now,
			timers: systemTimers,
			report: (error) => this.tell(error),
			recovered: () => this.recovered(),
		});
		this.comparing = this.opened.ready.then(() => this.compare());
	}

	/** Tells when the store is another one than that of the last run; looks again after trouble. Never rejects. */
	private async compare(): Promise<void> {
		const { opened: store } = this;
		if (this.isCompared || !store?.persistent || !store.healthy) return;
		this.isCompared = true;
		try {
			const { settings } = this.RED;
			const isLost = await findLostStore({ store, settings, newId: randomUUID });
			const isKnown = this.troubles.some(({ code }) => code === 'store-damaged');
			if (isLost && !isKnown) this.tell(new ProtocolError('store-lost'));
		} catch {
			this.isCompared = false;
		}
	}

	private cannotOpen(error: unknown): void {
		this.tell(new ProtocolError('store-unavailable', { reason: String(error) }, error));
	}

	private async close(): Promise<void> {
		const { opened } = this;
		if (opened === undefined || this.holders > 0) return;
		this.opened = undefined;
		await opened.close();
		await this.comparing;
	}

	private tell(error: ProtocolError): void {
		this.RED.log.error(localise(this.RED, error).message);
		this.troubles = [...this.troubles, error].slice(-MAX_TROUBLES);
		for (const { trouble } of this.listeners) trouble(error);
	}

	private recovered(): void {
		this.troubles = this.troubles.filter(({ code }) => !LASTING.includes(code));
		for (const { recovered } of this.listeners) recovered();
		this.comparing = this.compare();
	}
}
