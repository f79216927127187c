/** Keeps a store connected to its server: connects anew whenever it has to, knows the server's time, and asks for what is due. */
import { type ErrorCode, ProtocolError } from '../../protocol/common/errors.js';
import type { StoreState } from '../../protocol/common/store.js';
import type { TimerHandle } from '../../protocol/common/time.js';
import { CurrentState, unavailable } from './current-state.js';
import type { StoreOptions } from './index.js';
import type { ClientLibrary, RedisAddress } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { RedisDueTimes } from './redis-due.js';

/** How often the server is asked for scopes that are due, milliseconds. */
const ROUND = 1_000;

/** How often the server's time is measured, milliseconds. */
const MEASURE_EVERY = 60_000;

/** Milliseconds before the first and before any later attempt to connect anew. */
const FIRST_RETRY = 100;
const LONGEST_RETRY = 2_000;

export class RedisLink {
	/** Resolves when the first attempt to connect has ended. Never rejects. */
	readonly ready: Promise<void>;
	readonly current: CurrentState;
	readonly dueTimes: RedisDueTimes;
	private connection: RedisConnection | undefined;
	/** The server's time minus this process's monotonic one. */
	private offset: number | undefined;
	private measuredAt = 0;
	private readonly warned = new Set<ErrorCode>();
	private failures = 0;
	private timer: TimerHandle;
	private isInRound = false;
	private isClosed = false;

	/**
	 * @param address undefined where the one that was given cannot be used
	 * @param library undefined where it is not installed
	 */
	constructor(
		private readonly options: StoreOptions,
		private readonly address: RedisAddress | undefined,
		private readonly library: ClientLibrary | undefined,
	) {
		this.current = new CurrentState(options);
		this.dueTimes = new RedisDueTimes(options.clock, (error) => this.current.reportInternal(error));
		const isUsable = address !== undefined && library !== undefined;
		const code = address === undefined ? 'store-address-invalid' : 'store-client-missing';
		if (!isUsable) this.become({ name: 'unavailable', error: new ProtocolError(code) });
		this.ready = isUsable ? this.round() : Promise.resolve();
	}

	now(): number {
		const { clock } = this.options;
		return this.offset === undefined ? clock.now() : Math.floor(clock.monotonic() + this.offset);
	}

	/** A key of the store on the server. */
	key(name: string): string {
		return `${this.address?.prefix}${name}`;
	}

	/** @throws ProtocolError where there is no connection */
	async connected(): Promise<RedisConnection> {
		const { value } = this.current;
		if (value.name === 'opening') await this.ready;
		if (this.connection !== undefined) return this.connection;
		throw this.current.value.error ?? unavailable('closed');
	}

	/** Finds out the server's time. @throws ProtocolError */
	async measure(connection: RedisConnection): Promise<void> {
		const { clock } = this.options;
		const before = clock.monotonic();
		const [seconds, microseconds] = (await connection.send(['TIME'])) as string[];
		const after = clock.monotonic();
		this.offset = Number(seconds) * 1000 + Number(microseconds) / 1000 - (before + after) / 2;
		this.measuredAt = after;
	}

	close(): void {
		this.isClosed = true;
		this.options.timers.clear(this.timer);
		this.connection?.close();
		this.connection = undefined;
	}

	/** Connects, or looks after what is connected. Never rejects. */
	private async round(): Promise<void> {
		this.isInRound = true;
		try {
			if (this.connection === undefined) await this.connect();
			else await this.lookAfter(this.connection);
		} catch {
			// The state says why.
		}
		this.isInRound = false;
		this.nextRound();
	}

	private nextRound(): void {
		if (this.isClosed) return;
		this.options.timers.clear(this.timer);
		const wait = Math.min(FIRST_RETRY * 2 ** this.failures, LONGEST_RETRY) * (0.5 + Math.random() / 2);
		this.timer = this.options.timers.set(() => this.round(), this.connection === undefined ? wait : ROUND);
	}

	private async connect(): Promise<void> {
		const { address, library } = this;
		if (address === undefined || library === undefined) return;
		let opened: RedisConnection | undefined;
		try {
			const { timers } = this.options;
			const lost = (connection: RedisConnection, error: ProtocolError): void => this.lost(connection, error);
			opened = await RedisConnection.open({ library, address, timers, lost });
			await this.measure(opened);
			if (this.isClosed) return opened.close();
			this.failures = 0;
			this.connection = opened;
			for (const warning of opened.warnings) this.warn(warning);
			this.become({ name: 'ready' });
		} catch (error) {
			opened?.close();
			this.failures++;
			this.become({ name: 'unavailable', error: error as ProtocolError });
		}
	}

	private lost(connection: RedisConnection, error: ProtocolError): void {
		if (this.connection !== connection) return;
		this.connection = undefined;
		this.become({ name: 'unavailable', error });
		if (!this.isInRound) this.nextRound();
	}

	private async lookAfter(connection: RedisConnection): Promise<void> {
		if (this.options.clock.monotonic() - this.measuredAt >= MEASURE_EVERY) {
			connection.keepAlive();
			await this.measure(connection);
		}
		await this.dueTimes.look(connection, this.key('due'), this.now());
	}

	/** Another reason for the same error is no news. */
	private become(state: StoreState): void {
		const { name, error } = this.current.value;
		if (name !== state.name || error?.code !== state.error?.code) this.current.become(state);
	}

	private warn(warning: ProtocolError): void {
		if (this.warned.has(warning.code)) return;
		this.warned.add(warning.code);
		this.current.report(warning);
	}
}
