/** The address of a Redis or Valkey server. */

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
