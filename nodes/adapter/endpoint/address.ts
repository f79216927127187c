import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6 } from 'node:net';

/** An address as messages show it: IPv4 that came in over an IPv6 socket is plain IPv4. */
function plainAddress(address: string): string {
	return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** `[2001:db8::1]:443`, `192.0.2.1:443` and plain addresses; undefined for anything that is no address. */
function withoutPort(text: string): string | undefined {
	const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1];
	const bare = bracketed ?? (isIP(text) === 0 ? text.replace(/:\d+$/, '') : text);
	// A zone means something only on the proxy's own machine, and may be as long as a header.
	return isIP(bare) === 0 ? undefined : bare.replace(/%.*$/s, '');
}

/**
 * The sender's address. Behind a trusted proxy it is the last one of X-Forwarded-For, the only one that the proxy
 * itself wrote; without a usable one it is the proxy's own.
 */
export function senderAddress(req: IncomingMessage, trustProxy: boolean): string {
	const own = plainAddress(req.socket.remoteAddress ?? '');
	if (!trustProxy) return own;
	const header = req.headers['x-forwarded-for'];
	const list = Array.isArray(header) ? header.join(',') : (header ?? '');
	const last = withoutPort(list.slice(list.lastIndexOf(',') + 1).trim());
	return last === undefined ? own : plainAddress(last);
}

/** The first four groups of an IPv6 address. */
function network64(address: string): string {
	const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
	const groups = head === '' ? [] : head.split(':');
	const after = tail === undefined || tail === '' ? [] : tail.split(':');
	if (tail !== undefined) {
		const length = after.length + (tail.includes('.') ? 1 : 0);
		while (groups.length + length < 8) groups.push('0');
		groups.push(...after);
	}
	return groups
		.slice(0, 4)
		.map((group) => Number.parseInt(group, 16).toString(16))
		.join(':');
}

/** What counts as one sender: an IPv4 address, or the /64 network that one IPv6 site is given. */
export function senderKey(address: string): string {
	return isIPv6(address) ? `${network64(address)}::/64` : address;
}
