import { inspect } from 'node:util';
import type { OpenedStore, StoreOptions } from '../../../nodes/adapter/store/index.js';
import { openRedisStore, RedisStore } from '../../../nodes/adapter/store/redis.js';
import { parseAddress } from '../../../nodes/adapter/store/redis-client.js';
import type { ProtocolError } from '../../../nodes/protocol/common/errors.js';
import type { Decision, Entries, StoredValue } from '../../../nodes/protocol/common/store.js';
import { patience } from '../../patience.js';
import { ENVIRONMENT } from './conformance.js';

/** A store and what it said. */
export class Watched {
	/** Names of its states with the codes of their errors. */
	readonly states: string[] = [];
	readonly reports: ProtocolError[] = [];
	/** Everything that it said, as a log would show it. */
	readonly said: string[] = [];
	readonly store: OpenedStore;
	private waiting: (() => void)[] = [];

	constructor(open: (options: StoreOptions) => OpenedStore) {
		const report = (error: ProtocolError): void => {
			this.reports.push(error);
			this.say(error);
		};
		this.store = open({ ...ENVIRONMENT, report });
		this.store.onState(({ name, error }) => {
			this.states.push(error === undefined ? name : `${name} ${error.code}`);
			this.say(error);
		});
	}

	/** A store at this address. */
	static at(url: string): Watched {
		return new Watched((options) => openRedisStore({ ...options, url }));
	}

	/** A store whose server is played by the test. */
	static over(play: Play): Watched {
		const address = parseAddress('redis://user:s3cret@played');
		return new Watched((options) => new RedisStore(options, address, playedLibrary(play)));
	}

	get reason(): string {
		return String(this.store.state.error?.params.reason);
	}

	/** Resolves once the store has this state. */
	until(state: string): Promise<void> {
		const current = (): string => {
			const { name, error } = this.store.state;
			return error === undefined ? name : `${name} ${error.code}`;
		};
		return this.untilTrue(() => current() === state, `The state is not ${state}`);
	}

	/** Resolves once the store has had so many states. */
	untilStates(count: number): Promise<void> {
		return this.untilTrue(() => this.states.length >= count, `There are not ${count} states`);
	}

	private async untilTrue(condition: () => boolean, otherwise: string): Promise<void> {
		const late = Date.now() + patience(15_000);
		while (!condition()) {
			if (Date.now() > late) throw new Error(`${otherwise}: ${this.states.join(', ')}`);
			const timer = setTimeout(() => this.happened(), 1000);
			await new Promise<void>((resolve) => this.waiting.push(resolve));
			clearTimeout(timer);
		}
	}

	private say(what: unknown): void {
		this.said.push(inspect(what, { depth: 10, showHidden: true }));
		this.happened();
	}

	private happened(): void {
		for (const resolve of this.waiting.splice(0)) resolve();
	}
}

export const set =
	(name: string, value: StoredValue, more: Partial<Decision<'done'>> = {}) =>
	(): Decision<'done'> => ({ result: 'done', set: [[name, value]], ...more });

export const claim =
	(token: string, more: Partial<Decision<'accepted'>> = {}) =>
	(): Decision<'accepted'> => ({ result: 'accepted', nonce: { token, at: 1, floor: 0 }, ...more });

export const increment = (entries: Entries): Decision<number> => {
	const count = Number(entries.get('count') ?? 0) + 1;
	return { result: count, set: [['count', count]] };
};

/** What a played server answers to a command; an Error is refused with, undefined is never answered. */
export type Play = (command: string, args: readonly string[]) => unknown;

class PlayedRefusal extends Error {}

/** Refuses a command in a play. */
export const refused = (message: string): Error => new PlayedRefusal(message);

/** The answers of a server that keeps nothing, all well. */
export const WELL: Readonly<Record<string, unknown>> = {
	SETNX: 0,
	GET: '1',
	SET: 'OK',
	TIME: ['1795200781', '0'],
	INFO: 'cluster_enabled:0\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n',
	CONFIG: ['appendfsync', 'everysec'],
	WAITAOF: [1, 0],
	ZRANGEBYSCORE: [],
	EVALSHA: ['ok'],
};

function playedLibrary(play: Play) {
	const createClient = () => ({
		on: () => undefined,
		connect: async () => undefined,
		destroy: () => undefined,
		sendCommand: async ([command = '', ...args]: readonly string[]) => {
			const answer = await play(command, args);
			if (answer instanceof Error) throw answer;
			return answer ?? new Promise<never>(() => {});
		},
	});
	return { createClient, ErrorReply: PlayedRefusal };
}
