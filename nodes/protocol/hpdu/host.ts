import { isIPv6 } from 'node:net';
import { badArgument } from './mnemonic.js';

/**
 * Reads where a PDU is: a name or an address; brackets around an IPv6 address are left out. A pasted URL may be plain
 * HTTP without a port: what else it says has fields of its own, and must not be lost without a word.
 * @throws ProtocolError `hpdu-bad-argument`
 */
export function parseHost(text: string): string {
	const host = text
		.trim()
		.replace(/^http:\/\//i, '')
		.replace(/\/.*$/s, '')
		.replace(/^\[(.*)\]$/, '$1');
	if (isIPv6(host) || (/^[\w.-]+$/.test(host) && URL.canParse(`http://${host}`))) return host;
	throw badArgument('host', '192.168.1.10');
}
