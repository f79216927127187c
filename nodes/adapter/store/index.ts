import { randomUUID } from 'node:crypto';
import { ProtocolError } from '../../protocol/common/errors.js';
import type { Change, CommitResult, Scope, Store } from '../../protocol/common/store.js';
import type { Now, TimerHandle, Timers } from '../../protocol/common/time.js';
import { Changes } from './changes.js';
import { Custody } from './custody.js';
import { fitsKey } from './database.js';
import { gather } from './gather.js';
import { type Identity, ownIdentity } from './identity.js';
import { Journal, PATIENCE, type Target } from './journal.js';
import { Memory } from './memory.js';
import { logText, type Numbered } from './recent.js';

export interface StoreOptions {
	/** Where the files lie; it is made when it is missing. Undefined: nothing outlives this process. */
	readonly directory: string | undefined;
	readonly now: Now;
	/** Carries the beat of the lease and the attempts to recover; also limits how long a commit waits for the disk. */
	readonly timers: Timers;
	/**
	 * Told of trouble, once when it begins: `store-memory-only`, `store-no-database`, `store-unavailable`, `store-in-use`, `store-too-new`,
	 * and each time: `store-damaged`, `store-replaced`.
	 */
	readonly report: (error: ProtocolError) => void;
	/** Told when trouble that was reported is over. */
	readonly recovered?: () => void;
	/** Who this process is, for the lease. */
	readonly identity?: Identity;
	/** Loads the database; throws where there is no build of it for this platform. */
	readonly loadDatabase?: () => unknown;
}

export interface OpenedStore extends Store {
	/** Resolves when the first attempt to open the files has ended, well or not. Never rejects. */
	readonly ready: Promise<void>;
	/** Whether anything outlives this process. */
	readonly persistent: boolean;
	/** Writes what is left, gives the files back and resolves. Later commits reject. Never rejects. */
	close(): Promise<void>;
}

/** How often the lease, the disk and the file are looked after, in milliseconds. */
const ROUND = 5000;

/**
 * Opens the store of a Node-RED process. Returns at once; reads and commits wait until the files are read. There
 * may be one per folder and process; a second one is a guest of the first.
 */
export function openStore(options: StoreOptions): OpenedStore {
	const lacking = options.directory === undefined ? undefined : whyNoDatabase(options);
	const store = new EmbeddedStore(lacking === undefined ? options : { ...options, directory: undefined });
	store.open(lacking ?? new ProtocolError('store-memory-only'));
	return store;
}

/** Without a database a memory that ends with the process is still better than none. */
function whyNoDatabase({ loadDatabase = () => require('lmdb') }: StoreOptions): ProtocolError | undefined {
	try {
		loadDatabase();
		return undefined;
	} catch (error) {
		return new ProtocolError('store-no-database', { platform: `${process.platform} ${process.arch}` }, error);
	}
}

/** Commits that will be logged together. */
interface Turn {
	readonly commits: Numbered[];
	readonly kept: Promise<'done'>;
}

class EmbeddedStore implements OpenedStore {
	healthy = true;
	ready: Promise<void> = Promise.resolve();
	private opened = false;
	private closing: Promise<void> | undefined;
	private trouble: string | undefined;
	private round: TimerHandle;
	private readonly memory = new Memory();
	private readonly custody: Custody | undefined;
	private readonly journal: Journal;
	/** What waits for the end of this turn of the event loop to be logged. */
	private turn: Turn | undefined;

	constructor(private readonly options: StoreOptions) {
		const { directory, now, timers, identity = ownIdentity() } = options;
		this.journal = new Journal(timers, this.target());
		if (directory === undefined) return;
		const report = (error: ProtocolError) => this.tell(error);
		const custody = { directory, now, timers, identity, token: randomUUID(), report };
		this.custody = new Custody(custody, this.memory, () => this.journal.unwritten);
	}

	get persistent(): boolean {
		return this.custody !== undefined;
	}

	/** @param lack why nothing outlives this process, should that be so */
	open(lack: ProtocolError): void {
		if (this.custody === undefined) {
			this.opened = true;
			this.tell(lack);
			return;
		}
		this.journal.start();
		this.ready = this.journal.idle().then(() => {
			this.opened = true;
		});
		this.nextRound();
	}

	async read(scope: string): Promise<Scope> {
		if (!this.opened) await this.ready;
		return this.memory.read(scope);
	}

