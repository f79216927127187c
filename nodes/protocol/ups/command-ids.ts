/** Fills a buffer's worth of random bytes; passed in so that a test knows what comes. */
export type RandomBytes = (count: number) => Uint8Array;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Characters for the time (good until the year 37000) and for the chance. */
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 10;

/**
 * Makes command ids that sort by time and never come again. A UPS remembers the last 16 ids and acknowledges a
 * known one without executing it, so an id that came again after a restart, a lost store or a swapped device would
 * be a command that is lost unseen. 20 ASCII characters: older firmware cuts an id after 31.
 */
export class CommandIds {
	private last = 0;

	constructor(private readonly random: RandomBytes) {}

	/** @param now milliseconds since the epoch; ids of one moment, or of a clock set back, still go up */
	next(now: number): string {
		this.last = Math.max(now, this.last + 1);
		const time = Array.from({ length: TIME_CHARACTERS }, (_, index) =>
			ALPHABET.charAt(Math.floor(this.last / 32 ** (TIME_CHARACTERS - 1 - index)) % 32),
		);
		const chance = Array.from(this.random(RANDOM_CHARACTERS), (byte) => ALPHABET.charAt(byte & 31));
		return [...time, ...chance].join('');
	}
}
