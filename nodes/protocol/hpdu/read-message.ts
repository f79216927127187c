/** What a flow reads of a PDU, as its message holds it. */
import type { PduClient } from './client.js';
import { scan } from './databus.js';
import { flowText } from './flow-text.js';
import { parseTargets } from './mnemonic.js';
import { readGroup, readRegisters, readRights } from './read.js';
import { registerInfo } from './registers.js';
import { parseUnit } from './unit.js';
import {
	checkFormat,
	type DecodedValues,
	decodeGroup,
	decodeValues,
	flatValues,
	formatValues,
	type ValueFormat,
} from './values.js';

/** What can be read. */
export const READ_KINDS = ['registers', 'group', 'readable', 'writable', 'scan'] as const;
export type ReadKind = (typeof READ_KINDS)[number];

/** What a flow wants to read; values come as a flow has them. */
export interface ReadWish {
	readonly read: ReadKind;
	/** A text of mnemonics or an array of such. */
	readonly registers: unknown;
	readonly group: unknown;
	/** Blank: the PDU itself. */
	readonly unit: unknown;
	readonly format: ValueFormat;
}

/** What goes into the message: its payload, and `msg.hpdu` but for what every action has. */
export interface Outcome {
	readonly payload: unknown;
	readonly unit: number;
	readonly requests: readonly string[];
	readonly facts: Readonly<Record<string, unknown>>;
}

const NO_REGISTERS = { registers: {}, extra: {}, missing: [] } as const;

type Read = (client: PduClient, wish: ReadWish, unit: number) => Promise<Omit<Outcome, 'unit'>>;

const READS: Readonly<Record<ReadKind, Read>> = {
	async registers(client, { registers, format }, unit) {
		const targets = parseTargets(registers);
		checkFormat(format, targets);
		const { form, requests, missing } = await readRegisters(client, targets, unit);
		const decoded = decodeValues(targets, form);
		const payload = formatValues(format, targets, decoded.values);
		return { payload, requests, facts: factsOf(decoded, missing) };
	},
	async group(client, { group, format }, unit) {
		const { form, requests } = await readGroup(client, flowText(group) ?? '', unit);
		const decoded = decodeGroup(form);
		const payload = format === 'flat' ? flatValues(decoded.values) : decoded.values;
		return { payload, requests, facts: factsOf(decoded) };
	},
	readable: rights('readable'),
	writable: rights('writable'),
	async scan(client) {
		const { units, requests } = await scan(client);
		return { payload: units, requests, facts: NO_REGISTERS };
	},
};

/**
 * Reads what a flow wants.
 * @throws ProtocolError `hpdu-bad-argument` before anything is sent; else what the PDU makes of it
 */
export async function read(client: PduClient, wish: ReadWish): Promise<Outcome> {
	const unit = parseUnit(wish.unit);
	const outcome = await READS[wish.read](client, wish, unit);
	// A scan is of the whole databus.
	return { unit: wish.read === 'scan' ? 0 : unit, ...outcome };
}

function rights(kind: 'readable' | 'writable'): Read {
	return async (client, _wish, unit) => {
		const { mnemonics, requests } = await readRights(client, kind, unit);
		return { payload: mnemonics, requests, facts: NO_REGISTERS };
	};
}

function factsOf(
	{ values, extra, unparsed, withheld }: DecodedValues,
	missing: readonly string[] = [],
): Record<string, unknown> {
	return {
		registers: registerInfo(Object.keys(values)),
		extra,
		missing,
		...(unparsed.length > 0 && { unparsed }),
		...(withheld.length > 0 && { withheld }),
	};
}
