/** What differs from one POST to the next. */
import { type Json, setMember } from './json.js';
import type { Position } from './position.js';
import type { Numbers } from './report.js';

/** The values of a vehicle as they were last seen. */
export class Changes {
	private readonly last = new Map<string, unknown>();
	/** Characters of all names and values. */
	private size = 0;
	private lastPosition = '';
	/** Newer than those in `last`, where the last body was like others of its car. */
	private newest: Numbers | undefined;

	/**
	 * More than this is forgotten, all at once: no car has as much.
	 * @param max names
	 * @param maxSize characters of names and values together
	 * @param ignores names whose values are not compared
	 */
	constructor(
		private readonly max = 20_000,
		private readonly maxSize = 4 << 20,
		private readonly ignores: (name: string) => boolean = () => false,
	) {}

	/** Whether anything is known to compare with. */
	get isEmpty(): boolean {
		return this.last.size === 0 && this.newest === undefined;
	}

	/** Only those values that differ from the last ones; they are the last ones from now on. */
	among(payload: Json): Json {
		this.settle();
		const changed: Json = {};
		for (const name in payload) if (this.note(name, payload[name])) setMember(changed, name, payload[name]);
		return changed;
	}

	/** Whether any value differs from the last ones; they are the last ones from now on. */
	hasAny(payload: Json, numbers?: Numbers): boolean {
		const { newest, ignores } = this;
		if (numbers !== undefined && newest?.names === numbers.names) {
			this.newest = numbers;
			const { names, values } = numbers;
			return values.some((value, place) => value !== newest.values[place] && !ignores(names[place] ?? ''));
		}
		this.settle();
		let any = false;
		for (const name in payload) if (this.note(name, payload[name])) any = true;
		if (numbers !== undefined && this.last.size > 0 && this.isCoveredBy(payload)) {
			// Thousands of cars need not hold their values twice.
			this.last.clear();
			this.size = 0;
			this.newest = numbers;
		}
		return any;
	}

	/** The position if it differs from the last one. */
	ofPosition(position: Position | undefined): Position | undefined {
		if (position === undefined) return undefined;
		const text = JSON.stringify(position);
		if (text === this.lastPosition) return undefined;
		this.lastPosition = text;
		return position;
	}

	/** The last values as text, the same whatever the order in which they came. */
	describe(): string {
		this.settle();
		return JSON.stringify([...this.last].sort(([one], [other]) => (one < other ? -1 : 1)));
	}

	/** Takes the newest values over into the others. */
	private settle(): void {
		const { newest } = this;
		this.newest = undefined;
		newest?.names.forEach((name, place) => void this.note(name, newest.values[place]));
		for (const [name, value] of newest?.others ?? []) this.note(name, value);
	}

	/** Whether each value that is known stands in this payload. */
	private isCoveredBy(payload: Json): boolean {
		for (const name of this.last.keys()) if (!Object.hasOwn(payload, name)) return false;
		return true;
	}

	private note(name: string, value: unknown): boolean {
		if (this.ignores(name)) return false;
		// What a template nests is compared as text; a flow may change the object that it was given.
		const plain = typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
		const isKnown = this.last.has(name);
		const before = this.last.get(name);
		if (isKnown && before === plain) return false;
		this.size += lengthOf(plain) + (isKnown ? -lengthOf(before) : name.length);
		if (this.size > this.maxSize || (!isKnown && this.last.size >= this.max)) {
			this.last.clear();
			this.size = name.length + lengthOf(plain);
		}
		this.last.set(name, plain);
		return true;
	}
}

function lengthOf(value: unknown): number {
	return typeof value === 'string' ? value.length : 0;
}
