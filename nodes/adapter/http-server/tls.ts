import type { Socket } from 'node:net';
import { createSecureContext, type TLSSocket, type TlsOptions } from 'node:tls';
import { ProtocolError } from '../../protocol/common/errors.js';
import type { ClientCert, EndpointSettings, TlsConfig } from './settings.js';

function invalid(reason: string, cause?: unknown): ProtocolError {
	return new ProtocolError('endpoint-tls-invalid', { reason }, cause);
}

function codeOf(error: unknown): string {
	const code = (error as { code?: unknown } | undefined)?.code;
	return typeof code === 'string' ? code : 'unknown';
}

/**
 * Options for an HTTPS server from a `tls-config`.
 * @throws ProtocolError `endpoint-tls-invalid` when certificate or key are missing or damaged, or when clients are
 * to be verified and nothing says by which authority.
 */
function serverTlsOptions(tls: TlsConfig | undefined, clientCert: ClientCert): TlsOptions {
	if (tls === undefined) throw invalid('no-tls-config');
	if (tls.valid === false) throw invalid('unreadable-files');
	const options = tls.addTLSOptions({});
	// A tls-config without any file counts as valid in Node-RED.
	if (!options.pfx && !(options.key && options.cert)) throw invalid('no-certificate-or-key');
	if (clientCert !== 'none' && !options.ca && !options.pfx) throw invalid('no-client-authority');
	const merged: TlsOptions = {
		...options,
		minVersion: 'TLSv1.2',
		requestCert: clientCert !== 'none',
		// The box of the tls-config is about servers that a client connects to; here our own option decides.
		rejectUnauthorized: clientCert === 'required',
		// Without a list Node trusts every public authority, so that any web certificate would pass as a
		// device's. With an empty list only those inside a PFX file count.
		...(clientCert === 'none' ? {} : { ca: options.ca ?? [] }),
	};
	try {
		createSecureContext(merged);
	} catch (error) {
		throw invalid(codeOf(error), error);
	}
	return merged;
}

/**
 * What a listener needs to speak TLS; undefined for one that does not.
 * @throws ProtocolError `endpoint-tls-invalid`
 */
export function tlsOptionsOf({ tlsRequested, tls, clientCert }: EndpointSettings): TlsOptions | undefined {
	if (tlsRequested) return serverTlsOptions(tls, clientCert);
	if (clientCert === 'none') return undefined;
	// Who asks for certificates must not get a listener that cannot ask for them.
	throw new ProtocolError('endpoint-tls-invalid', { reason: 'no-tls-config' });
}

const names = new WeakMap<Socket, string>();

/** Common name of the client certificate that TLS has verified on this connection; undefined without one. */
export function clientName(socket: Socket): string | undefined {
	const secure = socket as TLSSocket;
	if (secure.encrypted !== true || !secure.authorized) return undefined;
	const known = names.get(socket);
	if (known !== undefined) return known;
	const name: unknown = secure.getPeerCertificate()?.subject?.CN;
	if (typeof name !== 'string') return undefined;
	names.set(socket, name);
	return name;
}
