/** The measured values of a body, typed and flat. */
import { type Meaning, meaningBeside } from './config.js';
import { isRecord, isTooDeep, type Json, member, type Oddities, setMember } from './json.js';

/** Groups in groups deeper than this are not looked into. */
const MAX_DEPTH = 8;

/** In seconds: a device without the time counts from its own start. 2020-01-01. */
const FIRST_SENSIBLE_TIME = 1_577_836_800;
/** From here on a time can only be meant in milliseconds. */
const FIRST_IN_MILLISECONDS = 100_000_000_000;

/** The last moment that a date can hold, in milliseconds. */
const LAST_TIME = 8.64e15;

/** The values of one body. */
export interface Values {
	/** By name, as the message's payload holds them. */
	readonly payload: Json;
	/** The device's own time as it sent it. */
	readonly timestamp: unknown;
	/** Names that stood in more than one group. */
	readonly repeated: readonly string[];
	/** Units and classes that stood beside the values themselves. */
	readonly meanings: readonly Meaning[];
}

/** What some firmware says of the age of its values; it is no value. */
const META = '_meta';
/** What may stand beside `value` where each value is an object. */
const BESIDE_VALUE = new Set(['value', 'unit', 'class', 'name', 'timestamp', 'age', 'stale', 'min', 'max']);

/**
 * Decimal text only. With a bare exponent it might be two hexadecimal bytes, `12E4`, and a number too long to be
 * kept exactly is an identifier. A digit can belong to one part only: a choice would cost a long text its square.
 */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;
const WITH_EXPONENT = /^[+-]?(?:\d+\.\d*[eE][+-]?\d+|\d+[eE][+-]\d+)$/;

/** A number for numeric text, all else as it is; undefined for what is no value (null, no finite number). */
export function typed(value: unknown): unknown {
	if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
	if (typeof value === 'string') return numberOf(value) ?? value;
	return value ?? undefined;
}

/** The number that a text stands for, if it does. */
export function numberOf(text: string): number | undefined {
	if (!DECIMAL.test(text) && !WITH_EXPONENT.test(text)) return undefined;
	const number = Number(text);
	const isExact = text.length < 16 || text.includes('.') || Number.isSafeInteger(number);
	return Number.isFinite(number) && isExact ? number : undefined;
}

/** Milliseconds since the epoch, of a time in seconds after 2020; undefined for a clock that is not set. */
export function sampleTime(timestamp: unknown): number | undefined {
	const time = typed(timestamp);
	if (typeof time !== 'number' || time <= FIRST_SENSIBLE_TIME) return undefined;
	const milliseconds = Math.round(time < FIRST_IN_MILLISECONDS ? time * 1000 : time);
	return milliseconds <= LAST_TIME ? milliseconds : undefined;
}

/**
 * Takes the values out of the parsed `autopid_data`, whose object becomes the payload where it is flat already.
 * @param clockName the member that is the device's time and no value
 */
export function readValues(data: Json, clockName: string, odd: Oddities): Values {
	for (const name in data) {
		const value = data[name];
		if (typeof value === 'object' && value !== null) return new Collection(clockName, odd).of(data);
	}
	const timestamp = data[clockName];
	delete data[clockName];
	delete data[META];
	for (const name in data) {
		const value = data[name];
		if (typeof value === 'number' && Number.isFinite(value)) continue;
		const result = typed(value);
		if (result === undefined) {
			if (value !== null) odd.add(`autopid_data.${name}`);
			delete data[name];
		} else if (result !== value) setMember(data, name, result);
	}
	return { payload: data, timestamp, repeated: [], meanings: [] };
}

/** Whether an object is one value with its unit: `{ value: 2150, unit: "rpm" }`, and not a group with a value of that name. */
function isValueObject(entry: Json): boolean {
	if (!Object.hasOwn(entry, 'value') || isRecord(entry.value)) return false;
	if (typeof member(entry, 'unit') === 'string' || typeof member(entry, 'class') === 'string') return true;
	return Object.keys(entry).every((name) => BESIDE_VALUE.has(name) || name === META);
}

/** The members that hold the label and the values of a group: `{ group: "Engine", pids: { RPM: 2150 } }`. */
const [LABEL, LABELLED] = ['group', 'pids'];

/** Whether `group` is the label of a group and no value. @param isListed whether it is one of a list of groups */
function hasLabel(entry: Json, isListed: boolean): boolean {
	if (typeof member(entry, LABEL) !== 'string') return false;
	return isListed || typeof member(entry, LABELLED) === 'object';
}

/** Values that come in groups, or each as an object. */
class Collection implements Values {
	readonly payload: Json = {};
	readonly meanings: Meaning[] = [];
	timestamp: unknown;
	private readonly again = new Set<string>();

	constructor(
		private readonly clockName: string,
		private readonly odd: Oddities,
	) {}

	get repeated(): string[] {
		return [...this.again];
	}

	of(data: Json): Values {
		this.collect(data, MAX_DEPTH, false);
		return this;
	}

	private collect(group: Json, depth: number, isListed: boolean): void {
		const isLabelled = hasLabel(group, isListed);
		for (const name of Object.keys(group)) {
			const value = group[name];
			if (name === this.clockName) this.timestamp = value;
			else if (isLabelled && name === LABELLED && Array.isArray(value))
				this.descend(name, value, depth, true);
			else if (name !== META && !(isLabelled && name === LABEL)) this.take(name, value, depth);
		}
	}

	private take(name: string, value: unknown, depth: number): void {
		if (isRecord(value) && isValueObject(value)) this.addObject(name, value);
		else if (isRecord(value)) this.descend(name, [value], depth, false);
		else if (Array.isArray(value) && value.some(isRecord)) this.descend(name, value, depth, true);
		else this.add(name, value);
	}

	private addObject(name: string, entry: Json): void {
		this.add(name, entry.value);
		const meaning = meaningBeside(name, entry, `autopid_data.${name}`, this.odd);
		if (meaning !== undefined) this.meanings.push(meaning);
	}

	private descend(name: string, groups: readonly unknown[], depth: number, isListed: boolean): void {
		for (const group of groups) {
			if (isRecord(group) && isValueObject(group) && typeof group.name === 'string')
				this.addObject(group.name, group);
			else if (isRecord(group) && depth > 1) this.collect(group, depth - 1, isListed);
			else this.odd.add(`autopid_data.${name}`);
		}
	}

	private add(name: string, value: unknown): void {
		const result = typed(value);
		if (result === undefined || isTooDeep(result)) {
			if (value !== null) this.odd.add(`autopid_data.${name}`);
			return;
		}
		if (Object.hasOwn(this.payload, name)) this.again.add(name);
		setMember(this.payload, name, result);
	}
}
