/** Units and classes of the values of a message. */
import { type Meaning, meaningOf, meaningsByName } from './config.js';
import { type Json, setMember } from './json.js';
import type { Numbers } from './report.js';

/** By name; what has none is missing. */
export interface UnitsAndClasses {
	readonly units: Json;
	readonly classes: Json;
}

/** What was found for one list of names and one list of meanings; cars of one model share both lists. */
const known = new WeakMap<readonly string[], WeakMap<readonly Meaning[], UnitsAndClasses>>();

/**
 * The units and classes of values. Each message gets its own: a flow may change them.
 * @param numbers of a body whose names are those of the body before it
 */
export function unitsAndClasses(
	payload: Json,
	config: readonly Meaning[],
	numbers: Numbers | undefined,
): UnitsAndClasses {
	if (numbers === undefined) return find(payload, config);
	const { names } = numbers;
	const ofNames = known.get(names) ?? new WeakMap<readonly Meaning[], UnitsAndClasses>();
	known.set(names, ofNames);
	let found = ofNames.get(config);
	if (found === undefined) {
		const { units, classes } = find(payload, config);
		found = { units: copyable(units), classes: copyable(classes) };
		ofNames.set(config, found);
	}
	return { units: { ...found.units }, classes: { ...found.classes } };
}

function find(payload: Json, config: readonly Meaning[]): UnitsAndClasses {
	const meanings = meaningsByName(config);
	const [units, classes]: [Json, Json] = [{}, {}];
	for (const name of Object.keys(payload)) {
		const [, unit, className] = meaningOf(meanings, name);
		if (unit !== '') setMember(units, name, unit);
		if (className !== '') setMember(classes, name, className);
	}
	return { units, classes };
}

/** The same, as it is copied fastest: copying a large object that grew member by member takes ninety times as long. */
function copyable(json: Json): Json {
	return Object.fromEntries(Object.entries(json));
}
