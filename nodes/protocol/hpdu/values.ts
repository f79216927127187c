/** The values of an answer: typed, by mnemonic and channel. */
import { CONTROL_CHARACTERS, fieldOf, isSecret } from './fields.js';
import type { Form } from './form.js';
import { badArgument, channelOf, keyOf, type Target } from './mnemonic.js';

/** A number for int and fixed registers, else text. */
export type Scalar = number | string;

/** By channel, which counts from 1; a channel that did not come is missing. */
export type Channels = Record<number, Scalar>;

/** By mnemonic: `{ stdvnm: "SP_Rack_5", imcrac: { 1: 0.51, 2: 0.42, 3: 0.33 } }`. */
export type Values = Record<string, Scalar | Channels>;

/** How values are handed to a flow. */
export type ValueFormat = 'values' | 'flat' | 'value';

export interface DecodedValues {
	readonly values: Values;
	/** What came without being asked for, under the PDU's own keys: `{ imcrac_2: 0.42 }`. */
	readonly extra: Record<string, Scalar>;
	/** Keys whose value is text though their type is a number's. */
	readonly unparsed: string[];
	/** Keys that were asked for and did not come. */
	readonly missing: string[];
	/** Keys of secrets that came; their values are nowhere in this. */
	readonly withheld: string[];
}

/** The verdict of an answer, which is no value. */
const RESULT = 'result';

const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;

/** What a form holds of one mnemonic. */
interface Found<Texts = Map<number, string>> {
	bare: string | undefined;
	/** Channel and text, in the form's order. */
	readonly channels: Texts;
}

const NO_CHANNELS: ReadonlyMap<number, string> = new Map();

/**
 * Takes what was asked for out of an answer. A register asked for without a channel gives all channels that came, by
 * number, or one scalar where the PDU answered under the bare mnemonic. What does not parse as its type stays the text it
 * was. What is in no table is text.
 */
export function decodeValues(wanted: readonly Target[], form: Form): DecodedValues {
	const found = byMnemonic(form);
	const result = new Collector();
	const asked = new Map<string, (number | undefined)[]>();
	for (const { mnemonic, channel } of wanted) {
		const channels = asked.get(mnemonic);
		if (channels === undefined) asked.set(mnemonic, [channel]);
		else if (!channels.includes(channel)) channels.push(channel);
	}
	for (const [mnemonic, channels] of asked) {
		const entry = found.get(mnemonic) ?? { bare: undefined, channels: new Map() };
		if (channels.includes(undefined)) result.takeAll(mnemonic, entry);
		else
			result.takeChannels(
				mnemonic,
				entry,
				channels.filter((channel) => channel !== undefined),
			);
		found.delete(mnemonic);
	}
	for (const [mnemonic, entry] of found) if (mnemonic !== RESULT) result.addExtra(mnemonic, entry);
	return result.finish();
}

/** Takes all that came: what belongs to a group only the PDU knows. */
export function decodeGroup(form: Form): DecodedValues {
	const result = new Collector();
	for (const [mnemonic, entry] of byMnemonic(form)) {
		if (mnemonic !== RESULT) result.takeAll(mnemonic, entry);
	}
	return result.finish();
}

/** One value by its mnemonic; undefined for text that a number's type can't be read from. */
export function parseScalar(mnemonic: string, text: string): Scalar | undefined {
	const type = fieldOf(mnemonic)?.type;
	return type === 'int' || type === 'fixed' ? numberOf(type, text) : cleanText(text);
}

/** Text as it is meant to be read: up to the first NUL, without control characters. */
export function cleanText(text: string): string {
	if (!CONTROL_CHARACTERS.test(text)) return text;
	const end = text.indexOf('\0');
	return (end < 0 ? text : text.slice(0, end)).replace(ALL_CONTROL_CHARACTERS, '');
}

const ALL_CONTROL_CHARACTERS = new RegExp(CONTROL_CHARACTERS, 'g');

/**
 * Sees that a format suits what is asked for; to be called before anything is sent.
 * @throws ProtocolError `hpdu-bad-argument` for `value` with any but one register
 */
export function checkFormat(format: ValueFormat, wanted: readonly Target[]): void {
	if (format === 'value' && wanted.length !== 1) throw badArgument('registers', '1');
}

/**
 * Values as a flow wants them. `flat`: `{ stdvnm: "SP_Rack_5", imcrac_1: 0.51 }`. `value`: that of the one register
 * that was asked for, `{ channel: value }` for a repeated one; undefined where it did not come.
 * @throws ProtocolError `hpdu-bad-argument` for `value` with any but one register
 */
export function formatValues(format: ValueFormat, wanted: readonly Target[], values: Values): unknown {
	checkFormat(format, wanted);
	if (format === 'flat') return flatValues(values);
	const [target] = wanted;
	return format === 'values' || target === undefined ? values : singleValue(target, values);
}

