/** What keeps a request from a PDU, told apart so that each has a text of its own: the contexts of an error's text. */
import { ProtocolError } from '../common/errors.js';
import type { PduHosts } from './hosts.js';
import type { PduAddress } from './http-transport.js';

/**
 * `refused`: nothing listens there; `name`: the host has no address; `route`: no way to the address; `closed`: the connection
 * was closed without an answer; `http`: HTTPS was asked where plain HTTP is spoken; `https`: the other way round;
 * `certificate`: it is not trusted; `nopdu`: something else answers; `ended`: nobody wants the answer any more.
 */
export type ConnectionProblem =
	| 'refused'
	| 'name'
	| 'route'
	| 'closed'
	| 'http'
	| 'https'
	| 'certificate'
	| 'nopdu'
	| 'ended';

/** Codes of Node.js and OpenSSL, and what the reader of answers says. */
const REASONS: Readonly<Record<ConnectionProblem, readonly string[]>> = {
	refused: ['ECONNREFUSED'],
	name: ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'],
	route: ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ETIMEDOUT', 'EADDRNOTAVAIL'],
	closed: ['EOF', 'ECONNRESET', 'EPIPE', 'ECONNABORTED'],
	http: ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST', 'EPROTO'],
	https: ['TLS'],
	certificate: [
		...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
		...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID'],
		...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_SIGNATURE_FAILURE', 'CERT_UNTRUSTED', 'CERT_REVOKED'],
		...['CERT_REJECTED', 'CERT_CHAIN_TOO_LONG', 'INVALID_CA', 'INVALID_PURPOSE', 'HOSTNAME_MISMATCH'],
	],
	nopdu: ['not HTTP'],
	ended: ['closed'],
};

const PROBLEMS = new Map(
	Object.entries(REASONS).flatMap(([problem, reasons]) =>
		reasons.map((reason) => [reason, problem as ConnectionProblem] as const),
	),
);

/** What a failure of a transport comes from; undefined where only its reason can be told. */
export function problemOf(reason: string): ConnectionProblem | undefined {
	return PROBLEMS.get(reason);
}

/** A connection that only seems to be broken, or something that is no PDU, may be the other of HTTP and HTTPS. */
const MAY_BE_OTHER_SCHEME: ReadonlySet<unknown> = new Set<ConnectionProblem>(['closed', 'nopdu']);

/**
 * Finds out more about why a connection failed, for somebody who tests one: whether the other of HTTP and HTTPS is spoken
 * there. Nothing secret is sent for that.
 * @returns the error, with what was found out
 */
export async function diagnose(error: unknown, address: PduAddress, hosts: PduHosts): Promise<unknown> {
	if (!(error instanceof ProtocolError)) return error;
	const { code, params } = error;
	if (code !== 'hpdu-timeout' && !MAY_BE_OTHER_SCHEME.has(params.context)) return error;
	const { host, port, tls } = address;
	const other: PduAddress = { host, port, ...(tls === undefined && { tls: { rejectUnauthorized: false } }) };
	if (!(await hosts.speaksHttp(other))) return error;
	const context: ConnectionProblem = tls === undefined ? 'https' : 'http';
	const found = { ...params, context };
	return new ProtocolError('hpdu-unreachable', found, error);
}
