/** The layout of periodic POSTs: a car sends the same names in the same order, so that only the numbers need reading. */
import type { ReadableBody } from './body.js';
import type { Json } from './json.js';
import { positionInValues } from './position.js';
import type { Report } from './report.js';
import { Scanner } from './scanner.js';
import { SharedTables } from './shared.js';
import { sampleTime } from './values.js';

const OPENING = /\s*\{\s*"autopid_data"\s*:\s*\{/y;
const MEMBER = /(\s*("(?:[^"\\]|\\.)*")\s*:\s*)("(?:[^"\\]|\\.)*"|-?[\d.eE+-]+|true|false|null)\s*([,}])/y;
const CLOSING = /\s*\}\s*$/y;
const CLOCK = 'timestamp';

/** Where a number of a body goes: its place among the values, the device's clock, or nowhere, as another follows. */
type Destination = number | 'clock' | 'nowhere';

/** What was found between the numbers of a body's text, and their names. */
interface Skeleton {
	/** One more than there are names. */
	readonly pieces: readonly string[];
	readonly names: readonly string[];
}

/** Takes the numbers out of a body that has flat `autopid_data` and nothing else; undefined for any other. */
function skeletonOf(text: string): Skeleton | undefined {
	const [pieces, names]: [string[], string[]] = [[], []];
	const others = new Set<string>();
	OPENING.lastIndex = 0;
	if (!OPENING.test(text)) return undefined;
	MEMBER.lastIndex = OPENING.lastIndex;
	let from = 0;
	for (let end = ','; end === ','; ) {
		const start = MEMBER.lastIndex;
		const match = MEMBER.exec(text);
		if (match === null) return undefined;
		const [, before = '', key = '', token = '', after = ''] = match;
		end = after;
		const name = String(JSON.parse(key));
		if (/^[-\d]/.test(token)) {
			pieces.push(text.slice(from, start + before.length));
			from = start + before.length + token.length;
			names.push(name);
		} else others.add(name);
	}
	// Of a name that stands twice the last one counts, and that may be no number.
	if (names.some((name) => others.has(name))) return undefined;
	CLOSING.lastIndex = MEMBER.lastIndex;
	return CLOSING.test(text) ? { pieces: [...pieces, text.slice(from)], names } : undefined;
}

/** Cars of one model share them; each switch that is on or off makes another one. */
const layouts = new SharedTables<Layout>(1000);

/** The layout of a periodic post: everything but its numbers. */
export class Layout {
	/** Values that are no numbers, and so the same in all bodies of this layout. */
	private readonly others: readonly (readonly [string, unknown])[];

	private constructor(
		/** The bytes between the numbers, all in one. */
		private readonly fixed: Buffer,
		/** Where in them the numbers stand. */
		private readonly gaps: readonly number[],
		private readonly destinations: readonly Destination[],
		private readonly names: readonly string[],
		private readonly payload: Json,
		private readonly example: Report,
	) {
		const isNumber = new Set(names);
		this.others = Object.entries(payload).filter(([name]) => !isNumber.has(name));
	}

	/** The layout of a body that was read; undefined for one whose report is not made of its values alone. */
	static of({ text }: ReadableBody, report: Report): Layout | undefined {
		const { payload, odd } = report;
		const skeleton = odd.length > 0 || Object.hasOwn(payload, '__proto__') ? undefined : skeletonOf(text);
		if (skeleton === undefined) return undefined;
		const pieces = skeleton.pieces.map((piece) => Buffer.from(piece));
		let length = 0;
		const gaps = pieces.slice(0, -1).map((piece) => {
			length += piece.length;
			return length;
		});
		// What is no value of the report (the clock, `_meta`) is passed over.
		const names = [...new Set(skeleton.names)].filter((name) => Object.hasOwn(payload, name));
		const places = new Map(names.map((name, place) => [name, place]));
		const last = new Map(skeleton.names.map((name, index) => [name, index]));
		const destinations = skeleton.names.map((name, index): Destination => {
			if (last.get(name) !== index) return 'nowhere';
			return name === CLOCK ? 'clock' : (places.get(name) ?? 'nowhere');
		});
		// Made of entries an object is copied many times as fast as it is when it was parsed. With a fraction for each
		// number, since V8 takes the square of their count to find out that what was whole so far need not be.
		const entries = Object.entries(payload).map(([name, value]) => [name, places.has(name) ? 0.5 : value]);
		const template: Json = Object.fromEntries(entries);
		const fixed = Buffer.concat(pieces);
		const make = () => new Layout(fixed, gaps, destinations, names, template, report);
		return layouts.get(`${gaps} ${fixed.toString('latin1')}`, make);
	}

	/** Reads a body of this layout; undefined if it is of another. */
	read(bytes: Buffer): Report | undefined {
		const { fixed, gaps, destinations, names } = this;
		const scanner = new Scanner(bytes, fixed);
		const values: number[] = new Array(names.length).fill(0.5);
		// A clock that is no number is part of the layout, and tells the same time in each body of it.
		let { sampledAt } = this.example;
		for (let index = 0; index < destinations.length; index++) {
			if (!scanner.passFixed(gaps[index] ?? 0) || !scanner.takeNumber()) return undefined;
			const destination = destinations[index];
			if (typeof destination === 'number') values[destination] = scanner.number;
			else if (destination === 'clock') sampledAt = sampleTime(scanner.number);
		}
		if (!scanner.passFixed(fixed.length) || !scanner.isAtEnd) return undefined;
		const payload: Json = { ...this.payload };
		for (let place = 0; place < names.length; place++) payload[names[place] ?? ''] = values[place];
		return {
			...this.example,
			payload,
			position: positionInValues(payload),
			sampledAt,
			numbers: { names, values, others: this.others },
		};
	}
}
