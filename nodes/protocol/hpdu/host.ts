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

/**
 * One spelling for all of one host: case, brackets, a dot at the end, other ways to write an address. `localhost` is
 * 127.0.0.1.
 * @param host as `parseHost` gives it
 */
export function canonicalHost(host: string): string {
	const [bare = '', zone] = host
		.toLowerCase()
		.replace(/^\[(.*)\]$/, '$1')
		.split('%');
	const url = `http://${isIPv6(bare) ? `[${bare}]` : bare}`;
	const name = (URL.canParse(url) ? new URL(url).hostname : bare).replace(/\.$/, '');
	if (name === 'localhost') return '127.0.0.1';
	const [, high, low] = /^\[::ffff:([\da-f]{1,4}):([\da-f]{1,4})\]$/.exec(name) ?? [];
	if (high !== undefined && low !== undefined) return dotted(high, low);
	return zone === undefined ? name : `${name}%${zone}`;
}

/** Host and port as in a URL. */
export function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
	return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** An IPv4 address that stands in the last two groups of an IPv6 one. */
function dotted(high: string, low: string): string {
	const bytes = [high, low]
		.map((group) => Number.parseInt(group, 16))
		.flatMap((pair) => [pair >> 8, pair & 255]);
	return bytes.join('.');
}
