/** Who a PDU is, and what its user may do there: what a test of the connection tells. */
import type { PduClient } from './client.js';
import { parseTargets } from './mnemonic.js';
import { readRegisters, readRights } from './read.js';
import { decodeValues } from './values.js';

export interface Identity {
	readonly name: string;
	/** Such as `2.51`. */
	readonly firmware: string;
	readonly serial: string;
	/** How many registers the user may read, and write. */
	readonly readable: number;
	readonly writable: number;
}

/**
 * Asks a PDU who it is. Signed, so that a wrong password is found out, which /userid does not tell.
 * @throws ProtocolError
 */
export async function identify(client: PduClient): Promise<Identity> {
	const targets = parseTargets('stdvnm idfwvs idsnbr');
	const { form } = await readRegisters(client, targets, 0);
	const { stdvnm, idfwvs, idsnbr } = decodeValues(targets, form).values;
	const { readable, writable } = await allRights(client);
	return {
		name: String(stdvnm ?? ''),
		firmware: typeof idfwvs === 'number' ? (idfwvs / 100).toFixed(2) : String(idfwvs ?? ''),
		serial: String(idsnbr ?? ''),
		readable: readable.length,
		writable: writable.length,
	};
}

/**
 * The registers that the user of a PDU may read and write.
 * @throws ProtocolError
 */
export async function allRights(
	client: PduClient,
): Promise<{ readonly readable: readonly string[]; readonly writable: readonly string[] }> {
	const readable = await readRights(client, 'readable', 0);
	const writable = await readRights(client, 'writable', 0);
	return { readable: readable.mnemonics, writable: writable.mnemonics };
}
