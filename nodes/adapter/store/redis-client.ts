/** The package `@redis/client`, which users of a shared store install themselves. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

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
