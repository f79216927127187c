/** Paths of registers. Source: WEBAPI, chapter 4.2, and what firmware takes beside it. */

import { hasStatus } from './answer.js';
import { keyOf, type Target } from './mnemonic.js';
import { registerOf } from './registers.js';
import type { PduAnswer } from './transport.js';

/**
 * A register with several channels is asked for by its bare mnemonic, as the document has it; some PDUs want the number of
 * channels behind it. Which of the two a PDU takes is found out once for each register.
 */
export class RegisterPaths {
	private readonly counted = new Set<string>();

	/**
	 * Asks by one path, and by the other where the PDU does not know the first: it has done nothing then.
	 * @param ask sends a request to a path below the unit's
	 * @returns the last answer
	 */
	ask(target: Target, ask: (path: string) => Promise<PduAnswer>): Promise<PduAnswer> {
		const [first, second] = this.pathsOf(target);
		return second === undefined ? ask(first) : this.askEither(target, first, second, ask);
	}

	private async askEither(
		target: Target,
		first: string,
		second: string,
		ask: (path: string) => Promise<PduAnswer>,
	): Promise<PduAnswer> {
		const answer = await ask(first);
		if (!hasStatus(answer, 404)) return answer;
		const other = await ask(second);
		if (!hasStatus(other, 404)) this.prefer(target.mnemonic, second);
		return other;
	}

	private pathsOf(target: Target): readonly [first: string, second?: string] {
		const bare = `/register/${keyOf(target)}`;
		const { repeats } = registerOf(target.mnemonic) ?? { repeats: 1 };
		if (target.channel !== undefined || repeats === 1) return [bare];
		const counted = `${bare}/${repeats}`;
		return this.counted.has(target.mnemonic) ? [counted, bare] : [bare, counted];
	}

	private prefer(mnemonic: string, path: string): void {
		if (path.endsWith(`/${mnemonic}`)) this.counted.delete(mnemonic);
		else this.counted.add(mnemonic);
	}
}
