/** What a flow writes to a PDU, and what the PDU made of it, as the message holds it. */
import { ProtocolError } from '../common/errors.js';
import { badResponse } from './answer.js';
import { assignmentsOf } from './assignments.js';
import type { PduClient } from './client.js';
import { assignAddress, parseHardwareId, parseUnitAddress } from './databus.js';
import { compareEcho, type Difference, type Echo } from './differences.js';
import { type Entry, encodeValue, encodeValues } from './encode-values.js';
import { flowText } from './flow-text.js';
import { badArgument, parseTarget } from './mnemonic.js';
import type { Outcome } from './read-message.js';
import { registerOf } from './registers.js';
import { checkSave, parseSaveGroup } from './save-groups.js';
import { parseUnit } from './unit.js';
import { saveGroup, writeRegisters } from './write.js';

/** What can be written. */
export const WRITE_KINDS = ['registers', 'save', 'address'] as const;
export type WriteKind = (typeof WRITE_KINDS)[number];

/** What a flow wants to write; values come as a flow has them. */
export interface WriteWish {
	readonly write: WriteKind;
	/** Blank: `payload` is an object of several. */
	readonly register: unknown;
	readonly value: unknown;
	readonly payload: unknown;
	readonly saveGroup: unknown;
	readonly hardwareId: unknown;
	readonly unitAddress: unknown;
	/** Blank: the PDU itself. */
	readonly unit: unknown;
	/** What it means that the PDU stored something else than was sent. */
	readonly onMismatch: 'error' | 'pass';
}

/** Is told of each key that the PDU has accepted: after a failure it is known what was done before. */
export type ToldWritten = (key: string) => void;

type Write = (
	client: PduClient,
	wish: WriteWish,
	unit: number,
	told: ToldWritten,
) => Promise<Omit<Outcome, 'unit'>>;

const WRITES: Readonly<Record<WriteKind, Write>> = {
	async registers(client, { register, value, payload, onMismatch }, unit, told) {
		const name = flowText(register);
		if (name === undefined) throw badArgument('register', 'stdvnm, stolnm_30');
		const entries = name === '' ? encodeValues(payload) : encodeValue(name, value);
		const { form, requests } = await writeRegisters(client, assignmentsOf(entries), unit, (done) => {
			for (const { key } of done) told(key);
		});
		const echo = compareEcho(entries, form);
		checkEcho(client, echo, requests);
		return outcomeOf(client, entries, echo, requests, form, onMismatch);
	},
	async save(client, { saveGroup: group, payload, onMismatch }, _unit, told) {
		const entries = checkSave(group, payload);
		const { form, requests } = await saveGroup(client, parseSaveGroup(group), entries);
		for (const { key } of entries) told(key);
		const echo = compareEcho(entries, form);
		// Its keys are no registers, and a PDU need not repeat them.
		if (group !== 'user') checkEcho(client, echo, requests);
		return outcomeOf(client, entries, echo, requests, form, onMismatch);
	},
	async address(client, wish, _unit, told) {
		const [hardwareId, unitAddress] = [parseHardwareId(wish.hardwareId), parseUnitAddress(wish.unitAddress)];
		const { unit, requests } = await assignAddress(client, { hardwareId, unitAddress });
		told('idaddr');
		const isOther = unit.unitAddress !== unitAddress;
		const differences = isOther ? { idaddr: { sent: unitAddress, stored: unit.unitAddress } } : {};
		checkDifferences(client, differences, wish.onMismatch);
		const { hardwareId: id, unitAddress: stored } = unit;
		const facts = { written: ['idaddr'], accepted: !isOther, differences, result: 'OK' };
		return { payload: { hardwareId: id, unitAddress: stored }, requests, facts };
	},
};

/**
 * Writes what a flow wants.
 * @throws ProtocolError `hpdu-bad-argument` before anything is sent; `hpdu-mismatch`; else what the PDU makes of it
 */
export async function write(client: PduClient, wish: WriteWish, told: ToldWritten): Promise<Outcome> {
	const unit = parseUnit(wish.unit);
	// It would be the PDU's own settings that are changed, not those of the unit that was meant.
	if (wish.write === 'save' && unit !== 0) throw badArgument('unit', '0');
	const outcome = await WRITES[wish.write](client, wish, unit, told);
	return { unit: wish.write === 'registers' ? unit : 0, ...outcome };
}

function outcomeOf(
	client: PduClient,
	entries: readonly Entry[],
	{ stored, differences, extra }: Echo,
	requests: readonly string[],
	form: ReadonlyMap<string, string>,
	onMismatch: WriteWish['onMismatch'],
): Omit<Outcome, 'unit'> {
	const accepted = checkDifferences(client, differences, onMismatch);
	const written = entries.map(({ key }) => key);
	return {
		payload: stored,
		requests,
		facts: { written, accepted, differences, result: form.get('result') ?? 'OK', extra },
	};
}

/**
 * @returns whether the PDU stored what was sent
 * @throws ProtocolError `hpdu-mismatch` where it did not, and that is an error
 */
function checkDifferences(
	client: PduClient,
	differences: Echo['differences'],
	onMismatch: WriteWish['onMismatch'],
): boolean {
	const entries = Object.entries(differences);
	if (entries.length > 0 && onMismatch === 'error') {
		const { label: device } = client.settings;
		throw new ProtocolError('hpdu-mismatch', { device, differences: entries.map(described).join('; ') });
	}
	return entries.length === 0;
}

/** A PDU says what it has stored; without that nobody knows. */
function checkEcho(client: PduClient, { missing }: Echo, requests: readonly string[]): void {
	const [silent] = missing.filter(isEchoed);
	const [last = ''] = requests.slice(-1);
	if (silent === undefined) return;
	throw badResponse({ device: client.settings.label, request: last }, `${silent} is missing`);
}

/** What can only be written, such as a restart, a PDU need not repeat. */
function isEchoed(key: string): boolean {
	return registerOf(parseTarget(key).mnemonic)?.isReadable ?? true;
}

function described([key, { sent, stored }]: [string, Difference]): string {
	return `${key} ${JSON.stringify(sent)} > ${JSON.stringify(stored)}`;
}
