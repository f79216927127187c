import { ProtocolError } from '../../protocol/common/errors.js';
import type { Now, Timers } from '../../protocol/common/time.js';
import { Changes } from './changes.js';
import { DataFile } from './data-file.js';
import { causeOf, type Database, type Lease, NewerFormat } from './database.js';
import { DATA_FILE, forgetStarts, prepareFolder } from './files.js';
import { type Identity, lookForProcess } from './identity.js';
import { Inspection } from './inspection.js';
import { BEAT, enterFolder, isFree, leaveFolders, type Owner } from './lease.js';
import { LogKeeper } from './log-keeper.js';
import { copyOf, type Memory } from './memory.js';
import { requireRoom } from './room.js';
import { type Role, takeOver } from './taking-over.js';

export interface CustodyOptions {
	readonly directory: string;
	readonly now: Now;
	readonly timers: Timers;
	readonly identity: Identity;
	/** Names this opening of the store. */
	readonly token: string;
	/** What happened that the user should know although nothing failed. */
	readonly report: (error: ProtocolError) => void;
}

/**
 * Sees to it that there is an open file that this process owns, whatever happens to the file, the disk or the lease.
 *
 * - Nothing known yet (the start): the content of the files becomes the memory; what was changed before stays.
 * - Owner: memory is the truth. After trouble with the disk the file is opened again and goes on; a file that was
 *   deleted, replaced or found damaged is written anew from memory.
 * - Guest, while another process owns the files: memory holds no entries but what this process says itself, and
 *   nothing is written. When the lease becomes free the owner's entries are taken over as they are, for the owner's
 *   writes are newer than anything known here and its users were told that they were kept, while those here were told
 *   the opposite. Only claimed tokens stay: a nonce accepted by either must not be accepted again.
 */
export class Custody {
	/** Where commits go that need no flush. */
	readonly log: LogKeeper;
	private role: Role = 'start';
	private generation = 0;
	private beatAt = Number.NEGATIVE_INFINITY;
	private peeked = false;
	/** Why opening failed; it is not tried again before `retry`. */
	private refused: unknown;
	private readonly file: DataFile;
	private readonly inspection: Inspection;
	private readonly ending = new AbortController();

	constructor(
		private readonly options: CustodyOptions,
		private readonly memory: Memory,
		private readonly unwritten: () => Changes,
	) {
		const isFree = (lease: Lease) => this.isFree(lease);
		this.inspection = new Inspection({ ...options, signal: this.ending.signal, isFree });
		this.file = new DataFile(options, this.inspection);
		this.log = new LogKeeper({ ...options, boot: options.identity.boot }, this.inspection);
	}

	/** Whether another process owns the files. */
	get guest(): boolean {
		return this.role === 'guest';
	}

	/** Whether the owner's record has to be written again soon. */
	get beatDue(): boolean {
		return this.role === 'owner' && this.beatAge >= BEAT;
	}

	/** Whether somebody else touched the file: `prepare` puts that right, and adds all that is to be written again. */
	get touched(): boolean {
		return this.role === 'owner' && this.file.touched !== undefined;
	}

	/** Lets the next `prepare` try again to open what could not be opened. */
	retry(): void {
		this.refused = undefined;
	}

	/**
	 * Makes sure that an own file is open.
	 * @throws ProtocolError `store-in-use`; ProtocolError `store-too-new`; any error of the file system or of LMDB
	 */
	async prepare(): Promise<void> {
		const touched = this.role === 'owner' ? this.file.touched : undefined;
		if (touched !== undefined) {
			await this.log.drop();
			await this.file.giveUp(touched);
		}
		const { db } = this.file;
		if (db === undefined) await this.attach();
		else if (this.role === 'guest') await this.lookAgain(db);
		if (this.role === 'guest') throw new ProtocolError('store-in-use');
	}

	/** Writes a group. Throws as `prepare` does; the file is closed then, and opened again by the next `prepare`. */
	async write(changes: Changes): Promise<void> {
		const { db } = this.file;
		if (db === undefined) throw new Error('No file is open');
		const owner = this.beatAge >= BEAT / 2 ? this.owner(false) : undefined;
		if (changes.empty && owner === undefined) return;
		let kept: boolean;
		try {
			requireRoom(this.options.directory, changes.size);
			kept = await db.write(changes, this.generation, owner);
		} catch (error) {
			throw await this.lost(error);
		}
		if (!kept) {
			this.becomeGuest();
			throw new ProtocolError('store-in-use');
		}
		await this.file.written();
		this.log.forget(changes.seq);
		await this.log.renew();
		if (owner === undefined) return;
		this.beatAt = owner.beat;
		await forgetStarts(this.options.directory);
	}

