import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What to do where there is none. */
export const HOW_TO_GET_REDIS =
	'Get one with "apt-get install redis-server" (or your system\'s way), or name one with WATTPOST_REDIS_SERVER=/path/to/valkey-server.';

/** The program of a server; undefined where none is installed. */
export function findRedisServer(): string | undefined {
	const folders = (process.env.PATH ?? '').split(delimiter);
	const names = ['redis-server', 'valkey-server'];
	const places = folders.flatMap((folder) => names.map((name) => join(folder, name)));
	return [process.env.WATTPOST_REDIS_SERVER ?? '', ...places].find(isProgram);
}

function isProgram(path: string): boolean {
	if (path === '') return false;
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/** True where a missing server must fail the run instead of skipping what needs it. */
export function isRedisRequired(): boolean {
	return process.env.CI === 'true' || process.env.CI === '1';
}

/** Describes for mocha what needs a server; it is skipped where there is none. */
export function describeWithRedis(title: string, tests: () => void): void {
	if (findRedisServer() !== undefined || isRedisRequired()) describe(title, tests);
	else describe.skip(title, tests);
}
