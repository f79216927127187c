/** Units and classes of parameters, from both forms of `config`. */
import { isRecord, type Json, type Oddities } from './json.js';
import { GPS_UNITS } from './position.js';
import { SharedTables } from './shared.js';

/** What is known of a parameter. A unit or class that is not known is the empty string. */
export type Meaning = readonly [name: string, unit: string, className: string];

/** What parameters mean, by name. */
export type Meanings = ReadonlyMap<string, Meaning>;

/** Deeper groups of parameters than this are not looked into. */
const MAX_DEPTH = 4;

/** Tables of parameters in the `config` of firmware 6. */
const TABLES = ['pids', 'filters'];

/** Longer names, units and classes than any device has would fill the store, and be written again with each change. */
const LONGEST = { name: 255, word: 64 };

/** Firmware 6 cuts names to this many bytes in its values, but not in its tables. */
const CUT = 31;

/**
 * Reads `config` of a first POST: a table of names (firmware 4), or the device's own tables of PIDs and CAN filters
 * (firmware 6). What is not as it should be is left out and named.
 * Source: WiCAN documentation, "What the HTTPS Destination Does"; the tables are those of firmware v6.
 */
export function readConfig(config: Json, odd: Oddities): Meaning[] {
	const meanings: Meaning[] = [];
	if ([config.groups, ...TABLES.map((name) => config[name])].some(Array.isArray)) {
		for (const table of tablesOf(config)) readTable(table, config[table], meanings, odd);
	} else {
		readNames('config', config, MAX_DEPTH, meanings, odd);
	}
	return meanings;
}

/** The tables that firmware 6 has, and others that may come: those of J1939, for example. */
function tablesOf(config: Json): string[] {
	const hasParameters = (row: unknown): boolean => isRecord(row) && row.parameters !== undefined;
	const isTable = (table: unknown): boolean => Array.isArray(table) && table.some(hasParameters);
	const others = Object.keys(config).filter((name) => !TABLES.includes(name) && isTable(config[name]));
	return [...TABLES, ...others];
}

/** `{ SOC: { class: "battery", unit: "%" } }`, also in groups. */
function readNames(path: string, names: Json, depth: number, meanings: Meaning[], odd: Oddities): void {
	for (const name of Object.keys(names)) {
		const entry = names[name];
		if (!isRecord(entry)) odd.add(`${path}.${name}`);
		else if (isGroup(entry) && depth > 1) readNames(`${path}.${name}`, entry, depth - 1, meanings, odd);
		else addMeaning(`${path}.${name}`, name, entry, meanings, odd);
	}
}

/** A group holds parameters and nothing else; a parameter may hold anything, but hardly only objects. */
function isGroup(entry: Json): boolean {
	const members = Object.values(entry);
	return members.length > 0 && members.every(isRecord);
}

/** `[{ parameters: [{ name, unit, class, … }] }]`. */
function readTable(name: string, table: unknown, meanings: Meaning[], odd: Oddities): void {
	if (table === undefined) return;
	if (!Array.isArray(table)) {
		odd.add(`config.${name}`);
		return;
	}
	for (const row of table) {
		const parameters = isRecord(row) ? row.parameters : null;
		if (isRecord(parameters)) readNames(`config.${name}`, parameters, 1, meanings, odd);
		else if (Array.isArray(parameters)) for (const one of parameters) readRow(name, one, meanings, odd);
		else if (parameters !== undefined) odd.add(`config.${name}`);
	}
}

function readRow(table: string, parameter: unknown, meanings: Meaning[], odd: Oddities): void {
	const name = isRecord(parameter) ? parameter.name : undefined;
	if (!isRecord(parameter) || typeof name !== 'string') odd.add(`config.${table}`);
	else addMeaning(`config.${table}.${name}`, name, parameter, meanings, odd);
}

function addMeaning(path: string, name: string, entry: Json, meanings: Meaning[], odd: Oddities): void {
	if (name.length > LONGEST.name) odd.add(path);
	else
		meanings.push([name, wordOf(entry.unit, `${path}.unit`, odd), wordOf(entry.class, `${path}.class`, odd)]);
}

/** The unit and class that stand beside a value itself; undefined where neither does. */
export function meaningBeside(name: string, entry: Json, path: string, odd: Oddities): Meaning | undefined {
	const found: Meaning[] = [];
	addMeaning(path, name, entry, found, odd);
	return found.find(([, unit, className]) => unit !== '' || className !== '');
}

/** As sent, but for the word with which the device says that there is none. */
function wordOf(value: unknown, path: string, odd: Oddities): string {
	if (value === undefined || value === null) return '';
	const word = typeof value === 'string' ? value.trim() : undefined;
	if (word === undefined || word.length > LONGEST.word) {
		odd.add(path);
		return '';
	}
	return word.toLowerCase() === 'none' ? '' : word;
}

/**
 * What was known, brought up to date; undefined where nothing is new. A newer word for a name replaces the older one,
 * but a name that is not mentioned stays known: some firmware sends only the table that has changed.
 * @param max names that are kept; of more only the news are
 */
export function updatedMeanings(
	known: readonly Meaning[],
	news: readonly Meaning[],
	max: number,
): readonly Meaning[] | undefined {
	const index = meaningsByName(known);
	if (news.every((meaning) => isSame(meaning, index.get(meaning[0])))) return undefined;
	const latest = new Map(news.map((meaning) => [meaning[0], meaning]));
	if ([...latest.values()].every((meaning) => isSame(meaning, index.get(meaning[0])))) return undefined;
	const merged = new Map(known.map((meaning) => [meaning[0], meaning]));
	for (const [name, meaning] of latest) merged.set(name, meaning);
	return [...(merged.size > max ? latest : merged).values()].slice(0, max);
}

function isSame([name, unit, className]: Meaning, other: Meaning | undefined): boolean {
	return other !== undefined && name === other[0] && unit === other[1] && className === other[2];
}

const indexes = new WeakMap<readonly Meaning[], Meanings>();

/** Meanings by name, also by the names that firmware 6 has cut; made once for each list. */
export function meaningsByName(list: readonly Meaning[]): Meanings {
	const known = indexes.get(list);
	if (known !== undefined) return known;
	const index = new Map<string, Meaning>();
	for (const meaning of list) {
		const cut = cutName(meaning[0]);
		if (cut === meaning[0]) continue;
		const other = index.get(cut);
		const isClear = other === undefined || (other[1] === meaning[1] && other[2] === meaning[2]);
		index.set(cut, isClear ? meaning : [cut, '', '']);
	}
	for (const meaning of list) index.set(meaning[0], meaning);
	indexes.set(list, index);
	return index;
}

/** The meaning of one value. Those of a GPS receiver stand in no config. */
export function meaningOf(meanings: Meanings, name: string): Meaning {
	const [, unit, className] = meanings.get(name) ?? [name, '', ''];
	return [name, unit || (GPS_UNITS.get(name) ?? ''), className];
}

/** The cut may go through a character; its rest is then decoded as it is in a body. */
function cutName(name: string): string {
	if (name.length * 3 <= CUT) return name;
	const bytes = Buffer.from(name);
	return bytes.length <= CUT ? name : bytes.toString('utf8', 0, CUT);
}

/** More models than anybody has. */
const lists = new SharedTables<readonly Meaning[]>(500);

/** The same list, once for all cars that have it. */
export function shared(list: readonly Meaning[]): readonly Meaning[] {
	return lists.get(JSON.stringify(list), () => list);
}