/** `{ stdvnm: "SP_Rack_5", imcrac_1: 0.51, imcrac_2: 0.42 }` */
export function flatValues(values: Values): Record<string, Scalar> {
	const flat: [string, Scalar][] = [];
	for (const [mnemonic, value] of Object.entries(values)) {
		if (typeof value !== 'object') flat.push([mnemonic, value]);
		else for (const [channel, scalar] of Object.entries(value)) flat.push([`${mnemonic}_${channel}`, scalar]);
	}
	return Object.fromEntries(flat);
}

/** The value of one register, or of one channel; undefined where it did not come. */
export function singleValue({ mnemonic, channel }: Target, values: Values): Scalar | Channels | undefined {
	const value = Object.hasOwn(values, mnemonic) ? values[mnemonic] : undefined;
	return typeof value === 'object' && channel !== undefined ? value[channel] : value;
}

/** What an int or fixed register's text stands for; undefined where it is no decimal number. */
function numberOf(type: 'int' | 'fixed', text: string): number | undefined {
	const digits = text.trim();
	if (!(type === 'int' ? INTEGER : DECIMAL).test(digits)) return undefined;
	// Adding zero makes zero of its negative.
	const number = Number(digits) + 0;
	return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

/** A key with a channel belongs to its mnemonic, any other (`curr_page`) is a name of its own. */
function byMnemonic(form: Form): Map<string, Found> {
	const found = new Map<string, Found>();
	for (const [key, text] of form) {
		const cut = key.lastIndexOf('_');
		const channel = cut < 0 ? undefined : channelOf(key.slice(cut + 1));
		const mnemonic = channel === undefined ? key : key.slice(0, cut);
		let entry = found.get(mnemonic);
		if (entry === undefined) {
			entry = { bare: undefined, channels: new Map() };
			found.set(mnemonic, entry);
		}
		if (channel === undefined) entry.bare = text;
		else entry.channels.set(channel, text);
	}
	return found;
}

/** Puts a result together. Names are a stranger's until `fromEntries` makes own members of them. */
class Collector {
	private readonly values = new Map<string, Scalar | Channels>();
	private readonly extra = new Map<string, Scalar>();
	private readonly unparsed: string[] = [];
	private readonly missing: string[] = [];
	private readonly withheld: string[] = [];

	/** A register without a channel. */
	takeAll(mnemonic: string, { bare, channels }: Found): void {
		const isSingle = fieldOf(mnemonic)?.channels === 1;
		if (bare !== undefined && (isSingle || channels.size === 0)) {
			if (!this.withholds(mnemonic)) this.values.set(mnemonic, this.read(mnemonic, bare));
			this.addExtra(mnemonic, { bare: undefined, channels });
			return;
		}
		if (channels.size === 0) this.missing.push(mnemonic);
		else this.addChannels(mnemonic, channels);
		if (bare !== undefined) this.addExtra(mnemonic, { bare, channels: NO_CHANNELS });
	}

	/** Certain channels of a register. A PDU that was asked for one may answer under the bare mnemonic. */
	takeChannels(mnemonic: string, { bare, channels }: Found, wanted: readonly number[]): void {
		const [only] = wanted;
		const answersBare =
			bare !== undefined && wanted.length === 1 && only !== undefined && !channels.has(only);
		if (answersBare) channels.set(only, bare);
		const taken = new Map<number, string>();
		for (const channel of wanted) {
			const text = channels.get(channel);
			if (text === undefined) this.missing.push(keyOf({ mnemonic, channel }));
			else taken.set(channel, text);
			channels.delete(channel);
		}
		if (taken.size > 0) this.addChannels(mnemonic, taken);
		this.addExtra(mnemonic, { bare: answersBare ? undefined : bare, channels });
	}

	addExtra(mnemonic: string, { bare, channels }: Readonly<Found<ReadonlyMap<number, string>>>): void {
		if (bare !== undefined && !this.withholds(mnemonic)) this.extra.set(mnemonic, this.read(mnemonic, bare));
		for (const [channel, text] of channels) {
			const key = `${mnemonic}_${channel}`;
			if (!this.withholds(key)) this.extra.set(key, this.read(mnemonic, text, channel));
		}
	}

	finish(): DecodedValues {
		const { unparsed, missing, withheld } = this;
		const [values, extra] = [Object.fromEntries(this.values), Object.fromEntries(this.extra)];
		return { values, extra, unparsed, missing, withheld };
	}

	private addChannels(mnemonic: string, channels: ReadonlyMap<number, string>): void {
		if (isSecret(mnemonic)) {
			for (const channel of channels.keys()) this.withheld.push(`${mnemonic}_${channel}`);
			return;
		}
		const values: Channels = {};
		for (const [channel, text] of channels) values[channel] = this.read(mnemonic, text, channel);
		this.values.set(mnemonic, values);
	}

	private withholds(key: string): boolean {
		const secret = isSecret(key);
		if (secret) this.withheld.push(key);
		return secret;
	}

	private read(mnemonic: string, text: string, channel?: number): Scalar {
		const value = parseScalar(mnemonic, text);
		if (value !== undefined) return value;
		this.unparsed.push(channel === undefined ? mnemonic : `${mnemonic}_${channel}`);
		return text;
	}
}
