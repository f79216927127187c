/** Groups of settings that are saved at once. Source: WEBAPI, "/save/<save_group> parameters". */
import { type Entry, encodeValues } from './encode-values.js';
import { badArgument } from './mnemonic.js';

/** The keys of a save group: all of the first must be sent, the others may. */
export interface SaveGroup {
	readonly keys: readonly string[];
	readonly optional: readonly string[];
}

const TABLE = {
	ethernet: {
		keys: ['etdhen', 'etdhfb', 'etdhfd', 'etsip4', 'etsnm4', 'etsgw4', 'etsdn1', 'etsdn2', 'etshnm'],
		optional: [],
	},
	'ethernet/access': {
		keys: ['etaips_1', 'etaips_2', 'etaips_3', 'etaipm_1', 'etaipm_2', 'etaipm_3'],
		optional: [],
	},
	'ethernet/mode': { keys: ['ethmod'], optional: [] },
	snmp: {
		keys: [
			...['snmpv1', 'snmplp', 'snmptp', 'sntrap', 'sndst1', 'sndst2', 'snmpro', 'sncmpb', 'sncmpr', 'sncmtr'],
		],
		optional: [],
	},
	'snmp/traps': {
		keys: [
			...['sntrds', 'sntrta', 'sntric', 'sntroc', 'sntrod', 'sntrid', 'sntraf', 'sntrnc', 'sntrsc', 'sntrrc'],
		],
		optional: [],
	},
	modbus: { keys: ['mbtcen', 'mbtcpo', 'mbtcro'], optional: [] },
	http: { keys: ['hthpen', 'hthppo', 'hthsen', 'hthspo'], optional: [] },
	ipapi: { keys: ['iaenab', 'iarc4k'], optional: [] },
	user: { keys: ['userid', 'username'], optional: ['chpasswd', 'password', 'chprmssns', 'prmssns'] },
} as const satisfies Record<string, SaveGroup>;

export type SaveGroupName = keyof typeof TABLE;

/** The nine groups, in the document's order. */
export const SAVE_GROUPS: ReadonlyMap<string, SaveGroup> = new Map<string, SaveGroup>(Object.entries(TABLE));

/** @throws ProtocolError `hpdu-bad-argument`, which names all nine */
export function parseSaveGroup(name: unknown): SaveGroupName {
	const text = typeof name === 'string' ? name.trim() : '';
	if (SAVE_GROUPS.has(text)) return text as SaveGroupName;
	throw badArgument('saveGroup', [...SAVE_GROUPS.keys()].join(', '));
}

/**
 * Checks and encodes a save group's values, in the document's order. Channels may come as `etaips_1` or as
 * `etaips: { 1: ... }`; what is optional and undefined or null is left out.
 * @throws ProtocolError `hpdu-bad-argument` with the key that is missing, too much or wrong, never its value
 */
export function checkSave(name: unknown, values: unknown): Entry[] {
	const groupName = parseSaveGroup(name);
	const { keys, optional }: SaveGroup = TABLE[groupName];
	const entries = new Map(
		encodeValues(withoutBlanks(values, optional)).map((entry) => [entry.key, entry] as const),
	);
	const all = [...keys, ...optional];
	for (const key of entries.keys()) if (!all.includes(key)) throw badArgument(key, all.join(', '));
	for (const key of keys) if (!entries.has(key)) throw badArgument(key, keys.join(', '));
	if (groupName === 'user') checkUser((key) => entries.get(key)?.text);
	return all.flatMap((key) => entries.get(key) ?? []);
}

function withoutBlanks(values: unknown, optional: readonly string[]): unknown {
	if (typeof values !== 'object' || values === null || Array.isArray(values)) return values;
	const isBlank = (key: string, value: unknown) => optional.includes(key) && (value ?? null) === null;
	return Object.fromEntries(Object.entries(values).filter(([key, value]) => !isBlank(key, value)));
}

type TextOf = (key: string) => string | undefined;

function checkUser(textOf: TextOf): void {
	requirePair(textOf, 'chpasswd', 'password');
	requirePair(textOf, 'chprmssns', 'prmssns');
	if (textOf('password') === '') throw badArgument('password', '1..16 bytes UTF-8');
}

/** A value counts only with its switch on, and a switch without one would change it to nothing. */
function requirePair(textOf: TextOf, change: string, value: string): void {
	const isChanged = textOf(change) === '1';
	if (isChanged && textOf(value) === undefined) throw badArgument(value, `${change}=1, ${value}`);
	if (!isChanged && textOf(value) !== undefined) throw badArgument(change, '1');
}
