/** The worker thread of the SQLite store, which alone waits for the disk: does one request after the other, and answers each. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ErrorCode, ErrorParams } from '../../protocol/common/errors.js';
import type { ScopeChange } from './batch.js';
import { Database, failureOf } from './database.js';

export type Request =
	/** Opens the database, or tries whether it can be written again. */
	| { readonly kind: 'open' }
	/** Looks whether somebody else has touched the files. */
	| { readonly kind: 'check' }
	/** One transaction, after which scopes are read. */
	| {
			readonly kind: 'work';
			readonly changes: readonly ScopeChange[];
			readonly isDurable: boolean;
			readonly load: readonly string[];
	  }
	/** How many entries there are whose name begins like this; opens a file that is there, and makes none. */
	| { readonly kind: 'count'; readonly prefix: string }
	| { readonly kind: 'close' };

/** What the database holds of a scope: names with JSON, tokens with times, oldest first. */
export interface StoredScope {
	readonly entries: readonly (readonly [name: string, json: string])[];
	readonly nonces: readonly (readonly [token: string, at: number])[];
}

export interface Failure {
	readonly code: ErrorCode;
	readonly params: ErrorParams;
}

export interface Reply {
	readonly failure?: Failure;
	/** What happened once. */
	readonly findings?: readonly Failure[];
	/** The due times of all scopes, after opening. */
	readonly dues?: readonly (readonly [scope: string, due: number])[];
	/** In the order of `load`. */
	readonly loaded?: readonly StoredScope[];
	readonly count?: number;
}

const database = new Database((workerData as { directory: string }).directory);

function perform(request: Request): Reply {
	switch (request.kind) {
		case 'open':
			return { dues: database.open() };
		case 'check':
			database.check();
			return {};
		case 'work':
			database.check();
			database.write(request.changes, request.isDurable);
			return { loaded: request.load.map((scope) => database.load(scope)) };
		case 'count':
			return { count: database.count(request.prefix) };
		case 'close':
			database.close();
			return {};
	}
}

parentPort?.on('message', (request: Request) => {
	let reply: Reply;
	try {
		reply = perform(request);
	} catch (error) {
		reply = { failure: failureOf(error) };
	}
	parentPort?.postMessage({ ...reply, findings: database.takeFindings() });
});
