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
import type { OutletState } from './outlet.js';
import { CYCLE, isSwitch } from './outlet-registers.js';
import { OutletWatch } from './outlets.js';
import type { Reading } from './read.js';
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
	/** Whether outlets are unlocked before they are switched. */
	readonly unlock?: unknown;
	/** How long to wait until outlets have followed. Seconds, 15 where it is left out. */
	readonly settle?: number;
}

const SETTLE = 15;

/** Is told of each key that the PDU has accepted: after a failure it is known what was done before. */
export type ToldWritten = (key: string) => void;

/** Is told what was done, which counts also where something fails later. */
interface Told {
	readonly written: ToldWritten;
	readonly outlets?: ToldOutlets | undefined;
}

/** Is told what has become of outlets, by channel. */
export type ToldOutlets = (states: Readonly<Record<number, OutletState>>) => void;

type Write = (client: PduClient, wish: WriteWish, unit: number, told: Told) => Promise<Omit<Outcome, 'unit'>>;

const WRITES: Readonly<Record<WriteKind, Write>> = {
	async registers(client, wish, unit, told) {
		const entries = entriesOf(wish);
		const assignments = assignmentsOf(entries, parseUnlock(wish.unlock));
		const watch = await OutletWatch.prepare(client, unit, entries);
		const { form, requests } = await writeRegisters(client, assignments, unit, (done) => {
			for (const { key } of done) told.written(key);
		});
		if (watch === undefined) return finish(client, entries, { form, requests }, wish.onMismatch);
		await watch.follow(wish.settle ?? SETTLE);
		told.outlets?.(watch.states);
		return finishOutlets(client, entries, { form, requests }, wish.onMismatch, watch);
	},
	async save(client, { saveGroup: group, payload, onMismatch }, _unit, told) {
		const entries = checkSave(group, payload);
		const reading = await saveGroup(client, parseSaveGroup(group), entries);
		for (const { key } of entries) told.written(key);
		// The keys of a user are no registers, and a PDU need not repeat them.
		return finish(client, entries, reading, onMismatch, group !== 'user');
	},
	async address(client, wish, _unit, told) {
		const [hardwareId, unitAddress] = [parseHardwareId(wish.hardwareId), parseUnitAddress(wish.unitAddress)];
		const { unit, requests } = await assignAddress(client, { hardwareId, unitAddress });
		told.written('idaddr');
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
 * @throws ProtocolError `hpdu-bad-argument` before anything is sent; `hpdu-mismatch`, `hpdu-outlet-locked`; else what the PDU
 * makes of it
 */
export async function write(
	client: PduClient,
	wish: WriteWish,
	written: ToldWritten,
	outlets?: ToldOutlets,
): Promise<Outcome> {
	const unit = parseUnit(wish.unit);
	// It would be the PDU's own settings that are changed, not those of the unit that was meant.
	if (wish.write === 'save' && unit !== 0) throw badArgument('unit', '0');
	const outcome = await WRITES[wish.write](client, wish, unit, { written, outlets });
	return { unit: wish.write === 'registers' ? unit : 0, ...outcome };
}

function entriesOf({ register, value, payload }: WriteWish): Entry[] {
	const name = flowText(register);
	if (name === undefined) throw badArgument('register', 'stdvnm, stolnm_30');
	return name === '' ? encodeValues(payload) : encodeValue(name, value);
}

function parseUnlock(value: unknown): boolean {
	if (value === true || value === 'true') return true;
	if ([undefined, null, false, 'false', ''].some((one) => one === value)) return false;
	throw badArgument('unlock', 'true, false');
}

function finish(
	client: PduClient,
	entries: readonly Entry[],
	{ form, requests }: Reading,
	onMismatch: WriteWish['onMismatch'],
	isEchoed = true,
): Omit<Outcome, 'unit'> {
	const echo = compareEcho(entries, form);
	if (isEchoed) checkEcho(client, echo, requests);
	return outcomeOf(client, entries, echo, { form, requests }, onMismatch);
}

/** What the outlets did counts, and not what the PDU said before their relays had their turn. */
function finishOutlets(
	client: PduClient,
	entries: readonly Entry[],
	{ form, requests }: Reading,
	onMismatch: WriteWish['onMismatch'],
	watch: OutletWatch,
): Omit<Outcome, 'unit'> {
	const { states: outlets, failed } = watch;
	if (failed.length > 0 && onMismatch === 'error') {
		const { label: device } = client.settings;
		throw new ProtocolError('hpdu-outlet-locked', { device, outlets: failed.join(', ') });
	}
	const reading = {
		form: new Map([...form, ...watch.values]),
		requests: [...watch.before, ...requests, ...watch.after],
	};
	const echo = compareEcho(entries, reading.form);
	checkEcho(client, echo, requests);
	const isOpen = ({ target: { mnemonic, channel = 0 } }: Entry) =>
		isSwitch(mnemonic) && watch.isOpen(channel);
	const open = new Set(entries.filter(isOpen).map(({ key }) => key));
	const settled = Object.entries(echo.differences).filter(([key]) => !open.has(key));
	const cycles = failed.filter((channel) => watch.isCycle(channel));
	const notCycled = cycles.map((channel) => [`${CYCLE}_${channel}`, { sent: 1, stored: 0 }] as const);
	const differences = Object.fromEntries([...settled, ...notCycled]);
	const outcome = outcomeOf(client, entries, { ...echo, differences }, reading, onMismatch);
	return { ...outcome, facts: { ...outcome.facts, outlets } };
}

function outcomeOf(
	client: PduClient,
	entries: readonly Entry[],
	{ stored, differences, extra }: Echo,
	{ form, requests }: Reading,
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
