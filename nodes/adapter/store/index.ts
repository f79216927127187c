/** The store of a Node-RED process: on a server that others share, in a file of the user directory, or in memory. */
import { isBuiltin } from 'node:module';
import { ProtocolError } from '../../protocol/common/errors.js';
import { MemoryStore } from '../../protocol/common/memory-store.js';
import type { Store, StoreState } from '../../protocol/common/store.js';
import type { Clock, Timers } from '../../protocol/common/time.js';
import { SqliteStore, WORKER } from './sqlite.js';
import { WorkerChannel } from './worker-channel.js';

export interface StoreOptions {
	/** Address of a Redis or Valkey server, `redis://` or `rediss://`; it comes before the folder. */
	readonly url?: string | undefined;
	/** Where the files lie; it is made where it is missing. Undefined: nothing outlives this process. */
	readonly directory?: string | undefined;
	readonly clock: Clock;
	readonly timers: Timers;
	/** Names this process: different for every process and every start. */
	readonly instance: string;
	/** Takes what happens once, as `store-damaged` and `store-replaced`. What lasts is the state. */
	report(error: ProtocolError): void;
}

export interface OpenedStore extends Store {
	/** Resolves when the first attempt to open the store has ended, well or not. Never rejects. */
	readonly ready: Promise<void>;
	/** Keeps what is left, lets go of files and connections, and resolves. Later updates reject. Never rejects. */
	close(): Promise<void>;
}

/** The first version of Node.js that has SQLite without a flag. */
const NODE_WITH_SQLITE = '22.13';

/** Opens the store. Returns at once; updates wait until it is open. */
export function openStore(options: StoreOptions): OpenedStore {
	const { directory, url } = options;
	if (url !== undefined) return redis().openRedisStore(options);
	if (directory === undefined) return memoryOnly(options, new ProtocolError('store-memory-only'));
	if (!isBuiltin('node:sqlite')) {
		const params = { version: process.versions.node, needed: NODE_WITH_SQLITE };
		return memoryOnly(options, new ProtocolError('store-no-database', params));
	}
	return new SqliteStore(options, directory);
}

/**
 * How many entries the files in a folder hold whose name begins with a prefix; undefined where they cannot be read, or another
 * process uses them. Makes no files.
 */
export function countEntries(
	{ clock, timers }: Pick<StoreOptions, 'clock' | 'timers'>,
	directory: string,
	prefix: string,
): Promise<number | undefined> {
	if (!isBuiltin('node:sqlite')) return Promise.resolve(undefined);
	return new Promise((resolve) => {
		const channel = new WorkerChannel(
			WORKER,
			directory,
			{ clock, timers },
			{
				answered: ({ kind }, { count }) => {
					if (kind === 'count') channel.ask({ kind: 'close' });
					else channel.terminate();
					if (kind === 'count') resolve(count);
				},
				late: () => resolve(undefined),
				crashed: () => resolve(undefined),
			},
		);
		channel.ask({ kind: 'count', prefix });
	});
}

function memoryOnly(options: StoreOptions, error: ProtocolError): OpenedStore {
	const report = (cause: unknown): void =>
		options.report(new ProtocolError('internal', { reason: String(cause) }, cause));
	const state: StoreState = { name: 'memory-only', error };
	const store = new MemoryStore({ clock: options.clock, timers: options.timers, report }, state);
	const end = store.close.bind(store);
	return Object.assign(store, { ready: Promise.resolve(), close: async () => end() });
}

/** Loaded only where it is wanted, since its client is another package. */
function redis(): typeof import('./redis.js') {
	return require('./redis.js');
}
