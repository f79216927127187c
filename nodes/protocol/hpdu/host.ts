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
	if (/^[\w.-]+$/.test(bare) || /^[0-9a-f:.]*:[0-9a-f:.]*(%[\w.-]+)?$/i.test(bare)) return bare;
	throw badArgument('host', '192.168.1.10');
}
