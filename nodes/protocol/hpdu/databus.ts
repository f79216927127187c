/** Units on the databus of a PDU: finding them, and giving them addresses. */
import { ProtocolError } from '../common/errors.js';
import { type Asked, badResponse, checkAnswer, hasStatus, readForm, wholeNumber } from './answer.js';
import type { Order, PduClient } from './client.js';
import { flowText } from './flow-text.js';
import { badArgument } from './mnemonic.js';
import type { PduAnswer } from './transport.js';

/** A unit that a scan has found. */
export interface FoundUnit {
	/** 0: it has none yet. */
	readonly unitAddress: number;
	/** Three numbers with dashes, such as `42534-6129-0`. */
	readonly hardwareId: string;
}

/** A PDU asks every unit of its ring. Milliseconds. */
const SCAN_PATIENCE = 15_000;
/** An address that a unit can have. */
const LAST_ADDRESS = 65_535;

/**
 * Looks for all units on the databus. Source: WEBAPI, "POST /scan".
 * @throws ProtocolError
 */
export async function scan(
	client: PduClient,
): Promise<{ readonly units: FoundUnit[]; readonly requests: readonly string[] }> {
	const order: Order = { method: 'POST', path: '/scan', patience: SCAN_PATIENCE };
	const asked = client.asked(order);
	const form = readForm(await client.ask(order), asked);
	const total = wholeNumber(form.get('scan_total'));
	if (total === undefined || total > LAST_ADDRESS) throw badResponse(asked, 'scan_total');
	const units: FoundUnit[] = [];
	for (let number = 1; number <= total; number++) {
		const hardwareId = form.get(`scan_hwid_${number}`);
		const unitAddress = wholeNumber(form.get(`scan_addr_${number}`));
		// The total counts units that did not tell their id, too.
		if (hardwareId !== undefined && unitAddress !== undefined) units.push({ unitAddress, hardwareId });
	}
	return { units, requests: [asked.request] };
}

/**
 * Gives a unit an address, and says which one it then has. A PDU may refuse with 422 what it has done: a scan tells.
 * Source: WEBAPI, "POST /address/<hardware_id>".
 * @returns the unit with the address that the PDU names, or that was sent where it names none
 * @throws ProtocolError `hpdu-rejected` where the unit has another address after a 422, or is not found
 */
export async function assignAddress(
	client: PduClient,
	unit: FoundUnit,
): Promise<{ readonly unit: FoundUnit; readonly requests: readonly string[] }> {
	const { hardwareId, unitAddress } = unit;
	const order: Order = {
		method: 'POST',
		path: `/address/${hardwareId}`,
		form: [['idaddr', String(unitAddress)]],
		patience: SCAN_PATIENCE,
	};
	const asked = client.asked(order);
	const answer = await client.ask(order);
	if (!hasStatus(answer, 422)) {
		return {
			unit: { hardwareId, unitAddress: addressIn(answer, asked) ?? unitAddress },
			requests: [asked.request],
		};
	}
	const { units, requests } = await scan(client);
	const found = units.find((one) => one.hardwareId === hardwareId);
	const all = [asked.request, ...requests];
	if (found?.unitAddress === unitAddress) return { unit: found, requests: all };
	const { device, request } = asked;
	throw new ProtocolError('hpdu-rejected', {
		device,
		request,
		reason: found ? `422, idaddr ${found.unitAddress}` : '422',
	});
}

/** The address that an answer names. It need not say anything. */
function addressIn(answer: PduAnswer, asked: Asked): number | undefined {
	checkAnswer(answer, asked);
	if (answer.body.length === 0) return undefined;
	// Without this, any web page on that address would count as success.
	const text = readForm(answer, asked).get('idaddr');
	const address = wholeNumber(text);
	if (text !== undefined && address === undefined) throw badResponse(asked, 'idaddr');
	return address;
}

/**
 * Reads the id of a unit's hardware: three numbers with dashes.
 * @throws ProtocolError `hpdu-bad-argument`
 */
export function parseHardwareId(value: unknown): string {
	const text = flowText(value) ?? '';
	if (/^\d{1,5}-\d{1,5}-\d{1,5}$/.test(text)) return text;
	throw badArgument('hardwareId', '42534-6129-0');
}

/**
 * Reads an address to be given to a unit.
 * @throws ProtocolError `hpdu-bad-argument`
 */
export function parseUnitAddress(value: unknown): number {
	const text = flowText(value) ?? '';
	const address = Number(text);
	if (/^\d+$/.test(text) && address >= 1 && address <= LAST_ADDRESS) return address;
	throw badArgument('unitAddress', `1..${LAST_ADDRESS}`);
}
