/** What keeps a request from a PDU, told apart so that each has a text of its own: the contexts of an error's text. */

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
	http: ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST'],
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
