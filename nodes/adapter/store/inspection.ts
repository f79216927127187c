import { basename, join } from 'node:path';
import { ProtocolError } from '../../protocol/common/errors.js';
import type { Now } from '../../protocol/common/time.js';
import type { Lease } from './database.js';
import { type ExamineOptions, examine, peek } from './examine.js';
import { countStart, DATA_FILE, fileId, fileState, keepPrevious, moveAside, removeRecent } from './files.js';
import { Trust } from './guard.js';
import type { Content } from './memory.js';

export interface InspectionOptions extends ExamineOptions {
	readonly directory: string;
	readonly now: Now;
	readonly report: (error: ProtocolError) => void;
	/** Whether an owner found in the file is one no more. */
	readonly isFree: (lease: Lease) => boolean;
}

/** What was read from a file that is not open here. */
export interface Salvage {
	readonly content: Content;
	/** The newest logged commit in it. */
	readonly seq: number;
}

/** After how many starts in a row that ended within seconds the file is suspected. */
const BAD_STARTS = 3;

/** The state of files as this process itself closed them in good order. */
const leftSound = new Map<string, string>();

/** Keeps files away from this process that could end it. */
export class Inspection {
	/** The data file as it may be opened here. */
	readonly trust: Trust;
	private damaged = false;

	constructor(private readonly options: InspectionOptions) {
		this.trust = new Trust(join(options.directory, DATA_FILE));
	}

	/** Notes that the file was found damaged in use. */
	distrust(): void {
		this.damaged = true;
	}

	/** Notes that the file was closed in good order: at a redeploy it is opened again at once, as nobody touched it. */
	async leave(path: string): Promise<void> {
		const state = await fileState(path).catch(() => undefined);
		if (state !== undefined && !this.damaged) leftSound.set(path, state);
	}

	/**
	 * Moves a damaged file aside and reports it.
	 * @returns whether it did
	 * @throws Error when nothing could be found out
	 */
	async refuses(path: string): Promise<boolean> {
		if ((await fileId(path)) === undefined) {
			this.damaged = false;
			this.trust.give();
			return false;
		}
		if (!this.damaged) {
			const isKnown = this.trust.holds || (await this.isAsLeft(path));
			const verdict = isKnown ? 'sound' : await examine(path, this.options);
			if (verdict === 'undecided') throw new Error('The file could not be examined');
			if (verdict === 'sound') {
				this.trust.give();
				return false;
			}
		}
		const file = await moveAside(this.options.directory, this.options.now());
		this.damaged = false;
		this.trust.give();
		this.options.report(new ProtocolError('store-damaged', { file }));
		return true;
	}

	private async isAsLeft(path: string): Promise<boolean> {
		const left = leftSound.get(path);
		leftSound.delete(path);
		return left !== undefined && left === (await fileState(path));
	}

	/**
	 * Looks at the log of recent commits that a killed process has left. A damaged one is removed and reported: it
	 * has nothing that a loss of power might not have taken as well.
	 * @throws Error when nothing could be found out
	 */
	async examineLog(path: string): Promise<void> {
		if ((await fileId(path)) === undefined) return;
		const verdict = await examine(path, this.options);
		if (verdict === 'undecided') throw new Error('The file could not be examined');
		if (verdict === 'sound') return;
		await removeRecent(this.options.directory, undefined);
		this.options.report(new ProtocolError('store-damaged', { file: basename(path) }));
	}

	/** The content of a file that cannot be written, if that can be read and nobody else owns it. */
	async read(path: string): Promise<Salvage | undefined> {
		try {
			if ((await fileId(path)) === undefined) return undefined;
			const snapshot = await peek(path, this.options);
			if (snapshot?.lease === undefined || !this.options.isFree(snapshot.lease)) return undefined;
			const scopes = snapshot.scopes.map(
				({ scope, entries, tokens }) =>
					[scope, { entries: new Map(entries), tokens: new Map(tokens) }] as const,
			);
			return { content: new Map(scopes), seq: snapshot.seq };
		} catch {
			// Why the file cannot be written has been told; that it cannot be read either is no news.
			return undefined;
		}
	}

	/**
	 * Counts this start, and where the last ones ended badly takes the content out of the file and sets it aside. Most
	 * often something else ends the process, so nothing may be lost by that.
	 */
	async salvage(path: string): Promise<Salvage | undefined> {
		if ((await countStart(this.options.directory)) <= BAD_STARTS) return undefined;
		const found = await this.read(path);
		if (found !== undefined) await keepPrevious(this.options.directory);
		return found;
	}
}
