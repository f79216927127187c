/** What can be written to a PDU's registers. The values come checked and encoded. */
import { readForm, readRegisterForm } from './answer.js';
import type { Assignment } from './assignments.js';
import type { Order, PduClient } from './client.js';
import type { Entry } from './encode-values.js';
import type { Target } from './mnemonic.js';
import { explainRefusal } from './outlet-registers.js';
import type { Reading } from './read.js';
import type { PduAnswer } from './transport.js';
import { prefixOf } from './unit.js';

/**
 * Writes registers, in order. Source: WEBAPI, "POST /register/<mnemonic>". All channels of a register are sent at once, and
 * one by one to a PDU that does not know how to take them at once: it has done nothing then.
 * @param told is called with what the PDU has accepted: after a failure it is known what was done before
 * @returns what the PDU says it now holds, which may be less than was sent
 * @throws ProtocolError of the first request that fails; those behind it are not sent
 */
export async function writeRegisters(
	client: PduClient,
	assignments: readonly Assignment[],
	unit: number,
	told: (entries: readonly Entry[]) => void = () => undefined,
): Promise<Reading> {
	const writer = new RegisterWriter(client, unit, told);
	for (const assignment of assignments) await writer.write(assignment);
	return writer;
}

class RegisterWriter implements Reading {
	readonly form = new Map<string, string>();
	readonly requests: string[] = [];

	constructor(
		private readonly client: PduClient,
		private readonly unit: number,
		private readonly told: (entries: readonly Entry[]) => void,
	) {}

	async write(assignment: Assignment): Promise<void> {
		const { target, entries, unlock } = assignment;
		if (entries.length > 1 && (await this.writeWhole(assignment))) return;
		for (const entry of entries) {
			const { channel } = entry.target;
			await this.writeEach(unlock.filter((one) => one.target.channel === channel));
			await this.writeEach([entry]);
		}
		if (entries.length > 1) this.client.paths.wroteSingly(target.mnemonic);
	}

	/** @returns false where this PDU takes single channels only: nothing was written then */
	private async writeWhole({ entries, unlock }: Assignment): Promise<boolean> {
		if (unlock.length < entries.length) await this.writeEach(unlock);
		else if (!(await this.sendWhole(unlock))) return false;
		return this.sendWhole(entries);
	}

	private async sendWhole(entries: readonly Entry[]): Promise<boolean> {
		const mnemonic = entries[0]?.target.mnemonic ?? '';
		const taken = await this.client.paths.writeWhole(mnemonic, (path) => this.send(path, entries));
		if (taken === undefined) return false;
		this.take(taken.path, taken.answer, { mnemonic }, entries);
		return true;
	}

	private async writeEach(entries: readonly Entry[]): Promise<void> {
		for (const entry of entries) {
			const path = `/register/${entry.key}`;
			this.take(path, await this.send(path, [entry]), entry.target, [entry]);
		}
	}

	private send(path: string, entries: readonly Entry[]): Promise<PduAnswer> {
		const order = this.orderOf(path, entries);
		this.requests.push(this.client.asked(order).request);
		return this.client.ask(order);
	}

	/** Keeps what the PDU says that it now holds. */
	private take(path: string, answer: PduAnswer, target: Target, entries: readonly Entry[]): void {
		try {
			const asked = this.client.asked(this.orderOf(path, entries));
			for (const [name, value] of readRegisterForm(answer, target, asked)) this.form.set(name, value);
		} catch (error) {
			throw explainRefusal(error, target.mnemonic);
		}
		this.told(entries);
	}

	private orderOf(path: string, entries: readonly Entry[]): Order {
		return { method: 'POST', path: prefixOf(this.unit) + path, form: pairsOf(entries) };
	}
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
