/** What can be written to a PDU's registers. The values come checked and encoded. */
import { readForm, readRegisterForm } from './answer.js';
import type { Order, PduClient } from './client.js';
import type { Entry } from './encode-values.js';
import type { Target } from './mnemonic.js';
import type { Reading } from './read.js';
import { registerOf } from './registers.js';
import { prefixOf } from './unit.js';

/** What one request writes: a register, or one of its channels. */
export interface Assignment {
	readonly target: Target;
	readonly entries: readonly Entry[];
}

/**
 * Sorts entries into requests: all channels of a register go together, since that is how a PDU knows them; single ones
 * go alone, so that nothing is written that was not meant.
 */
export function assignmentsOf(entries: readonly Entry[]): Assignment[] {
	const byMnemonic = new Map<string, Entry[]>();
	for (const entry of entries) {
		const { mnemonic } = entry.target;
		byMnemonic.set(mnemonic, [...(byMnemonic.get(mnemonic) ?? []), entry]);
	}
	return [...byMnemonic].flatMap(([mnemonic, same]) =>
		same.length > 1 && isWhole(mnemonic, same)
			? [{ target: { mnemonic }, entries: same }]
			: same.map((entry) => ({ target: entry.target, entries: [entry] })),
	);
}

function isWhole(mnemonic: string, entries: readonly Entry[]): boolean {
	const repeats = registerOf(mnemonic)?.repeats;
	const channels = new Set(entries.map(({ target }) => target.channel));
	return (
		channels.size === repeats &&
		entries.every(({ target: { channel = 0 } }) => channel >= 1 && channel <= repeats)
	);
}

/**
 * Writes registers, one request each, in order. Source: WEBAPI, "POST /register/<mnemonic>".
 * @param told is called with each one that the PDU has accepted: after a failure it is known what was done before
 * @returns what the PDU says it now holds, which may be less than was sent
 * @throws ProtocolError of the first one that fails; those behind it are not sent
 */
export async function writeRegisters(
	client: PduClient,
	assignments: readonly Assignment[],
	unit: number,
	told: (assignment: Assignment) => void = () => undefined,
): Promise<Reading> {
	const form = new Map<string, string>();
	const requests: string[] = [];
	for (const assignment of assignments) {
		let asked = client.asked({ method: 'POST', path: '' });
		const answer = await client.paths.ask(assignment.target, (path) => {
			const order: Order = { method: 'POST', path: prefixOf(unit) + path, form: pairsOf(assignment.entries) };
			asked = client.asked(order);
			requests.push(asked.request);
			return client.ask(order);
		});
		for (const [name, value] of readRegisterForm(answer, assignment.target, asked)) form.set(name, value);
		told(assignment);
	}
	return { form, requests };
}

/**
 * Writes a whole group of settings at once. Source: WEBAPI, "POST /save/<save_group>".
 * @param entries all of the group's keys
 * @throws ProtocolError
 */
export async function saveGroup(
	client: PduClient,
	group: string,
	entries: readonly Entry[],
): Promise<Reading> {
	const order: Order = { method: 'POST', path: `/save/${group}`, form: pairsOf(entries) };
	const asked = client.asked(order);
	return { form: readForm(await client.ask(order), asked), requests: [asked.request] };
}

function pairsOf(entries: readonly Entry[]): [name: string, value: string][] {
	return entries.map(({ key, text }) => [key, text]);
}
