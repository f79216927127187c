/** What is needed before there is a connection: the address that the user gave, and the package `@redis/client`, which is installed only where it is wanted. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const SCHEMES: Readonly<Record<string, { readonly tls: boolean }>> = {
	'redis:': { tls: false },
	'valkey:': { tls: false },
	'rediss:': { tls: true },
	'valkeys:': { tls: true },
};

/** Where the server is, how to log in, and where the store lies there. */
export interface RedisAddress {
	readonly host: string;
	readonly port: number;
	readonly tls: boolean;
	readonly username: string | undefined;
	readonly password: string | undefined;
	readonly database: number;
	/** All keys begin with it. */
	readonly prefix: string;
}

/** @returns undefined for what is no address of a server: the URL itself, which may hold a password, is told to nobody */
export function parseAddress(url: string): RedisAddress | undefined {
	try {
		const { protocol, hostname, port, username, password, pathname, searchParams, hash } = new URL(url);
		const scheme = SCHEMES[protocol];
		const database = /^\/?(\d{0,4})$/.exec(pathname)?.[1];
		const isKnown = [...searchParams.keys()].every((name) => name === 'prefix');
		if (scheme === undefined || database === undefined || hostname === '' || !isKnown || hash !== '')
			return undefined;
		return {
			host: decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1'),
			port: Number(port || 6379),
			tls: scheme.tls,
			username: decodeURIComponent(username) || undefined,
			password: decodeURIComponent(password) || undefined,
			database: Number(database),
			prefix: searchParams.get('prefix') ?? 'wattpost:',
		};
	} catch {
		return undefined;
	}
}

/** Host and port, the part of an address that may be told. */
export function placeOf({ host, port }: RedisAddress): string {
	return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The part of `@redis/client` that is used here. */
export interface ClientLibrary {
	createClient(options: object): Client;
	readonly ErrorReply: abstract new (...args: never[]) => Error;
}

/** A client that is not connected yet. */
export interface Client {
	on(event: 'error', listener: (error: unknown) => void): unknown;
	connect(): Promise<unknown>;
	sendCommand(args: readonly string[]): Promise<unknown>;
	destroy(): void;
}

/** @param directory the folder in Node-RED's user directory; a client that is installed in the user directory is found as well */
export function loadClient(directory: string | undefined): ClientLibrary | undefined {
	for (const from of [__filename, ...(directory === undefined ? [] : [join(directory, '../package.json')])]) {
		try {
			return createRequire(from)('@redis/client') as ClientLibrary;
		} catch {
			// The next place may have it.
		}
	}
	return undefined;
}
