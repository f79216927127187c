/**
 * Notices that the store is not that of the last run: the store holds an id, and Node-RED's own settings hold the same id with
 * the place of the store. It knows nothing of how a store keeps its data.
 */
import { createHash } from 'node:crypto';
import type { Store } from '../protocol/common/store.js';
import type { NodeRed } from './node-red.js';

/** The name under which Node-RED's settings keep the mark. */
const SETTING = 'wattpostStore';

/** The place of a store in the user directory. */
export const LOCAL = 'directory';

const SCOPE = 'store';
const ID = 'id';
/** The id that was missed before and was already told. */
const MISSED = 'missed';

/** Node-RED's settings, as far as a module may keep something there. */
type KeptSettings = Pick<NodeRed['settings'], 'get' | 'set'>;

/** What the settings keep. `place` tells stores apart and gives nothing away. */
interface Mark {
	readonly id: string;
	readonly place: string;
}

export interface MarkOptions {
	readonly store: Store;
	readonly settings: KeptSettings;
	/** Where the store is: {@link LOCAL}, or an address that may hold a password. */
	readonly place: string;
	readonly newId: () => string;
}

/** What a comparison found. */
export interface StoreFinding {
	/** The store in this place is another one than before, or Node-RED was given another place. */
	readonly code: 'store-lost' | 'store-changed';
	/** Whether the store of the last run was in the user directory. */
	readonly wasLocal: boolean;
}

/**
 * Compares the store with the mark of the last run, and marks both.
 * @returns what is wrong, once; undefined where nothing is wrong, and at a first start
 * @throws ProtocolError when the store cannot be read or written; the next call looks again
 */
export async function compareMark(options: MarkOptions): Promise<StoreFinding | undefined> {
	const { store, settings, newId } = options;
	const place = digest(options.place);
	const expected = readMark(settings);
	const made = newId();
	const marked = await store.update(SCOPE, (entries) => {
		const known = entries.get(ID);
		const id = typeof known === 'string' ? known : made;
		const isMissed = expected !== undefined && expected.id !== id && entries.get(MISSED) !== expected.id;
		const set: (readonly [string, string])[] = [];
		if (id !== known) set.push([ID, id]);
		if (isMissed) set.push([MISSED, expected.id]);
		// The settings must not know an id that a loss of power took from the store: that would be a false alarm.
		return { result: { id, isMissed }, set, durable: true };
	});
	// Without a nonce nothing is replayed.
	const { id, isMissed } = marked as Exclude<typeof marked, 'replayed'>;
	if (expected?.id === id && expected.place === place) return undefined;
	await writeMark(settings, { id, place });
	if (!isMissed) return undefined;
	const code = expected?.place === place ? 'store-lost' : 'store-changed';
	return { code, wasLocal: expected?.place === digest(LOCAL) };
}

/** Without the login: a weak password could be guessed from its hash, and a new one makes no other place. */
function digest(place: string): string {
	return createHash('sha256')
		.update(place.replace(/^(\w+:\/\/).*@/, '$1'))
		.digest('hex')
		.slice(0, 16);
}

function readMark(settings: KeptSettings): Mark | undefined {
	try {
		const { id, place } = (settings.get?.(SETTING) ?? {}) as Partial<Mark>;
		return typeof id === 'string' && typeof place === 'string' ? { id, place } : undefined;
	} catch {
		return undefined;
	}
}

/** Settings that cannot be written (read-only, or none where Node-RED is embedded) are no trouble: a loss is then not noticed. */
async function writeMark(settings: KeptSettings, mark: Mark): Promise<void> {
	try {
		await settings.set?.(SETTING, mark);
	} catch {
		// As above.
	}
}
