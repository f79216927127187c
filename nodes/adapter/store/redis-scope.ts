/** One scope on the server: what this process knows of it, and what a decision says to the server. */
import type { Decision, Entries, StoredValue } from '../../protocol/common/store.js';
import { Script } from './redis-connection.js';

/**
 * The version is set first: where the server has no room, it refuses that before anything has changed. The deadline keeps a
 * server that slept from making a change whose process has given up.
 */
export const UPDATE = new Script(`
local hash, nonces, due = KEYS[1], KEYS[2], KEYS[3]
local deadline, scope, known, version, dueAt, token, madeAt, floor, sets = unpack(ARGV, 1, 9)
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 > tonumber(deadline) then return {'late'} end
if (redis.call('HGET', hash, 'version') or '') ~= known then return {'conflict', redis.call('HGETALL', hash)} end
if token ~= '' then
	if redis.call('ZSCORE', nonces, token) then return {'replayed'} end
	redis.call('ZADD', nonces, madeAt, token)
	redis.call('ZREMRANGEBYSCORE', nonces, '-inf', floor)
	redis.call('ZADD', nonces, madeAt, token)
end
if version ~= '' then
	redis.call('HSET', hash, 'version', version)
	local last = 9 + 2 * sets
	for i = last + 1, #ARGV do redis.call('HDEL', hash, ARGV[i]) end
	for i = 10, last, 2 do redis.call('HSET', hash, ARGV[i], ARGV[i + 1]) end
	if redis.call('HLEN', hash) == 1 then redis.call('DEL', hash) end
end
if dueAt == 'never' then redis.call('ZREM', due, scope) elseif dueAt ~= '' then redis.call('ZADD', due, dueAt, scope) end
return {'ok'}
`);

/** What the script gives; after `conflict` fields and values of the hash in turns. */
export type Answer = readonly ['ok' | 'late' | 'replayed'] | readonly ['conflict', readonly string[]];

/** A decision that the server has not seen yet. */
export interface Attempt<T> {
	/** Undefined where `decide` threw. */
	readonly decision?: Decision<T>;
	readonly error?: unknown;
	/** The version that it makes; blank where no entry changes. */
	readonly version: string;
	/** What the script is given after the deadline. */
	readonly args: readonly string[];
}

export class RedisScope {
	readonly key: string;
	/** Resolves when the last update of this process has its answer. */
	last: Promise<unknown> = Promise.resolve();
	/** Resolves when what is known is as safe as the updates of this process promise. */
	safe: Promise<void> = Promise.resolve();
	/** How many updates of this process are not settled. */
	updates = 0;
	/** Blank where there are no entries, and before the first answer. */
	private version = '';
	private entries = new Map<string, StoredValue>();

	constructor(name: string) {
		this.key = written(name);
	}

	/** Decides on what is known. What `decide` throws counts only if what is known is still so: the server is asked that. */
	attempt<T>(
		decide: (entries: Entries, now: number) => Decision<T>,
		now: number,
		nextVersion: string,
	): Attempt<T> {
		try {
			const decision = decide(this.entries, now);
			const isChange = [decision.set, decision.remove].some(
				(names) => names !== undefined && names.length > 0,
			);
			const version = isChange ? nextVersion : '';
			return { decision, version, args: [this.key, this.version, version, ...argsOf(decision)] };
		} catch (error) {
			return { error, version: '', args: [this.key, this.version, '', ...argsOf({ result: undefined })] };
		}
	}

	/** Takes a decision that the server has made hold. */
	apply({ set = [], remove = [] }: Decision<unknown>, version: string): void {
		if (version === '') return;
		for (const name of remove) this.entries.delete(name);
		for (const [name, value] of set) this.entries.set(name, value);
		this.version = this.entries.size === 0 ? '' : version;
	}

	/** @param content fields and values of the hash in turns */
	load(content: readonly string[]): void {
		this.version = '';
		this.entries = new Map();
		for (let at = 0; at < content.length; at += 2) {
			const [field = '', text = ''] = content.slice(at, at + 2);
			if (field === 'version') this.version = text;
			else this.entries.set(nameOf(field.slice(1)), parsed(text));
		}
	}
}

/** @throws TypeError for what JSON cannot hold */
function argsOf({ set = [], remove = [], nonce, due }: Decision<unknown>): string[] {
	const dueAt = due === undefined ? '' : String(due ?? 'never');
	const claim = nonce === undefined ? ['', 0, 0] : [fieldOf(nonce.token), nonce.at, nonce.floor];
	const pairs = set.flatMap(([name, value]) => [fieldOf(name), textOf(value)]);
	return [dueAt, ...claim.map(String), String(set.length), ...pairs, ...remove.map(fieldOf)];
}

const fieldOf = (name: string): string => `.${written(name)}`;

/** A name as the server keeps it. It may hold halves of characters, which UTF-8 cannot. */
const written = (name: string): string => JSON.stringify(name).slice(1, -1);

/** The name that is kept like this. */
export const nameOf = (text: string): string => String(parsed(`"${text}"`));

function textOf(value: unknown): string {
	const text: string | undefined = JSON.stringify(value);
	if (text === undefined) throw new TypeError('A value that JSON cannot hold');
	return text;
}

/** What another program wrote there is given as it is: whoever reads the entry finds it unreadable. */
function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
