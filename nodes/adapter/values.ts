/** Values as flows hold them: numbers as text, blanks for defaults, TypedInputs. */
import { ProtocolError } from '../protocol/common/errors.js';
import { textOf } from '../protocol/common/text.js';
import type { Message, Node, NodeConfig, NodeRed } from './node-red.js';

/** A text property, blank where it is missing. */
export function text(config: NodeConfig, property: string): string {
	const value = config[property];
	return value === undefined || value === null ? '' : textOf(value).trim();
}

/** One of a list of words; the first one where the property is blank. @throws ProtocolError `config-invalid` */
export function oneOf<T extends string>(
	config: NodeConfig,
	property: string,
	words: readonly [T, ...T[]],
): T {
	const value = text(config, property);
	if (value === '') return words[0];
	const word = words.find((candidate) => candidate === value);
	if (word === undefined) throw invalid(property, value, words.join(', '));
	return word;
}

/** The bounds of a number property. */
export interface NumberRange {
	readonly min: number;
	readonly max: number;
	/** What a blank property means. */
	readonly blank: number;
	/** For what has no fractions, such as a port. */
	readonly isWhole?: boolean;
}

/** A number property, parsed at run time since an environment variable may stand in it. @throws `config-invalid` */
export function number(config: NodeConfig, property: string, range: NumberRange): number {
	const { min, max, blank, isWhole = false } = range;
	const value = text(config, property);
	if (value === '') return blank;
	const parsed = Number(value);
	const isNumber = isWhole ? Number.isInteger(parsed) : Number.isFinite(parsed);
	if (isNumber && parsed >= min && parsed <= max) return parsed;
	throw invalid(property, value, `${min}..${max}`);
}

/** A checkbox; an environment variable may give it as text. */
export function flag(config: NodeConfig, property: string): boolean {
	return config[property] === true || text(config, property) === 'true';
}

/** A path below an endpoint's; a slash in front may be missing. @throws ProtocolError `config-invalid` */
export function urlPath(config: NodeConfig, property: string, blank: string): string {
	const value = text(config, property) || blank;
	const path = value.startsWith('/') ? value : `/${value}`;
	if (/[\s?#]|\/\.\.?(?:\/|$)/.test(path)) throw invalid(property, value, '/path');
	return path;
}

/** The value of a TypedInput for a message. @throws ProtocolError `config-invalid` when it can't be evaluated */
export function typedValue(
	RED: NodeRed,
	node: Node,
	property: { readonly name: string; readonly value: unknown; readonly type: string },
	msg: Message,
): Promise<unknown> {
	return new Promise((resolve, reject) => {
		const fail = (error: unknown) => {
			const reason = error instanceof Error ? error.message : String(error);
			reject(
				new ProtocolError('config-invalid', { property: property.name, value: '', expected: reason }, error),
			);
		};
		try {
			RED.util.evaluateNodeProperty(property.value, property.type, node, msg, (error, value) =>
				error ? fail(error) : resolve(value),
			);
		} catch (error) {
			fail(error);
		}
	});
}

function invalid(property: string, value: string, expected: string): ProtocolError {
	return new ProtocolError('config-invalid', { property, value: value.slice(0, 80), expected });
}