	/** A number for a commit that is to be logged; undefined where that can't be done now. */
	number(): number | undefined {
		const seq = this.role === 'owner' ? this.log.number() : undefined;
		if (seq !== undefined) this.unwritten().seq = seq;
		return seq;
	}

	/** Ends an examination that is on its way. */
	abort(): void {
		this.ending.abort();
	}

	/** Gives the lease back and closes the file. Never rejects. */
	async release(): Promise<void> {
		const { db } = this.file;
		let inOrder = false;
		try {
			if (db !== undefined && this.role === 'owner') {
				inOrder = await db.write(new Changes(), this.generation, this.owner(true));
				await forgetStarts(this.options.directory);
			}
		} catch (error) {
			// The lease then ends with this process.
			await causeOf(error);
		}
		await this.log.drop();
		await this.file.close();
		if (inOrder) {
			await this.log.remove();
			await this.inspection.leave(this.file.path);
		}
		leaveFolders(this.options.token);
	}

	private async attach(): Promise<void> {
		if (this.refused !== undefined) throw this.refused;
		try {
			const folder = await prepareFolder(this.options.directory);
			requireRoom(folder);
			if (!enterFolder(folder, this.options.token)) return this.becomeGuest();
		} catch (error) {
			await this.peek();
			throw error;
		}
		try {
			await this.openFile();
		} catch (error) {
			const cause = await this.lost(error);
			await this.peek();
			this.refused = cause instanceof NewerFormat ? new ProtocolError('store-too-new') : cause;
			throw this.refused;
		}
	}

	private async openFile(): Promise<void> {
		if (this.role === 'start') {
			await this.file.restore();
			const salvaged = await this.file.salvage();
			// Should no new file be had, what the old one says is known all the same.
			if (salvaged !== undefined) this.memory.adopt(copyOf(salvaged.content), this.unwritten());
		}
		await this.file.refuse();
		await this.settle(await this.file.open());
	}

	private async lookAgain(db: Database): Promise<void> {
		try {
			await this.settle(db);
		} catch (error) {
			throw await this.lost(error);
		}
	}

	private async lost(error: unknown): Promise<unknown> {
		await this.log.drop();
		return this.file.lost(error, this.role !== 'guest');
	}

	/**
	 * A disk that is full or read-only at the start can still be read: what was remembered counts, though nothing can be
	 * added. Tried once; without success memory stays as it is.
	 */
	private async peek(): Promise<void> {
		if (this.role !== 'start' || this.peeked) return;
		this.peeked = true;
		const found = await this.inspection.read(this.file.path);
		if (found !== undefined) this.memory.adopt(found.content, this.unwritten());
	}

	/** Finds out who owns the open file and makes memory and file agree. */
	private async settle(db: Database): Promise<void> {
		const lease = db.lease();
		const mine = lease?.owner.token === this.options.token;
		if (this.role === 'owner' && this.file.isAgreed && lease !== undefined) {
			// What was decided before is not written any more, so whoever waits for it must not hear that it was kept.
			if (!mine || lease.generation !== this.generation) return this.becomeGuest();
			return this.file.suspected ? this.begunAnew() : this.agree(db, lease);
		}
		const free = lease === undefined || mine || this.isFree(lease);
		const taken = free ? await db.take(lease, this.owner(false)) : undefined;
		if (taken === undefined) this.becomeGuest();
		else await this.agree(db, taken);
	}

	private async agree(db: Database, taken: Lease): Promise<void> {
		const { content, seq, unreadable } = await db.load();
		const previous = this.role === 'start' ? this.file.previous : undefined;
		const recent = await this.log.open(previous?.seq ?? seq);
		const unwritten = this.unwritten();
		takeOver({ content, previous, recent }, this.role, this.memory, unwritten);
		unwritten.seq = Math.max(unwritten.seq, this.log.newest);
		this.generation = taken.generation;
		this.beatAt = taken.owner.beat;
		this.role = 'owner';
		this.file.agree();
		if (unreadable > 0)
			this.options.report(new ProtocolError('store-damaged', { file: DATA_FILE, unreadable }));
	}

	private becomeGuest(): void {
		this.file.suspected = false;
		void this.log.drop();
		if (this.role === 'owner') this.memory.forgetEntries();
		this.role = 'guest';
		this.unwritten().entries.clear();
	}

	private get beatAge(): number {
		return Math.abs(this.options.now() - this.beatAt);
	}

	private isFree(lease: Lease): boolean {
		return isFree(lease.owner, this.options.identity, this.options.now(), lookForProcess);
	}

	private owner(released: boolean): Owner {
		const { identity, token, now } = this.options;
		return { ...identity, token, beat: now(), released };
	}

	private async begunAnew(): Promise<void> {
		await this.log.drop();
		await this.file.setAside();
		await this.openFile();
	}
}
