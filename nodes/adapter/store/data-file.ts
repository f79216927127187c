import { join } from 'node:path';
import { ProtocolError } from '../../protocol/common/errors.js';
import { causeOf, Database, isDamage } from './database.js';
import { DATA_FILE, fileId, flushFolder, forgetPrevious, keepPrevious, restorePrevious } from './files.js';
import { FileGuard, type Touch } from './guard.js';
import type { Inspection, Salvage } from './inspection.js';
import { requireRoom } from './room.js';

export interface DataFileOptions {
	readonly directory: string;
	/** What happened that the user should know although nothing failed. */
	readonly report: (error: ProtocolError) => void;
}

/** The data file: opened only where it is sound, given up where somebody else touched it, set aside where it is doubted. */
export class DataFile {
	readonly path: string;
	db: Database | undefined;
	/** What the previous file holds, which lies beside the new one while that lacks it. */
	previous: Salvage | undefined;
	/** Whether somebody seems to have written to the file. */
	suspected = false;
	/** Which file memory agrees with, and which one is open. */
	private agreed: string | undefined;
	private opened: string | undefined;
	/** Whether a file of which memory has everything lies there. */
	private isSetAside = false;
	private readonly guard: FileGuard;

	constructor(
		private readonly options: DataFileOptions,
		private readonly inspection: Inspection,
	) {
		this.path = join(options.directory, DATA_FILE);
		this.guard = new FileGuard(this.path);
	}

	/** What somebody else did to the open file. */
	get touched(): Touch | undefined {
		return this.db === undefined ? undefined : this.guard.touched;
	}

	/** Whether the open file is the one that memory agrees with. */
	get isAgreed(): boolean {
		return this.agreed !== undefined && this.agreed === this.opened;
	}

	/** Brings back a file that was set aside for a new one that was never finished. */
	restore(): Promise<void> {
		return restorePrevious(this.options.directory);
	}

	/** After several starts that ended soon and badly a file is not trusted any more, however sound it looks. */
	async salvage(): Promise<Salvage | undefined> {
		this.previous = await this.inspection.salvage(this.path);
		return this.previous;
	}

	/** Moves the file aside where it is damaged. */
	async refuse(): Promise<void> {
		if (await this.inspection.refuses(this.path)) this.agreed = undefined;
	}

	/** Opens the file, and creates it where it is missing. @throws what `Database.open` does, and of the file system */
	async open(): Promise<Database> {
		requireRoom(this.options.directory);
		this.inspection.trust.require();
		this.db = Database.open(this.path);
		this.opened = await fileId(this.path);
		await flushFolder(this.options.directory);
		return this.db;
	}

	/** Memory and file agree by now. */
	agree(): void {
		this.agreed = this.opened;
		this.guard.note();
	}

	/** This process has written everything that it knows of. */
	async written(): Promise<void> {
		this.guard.note();
		// As long as it is there it is what counts at the next start, together with the log.
		if (this.previous !== undefined || this.isSetAside) await forgetPrevious(this.options.directory);
		this.previous = undefined;
		this.isSetAside = false;
	}

	/** Closes the file. Never rejects. */
	async close(): Promise<void> {
		const { db, guard } = this;
		this.db = undefined;
		guard.mendLock();
		await db?.close();
		if (guard.intact) this.inspection.trust.give();
		else if (db !== undefined) this.inspection.trust.withdraw();
		guard.forget();
	}

	/** Closes a file that made trouble, and judges the trouble. */
	async lost(error: unknown, isOurs: boolean): Promise<unknown> {
		const cause = await causeOf(error);
		await this.close();
		if (isOurs && isDamage(cause)) this.inspection.distrust();
		return cause;
	}

	/** The file is not what this process left, so it is not written to any more; memory has everything. */
	async giveUp(touched: Touch): Promise<void> {
		await this.close();
		this.suspected = touched === 'written';
		if (touched === 'cut') this.inspection.distrust();
		if (touched !== 'replaced') return;
		// The next file may have the same number as the one that is gone.
		this.agreed = undefined;
		this.options.report(new ProtocolError('store-replaced', { file: DATA_FILE }));
	}

	/** What looks sound may yet have rubbish where no entry lies, such as in the list of free pages: a new one is due. */
	async setAside(): Promise<void> {
		this.guard.falseAlarm();
		this.suspected = false;
		await this.close();
		await keepPrevious(this.options.directory);
		this.isSetAside = true;
		this.agreed = undefined;
	}
}
