import { prepareFolder, recentPath, removeRecent } from './files.js';
import { FileGuard, Trust } from './guard.js';
import type { Inspection } from './inspection.js';
import { type Numbered, type Recent, RecentLog } from './recent.js';
import { requireRoom } from './room.js';

export interface LogKeeperOptions {
	readonly directory: string;
	/** Undefined where the system does not tell its boots apart: there is no log then. */
	readonly boot: string | null;
	/** Names this opening of the store. */
	readonly token: string;
}

/** Opens and closes the log of recent commits with the file that it belongs to, and numbers what goes into it. */
export class LogKeeper {
	/** The number of the newest commit. */
	newest = 0;
	private log: RecentLog | undefined;
	/** LMDB does not stand a file being opened before it is closed. */
	private closed: Promise<void> = Promise.resolve();
	private readonly path: string | undefined;
	private readonly guard: FileGuard;
	private readonly trust: Trust;
	/** Whether somebody else touched the log, so that it had to be given up. */
	private spoiled = false;

	constructor(
		private readonly options: LogKeeperOptions,
		private readonly inspection: Inspection,
	) {
		const { directory, boot } = options;
		this.path = boot === null ? undefined : recentPath(directory, boot);
		this.guard = new FileGuard(this.path ?? '');
		this.trust = new Trust(this.path ?? '');
	}

	/** The next number; undefined while there is no log. */
	number(): number | undefined {
		return this.log === undefined ? undefined : ++this.newest;
	}

	/** Numbers go on after this one. */
	goOnFrom(seq: number): void {
		this.newest = Math.max(this.newest, seq);
	}

	/**
	 * Opens the log of this boot, and removes those of others.
	 * @param seq the newest commit that the file has
	 * @returns what the file does not have yet
	 * @throws Error when the log can't be examined or opened
	 */
	async open(seq: number): Promise<Recent[]> {
		this.goOnFrom(seq);
		await this.closed;
		await removeRecent(this.options.directory, this.path);
		if (this.path === undefined) return [];
		if (!this.trust.holds) {
			await this.inspection.examineLog(this.path);
			this.trust.give();
		}
		this.log = this.opened(this.path);
		const recent = this.log.read(seq);
		this.goOnFrom(recent.at(-1)?.seq ?? 0);
		this.guard.note();
		this.spoiled = false;
		return recent;
	}

	/** Begins a new log after the old one was spoiled. To be called when the file has everything. Never rejects. */
	async renew(): Promise<void> {
		if (!this.spoiled || this.path === undefined) return;
		this.spoiled = false;
		try {
			await this.closed;
			await prepareFolder(this.options.directory);
			await removeRecent(this.options.directory, undefined);
			this.trust.give();
			this.log = this.opened(this.path);
			this.guard.note();
		} catch {
			// Without a log everything goes into the file itself.
		}
	}

	/**
	 * Puts commits where the death of this process can't reach them.
	 * @returns false when that can't be done now: they have to be written to the file itself
	 */
	add(commits: readonly Numbered[]): boolean {
		const added = this.attempt((log) => {
			requireRoom(this.options.directory);
			return log.add(commits);
		});
		return added ?? false;
	}

	/** What is added from now on belongs to the next group. */
	turn(): void {
		this.log?.turn();
	}

	/** The file has everything up to this number. */
	forget(seq: number): void {
		this.attempt((log) => log.forget(seq));
	}

	/** Closes the log. Never rejects. */
	drop(): Promise<void> {
		if (this.log === undefined) return this.closed;
		this.closed = this.closing(this.log);
		this.log = undefined;
		return this.closed;
	}

	/** Removes what the file has as well. Never rejects. */
	async remove(): Promise<void> {
		await removeRecent(this.options.directory, undefined).catch(() => {});
	}

	private opened(path: string): RecentLog {
		requireRoom(this.options.directory);
		this.trust.require();
		return RecentLog.open(path, this.options.token);
	}

	private async closing(log: RecentLog): Promise<void> {
		this.guard.mendLock();
		await log.close();
		if (this.guard.intact) this.trust.give();
		else this.trust.withdraw();
		this.guard.forget();
	}

	/** A log that fails is given up: the file itself will tell whether the disk is at its end. */
	private attempt<T>(action: (log: RecentLog) => T): T | undefined {
		if (this.log === undefined) return undefined;
		if (this.guard.touched !== undefined) {
			this.spoiled = true;
			void this.drop();
			return undefined;
		}
		try {
			const result = action(this.log);
			this.guard.note();
			return result;
		} catch {
			void this.drop();
			return undefined;
		}
	}
}
