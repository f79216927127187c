/**
 * Notices that the store was deleted, emptied or exchanged while Node-RED was down: the store holds an id, and Node-RED's
 * own settings hold the same id. A store without it is a new one. It knows nothing of how a store keeps its data.
 */
import type { Store } from '../protocol/common/store.js';
import type { NodeRed } from './red.js';

/** The name under which Node-RED's settings keep the id. */
const SETTING = 'wattpostStore';

const SCOPE = 'store';
const ID = 'id';
/** The id that was missed before and was already told. */
const MISSED = 'missed';

/** Node-RED's settings, as far as a module may keep something there. */
type KeptSettings = Pick<NodeRed['settings'], 'get' | 'set'>;

export interface MarkOptions {
	readonly store: Store;
	readonly settings: KeptSettings;
	readonly newId: () => string;
}

/**
 * Compares the store with the mark of the last run, and marks it.
 * @returns whether another store than that of the last run was found; true once per loss, false for a first start
 * @throws ProtocolError when the store cannot be read or written; the next call looks again
 */
export async function findLostStore({ store, settings, newId }: MarkOptions): Promise<boolean> {
	const expected = readMark(settings);
	const { id, missed } = await markStore(store, newId, expected);
	if (id === expected) return false;
	await writeMark(settings, id);
	return expected !== undefined && missed !== expected;
}

/** Reads the id of the store, and gives it one when it has none or is another one than expected. */
async function markStore(
	store: Store,
	newId: () => string,
	expected: string | undefined,
): Promise<{ readonly id: string; readonly missed: unknown }> {
	const { version, entries } = await store.read(SCOPE);
	const known = entries.get(ID);
	const missed = entries.get(MISSED);
	const id = typeof known === 'string' ? known : newId();
	if (id === expected || (id === known && (expected === undefined || missed === expected)))
		return { id, missed };
	const entry = [ID, id] as const;
	const set = expected === undefined ? [entry] : [entry, [MISSED, expected] as const];
	// The id must not be lost by a loss of power that spares the settings: that would be a false alarm.
	const result = await store
		.commit({ scope: SCOPE, expect: version, set, flush: true })
		.catch(async (error) => {
			// A store that cannot be written may not be the one that is read later: that one has an id, or gets one.
			await store.commit({ scope: SCOPE, expect: version + 1, remove: [ID, MISSED] }).catch(() => undefined);
			throw error;
		});
	return result === 'done' ? { id, missed } : markStore(store, newId, expected);
}

function readMark(settings: KeptSettings): string | undefined {
	try {
		const mark = settings.get?.(SETTING);
		return typeof mark === 'string' ? mark : undefined;
	} catch {
		return undefined;
	}
}

/** Settings that cannot be written (read-only, or none where Node-RED is embedded) are no trouble: a loss is then not noticed. */
async function writeMark(settings: KeptSettings, id: string): Promise<void> {
	try {
		await settings.set?.(SETTING, id);
	} catch {
		// As above.
	}
}
