/** The test of a connection: who answers there, or why nobody does. */
import { type ErrorCode, ProtocolError } from '../common/errors.js';
import type { PduClient } from './client.js';
import type { ConnectionProblem } from './connection-problems.js';
import type { PduHosts } from './hosts.js';
import type { PduAddress } from './http-transport.js';
import { type Identity, identify } from './identity.js';

/**
 * Asks a PDU who it is, and closes the client.
 * @throws ProtocolError that says as much as can be found out
 */
export async function testConnection(
	client: PduClient,
	address: PduAddress,
	hosts: PduHosts,
): Promise<Identity> {
	try {
		return await client.askForPanel('identity', identify);
	} catch (error) {
		throw await diagnose(error, address, hosts);
	} finally {
		await client.close();
	}
}

/** Errors after which the other of HTTP and HTTPS may be spoken there, unless their problem is certain. */
const UNANSWERED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
	'hpdu-timeout',
	'hpdu-unreachable',
	'hpdu-bad-response',
]);
const UNCERTAIN: ReadonlySet<unknown> = new Set<ConnectionProblem | undefined>([
	'closed',
	'nopdu',
	undefined,
]);

/**
 * Finds out more about why a connection failed, for somebody who tests one: whether the other of HTTP and HTTPS is spoken
 * there. Nothing secret is sent for that.
 * @returns the error, with what was found out
 */
async function diagnose(error: unknown, address: PduAddress, hosts: PduHosts): Promise<unknown> {
	if (!(error instanceof ProtocolError)) return error;
	const { code, params } = error;
	if (!UNANSWERED.has(code) || !UNCERTAIN.has(params.context)) return error;
	const { host, port, tls } = address;
	const other: PduAddress = { host, port, ...(tls === undefined && { tls: { rejectUnauthorized: false } }) };
	if (!(await hosts.speaksHttp(other))) return error;
	const context: ConnectionProblem = tls === undefined ? 'https' : 'http';
	const found = { ...params, context };
	return new ProtocolError('hpdu-unreachable', found, error);
}
