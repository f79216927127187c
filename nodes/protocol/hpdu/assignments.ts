/** Values that a flow wants to write, sorted into what a PDU takes at once. */
import type { Entry } from './encode-values.js';
import { keyOf, type Target } from './mnemonic.js';
import { isSwitch, UNLOCK } from './outlet-registers.js';
import { registerOf } from './registers.js';

/** What one request writes: a register that has one value, all channels of one, or one of its channels. */
export interface Assignment {
	readonly target: Target;
	readonly entries: readonly Entry[];
	/** What unlocks these outlets and must be written right before, since it does not last; none for anything else. */
	readonly unlock: readonly Entry[];
}

/**
 * Sorts entries into assignments, in their order. All channels of a register go together, since that is how a PDU knows
 * them, but for extended ones, which only go alone. Single channels go alone, so that nothing is written that was not meant.
 * @param unlocks whether outlets are unlocked before they are switched, also where no entry says so
 */
export function assignmentsOf(entries: readonly Entry[], unlocks = false): Assignment[] {
	const byMnemonic = new Map<string, Entry[]>();
	for (const entry of entries) {
		const { mnemonic } = entry.target;
		byMnemonic.set(mnemonic, [...(byMnemonic.get(mnemonic) ?? []), entry]);
	}
	const blocks = [...byMnemonic].flatMap(([mnemonic, same]) => blocksOf(mnemonic, same));
	const unlocking = new Map((byMnemonic.get(UNLOCK) ?? []).map((entry) => [entry.target.channel, entry]));
	const assignments = blocks.map((block) => {
		const [first] = block;
		const { mnemonic = '' } = first?.target ?? {};
		const target = block.length > 1 || first === undefined ? { mnemonic } : first.target;
		if (!isSwitch(mnemonic)) return { target, entries: block, unlock: [] };
		const unlock = block.flatMap(({ target: { channel } }) => {
			const given = unlocking.get(channel);
			unlocking.delete(channel);
			return given ?? (unlocks ? unlockEntry(channel) : []);
		});
		return { target, entries: block, unlock };
	});
	return assignments.flatMap((one) => (one.target.mnemonic === UNLOCK ? left(one, unlocking) : one));
}

function blocksOf(mnemonic: string, entries: readonly Entry[]): Entry[][] {
	const repeats = registerOf(mnemonic)?.repeats ?? 1;
	const isBase = ({ target: { channel = 0 } }: Entry) => channel >= 1 && channel <= repeats;
	const base = entries.filter(isBase);
	if (repeats === 1 || base.length < repeats) return entries.map((entry) => [entry]);
	return [base, ...entries.filter((entry) => !isBase(entry)).map((entry) => [entry])];
}

function unlockEntry(channel: number | undefined): Entry {
	const target: Target = channel === undefined ? { mnemonic: UNLOCK } : { mnemonic: UNLOCK, channel };
	const key = keyOf(target);
	return { key, target, given: key, text: '1' };
}

/** An assignment without the entries that are written before others. */
function left(one: Assignment, unlocking: ReadonlyMap<number | undefined, Entry>): Assignment[] {
	const entries = one.entries.filter(({ target }) => unlocking.has(target.channel));
	if (entries.length === one.entries.length) return [one];
	return entries.map((entry) => ({ target: entry.target, entries: [entry], unlock: [] }));
}
