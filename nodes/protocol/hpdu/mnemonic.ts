/** The names by which registers and their channels are asked for: `imcrac`, `stolnm_30`. */
import { ProtocolError } from '../common/errors.js';
import { registerOf } from './registers.js';

/** A register, or one channel of it. Channels count from 1. */
export interface Target {
	readonly mnemonic: string;
	readonly channel?: number;
}

/** No table knows every firmware, so any word is a mnemonic that can't be anything else in a path or a form. */
const MNEMONIC = /^[A-Za-z0-9]{1,32}$/;
const CHANNEL = /^[1-9]\d{0,4}$/;

/** Whether a text can be a mnemonic, known or not, without a channel. */
export function isMnemonic(text: string): boolean {
	return MNEMONIC.test(text);
}

/** A target as it is written in paths, forms and flat values: `imcrac`, `stolnm_30`. */
export function keyOf({ mnemonic, channel }: Target): string {
	return channel === undefined ? mnemonic : `${mnemonic}_${channel}`;
}

/** The channel that a key names for a mnemonic, undefined where it names none in just this form. */
export function channelOf(digits: string): number | undefined {
	return CHANNEL.test(digits) ? Number(digits) : undefined;
}

/**
 * Reads `imcrac` or `stolnm_30`. Source: WEBAPI, "Multi-channel mnemonic construction".
 * @throws ProtocolError `hpdu-bad-argument` for what is no mnemonic, or a channel that is no whole number from 1 or one
 * that the register, if it is known, does not have
 */
export function parseTarget(text: string): Target {
	const given = text.trim();
	const cut = given.indexOf('_');
	const mnemonic = cut < 0 ? given : given.slice(0, cut);
	if (!isMnemonic(mnemonic)) throw badArgument(given, 'stdvnm, stolnm_30');
	return cut < 0 ? { mnemonic } : { mnemonic, channel: parseChannel(mnemonic, given.slice(cut + 1)) };
}

/**
 * Checks a channel of a register.
 * @throws ProtocolError `hpdu-bad-argument`
 */
export function parseChannel(mnemonic: string, digits: string): number {
	const channel = channelOf(digits);
	const last = registerOf(mnemonic)?.channels;
	if (channel !== undefined && channel <= (last ?? channel)) return channel;
	throw badArgument(`${mnemonic}_${digits}`, `${mnemonic}_1..${last ?? 'n'}`);
}

/**
 * Reads a list, `"stdvnm imcrac, stolnm_30"` or an array of such texts. What stands twice is taken once, and a channel of a
 * register that stands there as a whole is part of that.
 * @throws ProtocolError `hpdu-bad-argument`, also for a list of none
 */
export function parseTargets(list: unknown): Target[] {
	const texts = typeof list === 'string' ? [list] : Array.isArray(list) ? list : [undefined];
	const targets = new Map<string, Target>();
	for (const text of texts) {
		if (typeof text !== 'string') throw badArgument('registers', 'stdvnm imcrac stolnm_30');
		for (const word of text.split(/[\s,;]+/)) {
			if (word === '') continue;
			const target = parseTarget(word);
			targets.set(keyOf(target), target);
		}
	}
	if (targets.size === 0) throw badArgument('registers', 'stdvnm imcrac stolnm_30');
	return [...targets.values()].filter(
		({ mnemonic, channel }) => channel === undefined || !targets.has(mnemonic),
	);
}

/** A refusal that says what was wrong and what would be right, and never the value. */
export function badArgument(argument: string, expected: string): ProtocolError {
	return new ProtocolError('hpdu-bad-argument', { argument: argument.slice(0, 40), expected });
}
