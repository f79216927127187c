/**
 * Names that stand twice in one object. The firmware writes such JSON (some vehicle profiles name two parameters
 * alike), and JSON.parse keeps only the last without a word.
 */

/** How much there is in a parsed value. */
export interface Survey {
	/** Members of all objects together. */
	readonly keys: number;
	/** Levels of objects and arrays: 0 for a number, 1 for `{}`, 2 for `{"a":[]}`. */
	readonly depth: number;
}

/** Measures parsed JSON. Level by level instead of by recursion: a body may be nested deeper than the call stack. */
export function survey(value: unknown): Survey {
	let keys = 0;
	let depth = 0;
	let level: object[] = [];
	collect(value, level);
	while (level.length > 0) {
		depth++;
		const below: object[] = [];
		for (const container of level) keys += lookInto(container, below);
		level = below;
	}
	return { keys, depth };
}

/** Collects the objects and arrays in a container, and counts its members if it is an object. */
function lookInto(container: object, found: object[]): number {
	if (Array.isArray(container)) {
		for (const item of container) collect(item, found);
		return 0;
	}
	let keys = 0;
	// Parsed JSON inherits nothing that could be enumerated, and this makes no list of the names.
	for (const name in container) {
		collect((container as Record<string, unknown>)[name], found);
		keys++;
	}
	return keys;
}

function collect(value: unknown, found: object[]): void {
	if (typeof value === 'object' && value !== null) found.push(value);
}

/**
 * The names that stand more than once within one object of a JSON text, at any depth, in the order of their first
 * occurrence there, each once. Names are compared as JSON means them: `"\u0041"` is `"A"`.
 * @param text valid JSON
 * @param parsed what JSON.parse made of it
 * @param skip members of the outermost object whose inside is not looked at
 */
export function duplicateNames(
	text: string,
	parsed: unknown,
	skip: ReadonlySet<string> = new Set(),
): string[] {
	// Most bodies have none, which the numbers tell at a fraction of the time that a search takes.
	return countKeys(text) === survey(parsed).keys ? [] : new Search(text, skip).run();
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** At least the number of keys in a text: a string that holds `":` counts too much, which only costs a search. */
function countKeys(text: string): number {
	let count = 0;
	for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', colon + 1)) {
		let before = colon - 1;
		while (isSpace(text.charCodeAt(before))) before--;
		if (text.charCodeAt(before) === QUOTE) count++;
	}
	return count;
}

function isSpace(code: number): boolean {
	return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Walks a text with a stack of its own, since a body may be nested deeper than the call stack. */
class Search {
	/** For each object and array that is open: the names so far, if any, with where each stood first. */
	private readonly open: (Map<string, number> | undefined)[] = [];
	/** Where each name that was repeated stood first. */
	private readonly found = new Map<string, number>();
	private skipping = false;

	constructor(
		private readonly text: string,
		private readonly skip: ReadonlySet<string>,
	) {}

	run(): string[] {
		for (let at = 0; at < this.text.length; ) at = this.step(at);
		return [...this.found].sort(([, one], [, other]) => one - other).map(([name]) => name);
	}

	/** Takes in what begins here and gives the index behind it. */
	private step(at: number): number {
		const code = this.text.charCodeAt(at);
		if (code === QUOTE) return this.string(at);
		if (code === OPEN_BRACE || code === OPEN_BRACKET) this.open.push(undefined);
		else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) this.open.pop();
		return at + 1;
	}

	private string(at: number): number {
		const end = stringEnd(this.text, at);
		if (isKey(this.text, end)) this.key(nameOf(this.text.slice(at, end)), at);
		return end;
	}

	private key(name: string, at: number): void {
		const outermost = this.open.length === 1;
		if (outermost) this.skipping = this.skip.has(name);
		if (this.skipping && !outermost) return;
		const names = this.open.at(-1) ?? new Map<string, number>();
		this.open[this.open.length - 1] = names;
		const first = names.get(name);
		if (first === undefined) names.set(name, at);
		else this.found.set(name, Math.min(first, this.found.get(name) ?? first));
	}
}

/** The index behind the closing quote of the string that opens here; behind the text if there is none. */
function stringEnd(text: string, start: number): number {
	let end = text.indexOf('"', start + 1);
	while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
	return end < 0 ? text.length : end + 1;
}

/** Whether an odd number of backslashes precedes. */
function isEscaped(text: string, at: number): boolean {
	let before = at - 1;
	while (text.charCodeAt(before) === BACKSLASH) before--;
	return (at - before) % 2 === 0;
}

/** Only a key is followed by a colon. */
function isKey(text: string, end: number): boolean {
	let next = end;
	while (isSpace(text.charCodeAt(next))) next++;
	return text[next] === ':';
}

function nameOf(quoted: string): string {
	return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}
