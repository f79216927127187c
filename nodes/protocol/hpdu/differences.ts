/** What a PDU says it holds after a write, beside what was sent. It may have cut a text or rounded a number. */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import type { Entry } from './encode-values.js';
import { fieldOf, isSecret } from './fields.js';
import type { Form } from './form.js';
import { type Channels, decodeValues, parseScalar, type Scalar } from './values.js';

/** Two values that should be one. Those of a secret are both asterisks. */
export interface Difference {
	readonly sent: Scalar;
	readonly stored: Scalar;
}

export interface Echo {
	/** What the PDU now holds, under the keys that the flow gave, without secrets. */
	readonly stored: Record<string, Scalar | Channels>;
	/** By key, `stinnm_2`; empty where all is as it was sent. */
	readonly differences: Record<string, Difference>;
	/** Keys of which the PDU said nothing. Not the secrets: these it may keep to itself. */
	readonly missing: string[];
	/** What it told beside that, under its own keys. */
	readonly extra: Record<string, Scalar>;
	/** Keys whose value is text though their type is a number's. */
	readonly unparsed: string[];
}

const HIDDEN = '***';

/**
 * Compares what was sent with what an answer echoes, by type: 16 is 16.00, text is compared without control characters,
 * an address is the same however it is spelled.
 * Source: WEBAPI, "POST /register/<mnemonic>" (a value may be cut, and the answer tells what is stored).
 */
export function compareEcho(entries: readonly Entry[], form: Form): Echo {
	const targets = entries.map((entry) => entry.target);
	const { extra, unparsed } = decodeValues(targets, form);
	const stored = new Map<string, Scalar | Channels>();
	const differences = new Map<string, Difference>();
	const missing: string[] = [];
	for (const entry of entries) {
		const { key, target, text } = entry;
		const echoed = echoOf(entry, entries, form);
		const secret = isSecret(key);
		if (echoed === undefined) {
			if (!secret) missing.push(key);
			continue;
		}
		const [sent, value] = [read(target.mnemonic, text), read(target.mnemonic, echoed)];
		if (normal(target.mnemonic, sent) !== normal(target.mnemonic, value)) {
			differences.set(key, secret ? { sent: HIDDEN, stored: HIDDEN } : { sent, stored: value });
		}
		if (!secret) keep(stored, entry, value);
	}
	const results = { stored: Object.fromEntries(stored), differences: Object.fromEntries(differences) };
	return { ...results, missing, extra, unparsed };
}

/** A PDU that was sent one channel may answer under the bare mnemonic. */
function echoOf({ key, target }: Entry, entries: readonly Entry[], form: Form): string | undefined {
	const echoed = form.get(key);
	if (echoed !== undefined || target.channel === undefined) return echoed;
	const bare = form.get(target.mnemonic);
	if (bare === undefined) return undefined;
	return entries.filter((entry) => entry.target.mnemonic === target.mnemonic).length === 1 ? bare : undefined;
}

function read(mnemonic: string, text: string): Scalar {
	return parseScalar(mnemonic, text) ?? text;
}

function keep(stored: Map<string, Scalar | Channels>, { key, given, target }: Entry, value: Scalar): void {
	if (given === key || target.channel === undefined) stored.set(given, value);
	else {
		const channels = stored.get(given);
		if (typeof channels === 'object') channels[target.channel] = value;
		else stored.set(given, { [target.channel]: value });
	}
}

/** A value in the one spelling by which it is compared. */
function normal(mnemonic: string, value: Scalar): Scalar {
	if (typeof value === 'number') return value;
	switch (fieldOf(mnemonic)?.type) {
		case 'ipv4':
			return isIPv4(value) ? value : value.replace(/\b0+(?=\d)/g, '');
		case 'ipv6':
			return isIPv6(value) ? new SocketAddress({ address: value, family: 'ipv6' }).address : value;
		case 'mac':
			return value.toLowerCase().replaceAll(/[:-]/g, '');
		default:
			return value;
	}
}
