import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6, type Socket } from 'node:net';

/** The groups of a part of an IPv6 address; one in dotted decimals (RFC 4291, 2.2) stands for two. */
function groupsIn(part: string): number[] {
	if (part === '') return [];
	return part.split(':').flatMap((group) => {
		if (!group.includes('.')) return [Number.parseInt(group, 16)];
		const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
		return [a * 256 + b, c * 256 + d];
	});
}

/** The eight groups of an IPv6 address, however it is spelled. */
function groupsOf(address: string): number[] {
	const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
	const [before, after] = [groupsIn(head), groupsIn(tail ?? '')];
	return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** An address as messages show it: IPv4 in IPv6 (RFC 4291, 2.5.5.2), in any spelling, is plain IPv4. */
function plainAddress(address: string): string {
	if (!isIPv6(address)) return address;
	const groups = groupsOf(address);
	if (groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff) return address;
	return groups
		.slice(6)
		.flatMap((group) => [group >> 8, group & 0xff])
		.join('.');
}

/** `[2001:db8::1]:443`, `192.0.2.1:443` and plain addresses; undefined for anything that is no address. */
function withoutPort(text: string): string | undefined {
	const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1];
	const bare = bracketed ?? (isIP(text) === 0 ? text.replace(/:\d+$/, '') : text);
	// A zone means something only on the proxy's own machine, and may be as long as a header.
	return isIP(bare) === 0 ? undefined : bare.replace(/%.*$/s, '');
}

/** The address at the other end of a connection. */
export function peerAddress(socket: Socket): string {
	return plainAddress(socket.remoteAddress ?? '');
}

/**
 * The sender's address. Behind a trusted proxy it is the last one of X-Forwarded-For, the only one that the proxy
 * itself wrote; without a usable one it is the proxy's own.
 */
export function senderAddress(req: IncomingMessage, trustProxy: boolean): string {
	const own = peerAddress(req.socket);
	if (!trustProxy) return own;
	const header = req.headers['x-forwarded-for'];
	const list = Array.isArray(header) ? header.join(',') : (header ?? '');
	const last = withoutPort(list.slice(list.lastIndexOf(',') + 1).trim());
	return last === undefined ? own : plainAddress(last);
}

/** What counts as one sender: an IPv4 address, or the /64 network that one IPv6 site is given. */
export function senderKey(address: string): string {
	if (!isIPv6(address)) return address;
	const network = groupsOf(address).slice(0, 4);
	return `${network.map((group) => group.toString(16)).join(':')}::/64`;
}