	commit(change: Change): Promise<CommitResult> {
		if (this.closing !== undefined) return Promise.reject(unavailable('closed'));
		if (!this.opened) return this.ready.then(() => this.commit(change));
		let result: CommitResult;
		let texts: readonly string[];
		try {
			texts = encoded(change);
			const changes = this.custody === undefined ? new Changes() : this.journal.unwritten;
			result = this.memory.apply(change, texts, changes);
		} catch (error) {
			return Promise.reject(error);
		}
		if (result !== 'done' || this.custody === undefined) return Promise.resolve(result);
		if (this.custody.guest) return Promise.reject(new ProtocolError('store-in-use'));
		const seq = change.flush || !this.healthy ? undefined : this.custody.number();
		return seq === undefined ? this.journal.commit() : this.log({ seq, text: logText(change, texts) });
	}

	/** Collects what is committed in the same turns of the event loop: a transaction costs more than what is in it. */
	private log(commit: Numbered): Promise<'done'> {
		this.turn ??= this.collect();
		this.turn.commits.push(commit);
		return this.turn.kept;
	}

	private collect(): Turn {
		const commits: Numbered[] = [];
		const kept = new Promise<'done'>((resolve) => {
			gather(
				() => commits.length,
				() => {
					this.turn = undefined;
					resolve(this.custody?.log.add(commits) ? 'done' : this.journal.commit());
				},
			);
		});
		this.journal.plan();
		return { commits, kept };
	}

	close(): Promise<void> {
		this.closing ??= this.end();
		return this.closing;
	}

	private async end(): Promise<void> {
		this.options.timers.clear(this.round);
		const { custody, journal } = this;
		if (custody === undefined) return;
		custody.abort();
		await this.patiently(async () => {
			await this.turn?.kept.catch(() => undefined);
			await journal.idle();
			if ((!journal.unwritten.empty || custody.touched) && !custody.guest) journal.start();
			await journal.idle();
			journal.end();
			await custody.release();
		});
	}

	/** A disk that does not answer must not keep Node-RED from stopping. */
	private patiently(work: () => Promise<void>): Promise<void> {
		return new Promise((resolve) => {
			const limit = this.options.timers.set(resolve, PATIENCE);
			work()
				.catch(() => {})
				.finally(() => {
					this.options.timers.clear(limit);
					resolve();
				});
		});
	}

	private target(): Target {
		const guarded = async (work: () => Promise<void> | undefined) => {
			try {
				await work();
			} catch (error) {
				throw this.failed(error);
			}
		};
		return {
			prepare: () => guarded(() => this.custody?.prepare()),
			taken: () => this.custody?.log.turn(),
			write: async (changes) => {
				await guarded(() => this.custody?.write(changes));
				this.succeeded();
			},
			stalled: () => this.failed(unavailable('stalled')),
		};
	}

	private failed(error: unknown): ProtocolError {
		const told = error instanceof ProtocolError ? error : unavailable(reasonOf(error), error);
		this.healthy = false;
		// Closing ends an examination that is on its way: that is no trouble while there is nothing to be kept.
		const isEnd = this.closing !== undefined && this.journal.unwritten.empty;
		if (this.trouble !== told.code && !isEnd) this.tell(told);
		this.trouble = told.code;
		return told.code === 'store-too-new' ? unavailable('too-new', told) : told;
	}

	private succeeded(): void {
		this.healthy = true;
		if (this.trouble === undefined) return;
		this.trouble = undefined;
		try {
			this.options.recovered?.();
		} catch {
			// Who listens must not be able to make a kept commit fail.
		}
	}

	private tell(error: ProtocolError): void {
		try {
			this.options.report(error);
		} catch {
			// As above.
		}
	}

	private nextRound(): void {
		this.round = this.options.timers.set(() => {
			this.custody?.retry();
			if (!this.healthy || this.custody?.beatDue || this.custody?.touched) this.journal.start();
			if (this.closing === undefined) this.nextRound();
		}, ROUND);
	}
}

function unavailable(reason: string, cause?: unknown): ProtocolError {
	return new ProtocolError('store-unavailable', { reason }, cause);
}

function reasonOf(error: unknown): string {
	const { code, message } = error as { code?: unknown; message?: unknown };
	return typeof code === 'string' ? code : String(message ?? error);
}

/**
 * JSON of the values that a change sets.
 * @throws TypeError for what JSON cannot hold, RangeError for names too long for a key
 */
function encoded(change: Change): string[] {
	const { scope, set = [], claim } = change;
	if (claim !== undefined && !fitsKey(scope, claim.token)) throw new RangeError('Token too long');
	return set.map(([name, value]) => {
		if (!fitsKey(scope, name)) throw new RangeError('Name too long');
		const text: string | undefined = JSON.stringify(value);
		if (text === undefined) throw new TypeError('A value that JSON cannot hold');
		return text;
	});
}
