import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ProtocolError } from '../protocol/common/errors.js';
import type { Decision, Entries, Store, StoreState } from '../protocol/common/store.js';
import { localise } from './errors.js';
import type { NodeRed } from './node-red.js';
import { systemClock, systemTimers } from './runtime-clock.js';
import { countEntries, type OpenedStore, openStore } from './store/index.js';
import { compareMark, LOCAL } from './store-mark.js';

/** The folder of the store inside Node-RED's user directory. */
const FOLDER = 'wattpost';

/** How many reports are told to those who come later. */
const MAX_REPORTS = 4;

interface Listener {
	readonly trouble: (error: ProtocolError) => void;
	readonly recovered: () => void;
}

/** The store of this process: opened for the first node that holds it, closed after the last. */
export class RuntimeStore implements Store {
	private opened: OpenedStore | undefined;
	private holders = 0;
	/** Resolves when the store of the last time has been closed. */
	private closed: Promise<void> = Promise.resolve();
	private opening: Promise<void> = Promise.resolve();
	private readonly troubled = new Set<Listener>();
	private readonly stateListeners = new Set<(state: StoreState) => void>();
	private readonly dueListeners = new Set<{ prefix: string; listener: (scope: string) => void }>();
	/** What was reported since the store was opened. */
	private reports: ProtocolError[] = [];
	/** Whether the store was compared with that of the last run. */
	private isCompared = false;
	private comparing: Promise<void> = Promise.resolve();

	/** @param instance names this process */
	constructor(
		private readonly RED: NodeRed,
		private readonly instance: string,
	) {}

	/** @returns what lets it go again; resolves when everything is kept, should that have been the last one */
	hold(): () => Promise<void> {
		this.holders++;
		if (this.holders === 1) this.opening = this.closed.then(() => this.open());
		return async () => {
			this.holders--;
			if (this.holders > 0) return;
			this.closed = this.opening.then(() => this.close());
			await this.closed;
		};
	}

	/**
	 * Tells of every trouble with the store, first of what came up since it was opened and is not over.
	 * @param recovered is called when what lasted is over
	 */
	onTrouble(trouble: Listener['trouble'], recovered: Listener['recovered']): () => void {
		const listener = { trouble, recovered };
		const { error } = this.state;
		for (const report of error ? [...this.reports, error] : this.reports) trouble(report);
		this.troubled.add(listener);
		return () => this.troubled.delete(listener);
	}

	get state(): StoreState {
		return this.opened?.state ?? { name: 'opening' };
	}

	get shared(): boolean {
		return this.opened?.shared ?? this.url !== undefined;
	}

	now(): number {
		return this.opened?.now() ?? systemClock.now();
	}

	onState(listener: (state: StoreState) => void): () => void {
		this.stateListeners.add(listener);
		return () => this.stateListeners.delete(listener);
	}

	onDue(prefix: string, listener: (scope: string) => void): () => void {
		const entry = { prefix, listener };
		this.dueListeners.add(entry);
		return () => this.dueListeners.delete(entry);
	}

	read(scope: string): Promise<Entries> {
		return this.opened?.read(scope) ?? this.wait().then((opened) => opened.read(scope));
	}

	update<T>(scope: string, decide: (entries: Entries, now: number) => Decision<T>): Promise<T | 'replayed'> {
		return this.opened?.update(scope, decide) ?? this.wait().then((opened) => opened.update(scope, decide));
	}

	/** The address of a server that several Node-REDs share; undefined for a store of this Node-RED's own. */
	private get url(): string | undefined {
		const { wattpost } = this.RED.settings as { wattpost?: { store?: unknown } };
		const given = wattpost?.store ?? process.env.WATTPOST_STORE;
		return given === undefined || given === '' ? undefined : String(given);
	}

	private get directory(): string | undefined {
		const { userDir } = this.RED.settings;
		return typeof userDir === 'string' ? join(userDir, FOLDER) : undefined;
	}

	private async wait(): Promise<OpenedStore> {
		await this.opening;
		if (this.opened === undefined) throw new ProtocolError('store-unavailable', { reason: 'closed' });
		return this.opened;
	}

	/** Nobody may hold it any more once the store of the last time has been closed. */
	private open(): void {
		if (this.holders === 0 || this.opened !== undefined) return;
		this.reports = [];
		this.isCompared = false;
		const store = openStore({
			url: this.url,
			directory: this.directory,
			clock: systemClock,
			timers: systemTimers,
			instance: this.instance,
			report: (error) => this.report(error),
		});
		this.opened = store;
		store.onState((state) => this.changed(state));
		store.onDue('', (scope) => this.due(scope));
		// A store in memory is what it is from the beginning.
		if (store.state.error !== undefined) this.changed(store.state);
		this.comparing = store.ready.then(() => this.compare());
	}

	private async close(): Promise<void> {
		const { opened } = this;
		if (opened === undefined || this.holders > 0) return;
		await this.comparing;
		this.opened = undefined;
		await opened.close();
	}

	/** Tells when the store is another one than that of the last run; looks again after trouble. Never rejects. */
	private async compare(): Promise<void> {
		const { opened: store } = this;
		if (this.isCompared || store?.state.name !== 'ready') return;
		this.isCompared = true;
		try {
			const { settings } = this.RED;
			const found = await compareMark({ store, settings, place: this.url ?? LOCAL, newId: randomUUID });
			const isKnown = this.reports.some(({ code }) => code === 'store-damaged');
			if (found?.code === 'store-changed') await this.tellChange(found.wasLocal);
			else if (found !== undefined && !isKnown) this.report(new ProtocolError(found.code));
		} catch {
			this.isCompared = false;
		}
	}

	/** Tells how many commands stay behind. What waits on a server that is not named any more cannot be counted. */
	private async tellChange(wasLocal: boolean): Promise<void> {
		const { directory } = this;
		if (!wasLocal || directory === undefined)
			return this.report(new ProtocolError('store-changed-uncounted'));
		const environment = { clock: systemClock, timers: systemTimers };
		const count = await countEntries(environment, directory, 'command/');
		if (count === undefined) this.report(new ProtocolError('store-changed-uncounted'));
		else if (count > 0) this.report(new ProtocolError('store-changed', { count }));
	}

	private report(error: ProtocolError): void {
		this.reports = [...this.reports, error].slice(-MAX_REPORTS);
		this.tell(error);
	}

	private changed(state: StoreState): void {
		if (state.error !== undefined) {
			this.tell(state.error);
			// A server that comes back may have lost everything.
			this.isCompared &&= !this.shared;
		} else for (const { recovered } of this.troubled) recovered();
		for (const listener of this.stateListeners) listener(state);
		this.comparing = this.comparing.then(() => this.compare());
	}

	private tell(error: ProtocolError): void {
		this.RED.log.error(localise(this.RED, error).message);
		for (const { trouble } of this.troubled) trouble(error);
	}

	private due(scope: string): void {
		for (const { prefix, listener } of this.dueListeners) if (scope.startsWith(prefix)) listener(scope);
	}
}
