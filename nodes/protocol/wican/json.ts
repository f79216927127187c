/** What parsed JSON is, and a list of what was not as it should be. */
import { survey } from './duplicates.js';

/** An object of parsed JSON. Its names are a stranger's: they may be those of anything in JavaScript. */
export type Json = Record<string, unknown>;

export function isRecord(value: unknown): value is Json {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets a member of its own, whatever its name: `__proto__` too is only a name. */
export function setMember(target: object, name: string, value: unknown): void {
	if (name !== '__proto__') (target as Json)[name] = value;
	else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/** A member of its own, undefined where it is inherited or missing. */
export function member(source: Json, name: string): unknown {
	return Object.hasOwn(source, name) ? source[name] : undefined;
}

/** Deeper values could break what recurses over them, here or in a flow. */
const MAX_DEPTH = 32;

export function isTooDeep(value: unknown): boolean {
	return typeof value === 'object' && survey(value).depth > MAX_DEPTH;
}

/** The names of what was left out, for the message; never their values. */
export class Oddities {
	private readonly found = new Set<string>();

	/** @param max more names than this are not noted: they would only repeat themselves */
	constructor(private readonly max = 50) {}

	add(name: string): void {
		if (this.found.size < this.max) this.found.add(name.slice(0, 120));
	}

	get names(): string[] {
		return [...this.found];
	}
}
