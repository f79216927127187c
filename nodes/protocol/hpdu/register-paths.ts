/** Paths of registers. Source: WEBAPI, chapter 4.2, and what firmware takes beside it. */

import { hasStatus } from './answer.js';
import { keyOf, type Target } from './mnemonic.js';
import { registerOf } from './registers.js';
import type { PduAnswer } from './transport.js';

/** By these a PDU says that it does not know a path; it has done nothing then. */
const UNKNOWN_TO_READ = [400, 404];
const UNKNOWN_TO_WRITE = [400, 404, 405];

/** Sends a request to a path below the unit's. */
type Ask = (path: string) => Promise<PduAnswer>;

/** An answer, and the path that brought it. */
interface Asked {
	readonly path: string;
	readonly answer: PduAnswer;
}

/**
 * A register with several channels is read by its bare mnemonic, as the document has it; some PDUs want the number of
 * channels behind it, `/register/stinnm/3`. All channels at once are written in that form first, as the vendor's client does.
 * Which form a PDU takes is found out once for each register.
 */
export class RegisterPaths {
	/** Registers that are read in the form with the number. */
	private readonly counted = new Set<string>();
	/** How all channels of a register are written: the path that was taken, none where only single channels were. */
	private readonly written = new Map<string, string | undefined>();

	/**
	 * Reads by one path, and by the other where the PDU does not know the first.
	 * @param ask sends a request to a path below the unit's
	 * @returns the last answer; where the PDU knows neither path, the one that says so (404)
	 */
	async read(target: Target, ask: Ask): Promise<Asked> {
		const [first, second] = this.readPaths(target);
		const answer = await ask(first);
		if (second === undefined || !isUnknown(answer, UNKNOWN_TO_READ)) return { path: first, answer };
		const other = await ask(second);
		const found = !isUnknown(other, UNKNOWN_TO_READ);
		if (!found && hasStatus(answer, 404) && !hasStatus(other, 404)) return { path: first, answer };
		if (!found) return { path: second, answer: other };
		if (second.endsWith(`/${target.mnemonic}`)) this.counted.delete(target.mnemonic);
		else this.counted.add(target.mnemonic);
		return { path: second, answer: other };
	}

	/**
	 * Writes all channels of a register at once, by one path after the other.
	 * @returns undefined where the PDU knows none of them, and has written nothing
	 */
	async writeWhole(mnemonic: string, ask: Ask): Promise<Asked | undefined> {
		for (const path of this.wholePaths(mnemonic)) {
			const answer = await ask(path);
			if (isUnknown(answer, UNKNOWN_TO_WRITE)) continue;
			this.written.set(mnemonic, path);
			return { path, answer };
		}
		return undefined;
	}

	/** All channels of a register were written one by one, since the PDU took them in no other way. */
	wroteSingly(mnemonic: string): void {
		this.written.set(mnemonic, undefined);
	}

	private readPaths(target: Target): readonly [first: string, second?: string] {
		const bare = `/register/${keyOf(target)}`;
		const { repeats } = registerOf(target.mnemonic) ?? { repeats: 1 };
		if (target.channel !== undefined || repeats === 1) return [bare];
		const counted = `${bare}/${repeats}`;
		return this.counted.has(target.mnemonic) ? [counted, bare] : [bare, counted];
	}

	private wholePaths(mnemonic: string): readonly string[] {
		const bare = `/register/${mnemonic}`;
		const paths = [`${bare}/${registerOf(mnemonic)?.repeats ?? 1}`, bare];
		if (!this.written.has(mnemonic)) return paths;
		const taken = this.written.get(mnemonic);
		return taken === undefined ? [] : [taken, ...paths.filter((path) => path !== taken)];
	}
}

function isUnknown(answer: PduAnswer, statuses: readonly number[]): boolean {
	return statuses.some((status) => hasStatus(answer, status));
}
