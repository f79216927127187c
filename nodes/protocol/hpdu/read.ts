/** What can be read of a PDU's registers, and of those of the units behind it. */
import { ProtocolError } from '../common/errors.js';
import { badResponse, checkAnswer, readForm, readRegisterForm } from './answer.js';
import type { Order, PduClient } from './client.js';
import { badArgument, channelOf, isMnemonic, keyOf, type Target } from './mnemonic.js';
import { prefixOf } from './unit.js';

/** What came of one or several requests. */
export interface Reading {
	/** Members of all answers. */
	readonly form: ReadonlyMap<string, string>;
	/** Such as `GET /register/stdvnm`, in the order in which they were sent. */
	readonly requests: readonly string[];
}

/** What came of the registers of a list. */
export interface ListReading extends Reading {
	/** Keys of those that the PDU does not know. */
	readonly missing: readonly string[];
}

/**
 * Reads registers, one request each. Source: WEBAPI, "GET /register/<mnemonic>". Firmware differs: of several, those that
 * the PDU does not know are left out.
 * @param unit address on the databus, 0 for the PDU itself
 * @throws ProtocolError of the first one that fails, `hpdu-not-found` where the PDU knows none of them
 */
export async function readRegisters(
	client: PduClient,
	targets: readonly Target[],
	unit: number,
): Promise<ListReading> {
	let form: Map<string, string> | undefined;
	const requests: string[] = [];
	const unknown = new Map<string, unknown>();
	for (const target of targets) {
		try {
			const members = await readRegister(client, target, unit, requests);
			// Mostly there is but one, which need not be copied.
			if (form === undefined) form = members;
			else for (const [name, value] of members) form.set(name, value);
		} catch (error) {
			if (!(error instanceof ProtocolError) || error.code !== 'hpdu-not-found') throw error;
			unknown.set(keyOf(target), error);
		}
	}
	const [first] = unknown.values();
	if (form === undefined && first !== undefined) throw first;
	return { form: form ?? new Map(), requests, missing: [...unknown.keys()] };
}

/**
 * Reads a group of registers, `all` for every one. Source: WEBAPI, "GET /group/<group_name>"; the vendor's own client
 * asks for groups of units behind the databus too.
 * @throws ProtocolError
 */
export async function readGroup(client: PduClient, group: string, unit: number): Promise<Reading> {
	if (!/^[\w-]{1,40}$/.test(group)) throw badArgument('group', 'identification');
	const order: Order = { method: 'GET', path: `${prefixOf(unit)}/group/${group}` };
	const asked = client.asked(order);
	return { form: readForm(await client.ask(order), asked), requests: [asked.request] };
}

/**
 * The mnemonics that the user may read or write, sorted. Source: WEBAPI, "GET /readable" and "GET /writable"; of units
 * behind the databus a PDU may tell them wrong.
 * @throws ProtocolError
 */
export async function readRights(
	client: PduClient,
	kind: 'readable' | 'writable',
	unit: number,
): Promise<{ readonly mnemonics: string[]; readonly requests: readonly string[] }> {
	const order: Order = { method: 'GET', path: `${prefixOf(unit)}/${kind}` };
	const answer = await client.ask(order);
	const asked = client.asked(order);
	checkAnswer(answer, asked);
	// Whoever may write nothing is told nothing.
	const form = answer.body.length === 0 ? [] : readForm(answer, asked);
	const mnemonics = [...form]
		.filter(([name, value]) => isMnemonic(name) && value === 'true')
		.map(([name]) => name);
	return { mnemonics: mnemonics.sort(), requests: [asked.request] };
}

async function readRegister(
	client: PduClient,
	target: Target,
	unit: number,
	requests: string[],
): Promise<Map<string, string>> {
	const orderOf = (path: string): Order => ({ method: 'GET', path: prefixOf(unit) + path });
	const { path, answer } = await client.paths.read(target, (each) => {
		const order = orderOf(each);
		requests.push(client.asked(order).request);
		return client.ask(order);
	});
	const asked = client.asked(orderOf(path));
	const form = readRegisterForm(answer, target, asked);
	if (!hasTarget(form, target)) throw badResponse(asked, `${keyOf(target)} is missing`);
	return form;
}

/** Whether a form has a value of a register, or of the channel that was asked for. */
function hasTarget(form: ReadonlyMap<string, string>, target: Target): boolean {
	if (form.has(keyOf(target))) return true;
	if (target.channel !== undefined) return false;
	const start = `${target.mnemonic}_`;
	for (const name of form.keys()) {
		if (name.startsWith(start) && channelOf(name.slice(start.length)) !== undefined) return true;
	}
	return false;
}
