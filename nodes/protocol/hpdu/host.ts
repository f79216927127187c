import { isIPv6 } from 'node:net';
import { badArgument } from './mnemonic.js';

/**
 * Reads where a PDU is: a name or an address. A pasted URL is taken apart; brackets around an IPv6 address are left out.
 * @throws ProtocolError `hpdu-bad-argument`
 */
export function parseHost(text: string): string {
	const host = text
		.trim()
		.replace(/^https?:\/\//i, '')
		.replace(/\/.*$/, '')
		.replace(/^\[(.*)\](:\d+)?$/, '$1');
	const bare = host.split(':').length === 2 ? host.replace(/:\d+$/, '') : host;
	if (isIPv6(bare) || (/^[\w.-]+$/.test(bare) && URL.canParse(`http://${bare}`))) return bare;
	throw badArgument('host', '192.168.1.10');
}
