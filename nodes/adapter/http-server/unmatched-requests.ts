import type { NodeRed } from '../node-red.js';
import { DEFAULT_LIMITS } from './limits.js';
import { runtimeOf } from './runtime.js';

/** A POST to a path that nobody owns. */
export interface UnmatchedRequest {
	/** As sent and percent-encoded, without its query, at most 200 characters. */
	readonly path: string;
	/** Node-RED's own server, or the port of an own listener. */
	readonly server: 'node-red' | number;
	/** When the last one came, milliseconds since the epoch. */
	readonly at: number;
	readonly remoteAddress?: string | undefined;
	readonly count: number;
}

/** For how long it is told, milliseconds. */
const HOUR = 3600_000;

/** POSTs of the last hour to paths that nobody owns by now, newest first: a device may have been given a wrong URL. */
export function unmatchedRequests(RED: NodeRed, now: number): UnmatchedRequest[] {
	const { strays, routes } = runtimeOf(RED, DEFAULT_LIMITS);
	return strays.list().flatMap(([name, { at, remoteAddress, count }]) => {
		const server = name.startsWith('/') ? 'node-red' : Number.parseInt(name, 10);
		const path = name.slice(name.indexOf('/'));
		const isOwned = server === 'node-red' && routes.find(path) !== undefined;
		return isOwned || now - at > HOUR ? [] : [{ path, server, at, remoteAddress, count }];
	});
}
