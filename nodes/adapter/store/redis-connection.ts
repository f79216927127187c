/**
 * A connection to a Redis or Valkey server, from its login to its loss. It is never mended: whoever used it opens another one,
 * so that nothing is ever sent twice.
 */
import { createHash } from 'node:crypto';
import { type ErrorCode, ProtocolError } from '../../protocol/common/errors.js';
import { type Timers, within } from '../../protocol/common/time.js';
import { type Client, type ClientLibrary, placeOf, type RedisAddress } from './redis-client.js';

/** How long the server has for an answer, milliseconds. */
export const TIMEOUT = 3_000;

/** The version of the keys and their contents. */
const FORMAT = '1';

/** A script that the server runs as a whole. */
export class Script {
	readonly hash: string;

	constructor(readonly text: string) {
		this.hash = createHash('sha1').update(text).digest('hex');
	}
}

export interface ConnectionOptions {
	readonly library: ClientLibrary;
	readonly address: RedisAddress;
	readonly timers: Timers;
	/** Is called once when an open connection is lost. */
	lost(connection: RedisConnection, error: ProtocolError): void;
}

export class RedisConnection {
	/** What the user should know of the server. */
	readonly warnings: ProtocolError[] = [];
	private readonly main: Client;
	/** Syncs alone, since the server lets a connection wait until it has synced. Undefined where no sync is to be waited for. */
	private syncer: Client | undefined;
	/** Why the connection was lost; what it was waiting for then fails for no reason of its own. */
	private failure: ProtocolError | undefined;
	private isClosed = false;
	private syncing: Promise<void> = Promise.resolve();
	private nextSync: Promise<void> | undefined;

	private constructor(private readonly options: ConnectionOptions) {
		this.main = this.createClient();
	}

	/** @throws ProtocolError that says why there is no connection */
	static async open(options: ConnectionOptions): Promise<RedisConnection> {
		const connection = new RedisConnection(options);
		try {
			const opened = await within(options.timers, TIMEOUT, connection.begin());
			if (opened === undefined) throw new Error(NO_ANSWER);
			return opened;
		} catch (error) {
			connection.close();
			throw connection.failure ?? connection.errorOf(error);
		}
	}

	/**
	 * @param timeout milliseconds; afterwards the connection counts as lost
	 * @throws ProtocolError `store-outcome-unknown` where there was no answer, `store-unreachable` where the server refused
	 */
	async send(args: readonly string[], timeout = TIMEOUT): Promise<unknown> {
		try {
			return await this.answerOf(this.main, args, timeout);
		} catch (error) {
			if (!this.isRefusal(error)) throw this.outcomeUnknown(error);
			if (!NO_SCRIPT.test(error.message)) this.probe();
			throw this.errorOf(error);
		}
	}

	/** Runs a script. @throws ProtocolError as `send` does */
	async run(
		script: Script,
		keys: readonly string[],
		args: readonly string[],
		timeout: number,
	): Promise<unknown> {
		const rest = [String(keys.length), ...keys, ...args];
		try {
			return await this.send(['EVALSHA', script.hash, ...rest], timeout);
		} catch (error) {
			if (!NO_SCRIPT.test(String((error as ProtocolError).params.reason))) throw error;
			return this.send(['EVAL', script.text, ...rest], timeout);
		}
	}

	/**
	 * Resolves once a loss of power cannot take what was acknowledged before the call. Calls during a sync share the next one.
	 * @throws ProtocolError `store-outcome-unknown`
	 */
	async synced(timeout: number): Promise<void> {
		if (this.syncer === undefined) return;
		this.nextSync ??= this.syncing.then(() => {
			this.nextSync = undefined;
			this.syncing = this.sync();
			return this.syncing;
		});
		const isSynced = await within(
			this.options.timers,
			timeout,
			this.nextSync.then(
				() => true,
				() => false,
			),
		);
		if (isSynced === true) return;
		this.fail(new Error(NOT_SYNCED));
		throw this.outcomeUnknown(new Error(NOT_SYNCED));
	}

	/** Lets the connection that only syncs be heard of: a server may end those on which nothing happens. */
	keepAlive(): void {
		this.syncer?.sendCommand(['TIME']).catch((error) => this.fail(error));
	}

	/** Ends the connection; what is on its way rejects. */
	close(): void {
		this.isClosed = true;
		for (const client of [this.main, this.syncer]) client?.destroy();
	}

	private createClient(): Client {
		const { library, address } = this.options;
		const { host, port, tls, username, password, database } = address;
		const client = library.createClient({
			socket: { host, port, tls, connectTimeout: TIMEOUT, reconnectStrategy: false },
			...{ username, password, database },
			// A server that does not know HELLO tells its arguments, the password among them.
			RESP: 2,
			maintNotifications: 'disabled',
			disableClientInfo: true,
			disableOfflineQueue: true,
			commandOptions: { timeout: 0 },
		});
		client.on('error', (error) => this.fail(error));
		return client;
	}

	private async begin(): Promise<this> {
		const { prefix } = this.options.address;
		await this.main.connect();
		// It fails where the server would not write.
		await this.main.sendCommand(['SETNX', `${prefix}format`, FORMAT]);
		const format = String(await this.main.sendCommand(['GET', `${prefix}format`]));
		if (format !== FORMAT) throw new ProtocolError('store-too-new', { version: format });
		await this.examine();
		return this;
	}

	/** Finds out how safe the server keeps things. */
	private async examine(): Promise<void> {
		const info = String(await this.attempt(['INFO']));
		const settings = new Map(info.split('\r\n').map((line) => line.split(':') as [string, string]));
		if (settings.get('cluster_enabled') === '1') throw new Error('it is a cluster, which cannot be used');
		if (settings.get('maxmemory_policy') !== 'noeviction') this.warn('store-evicts');
		const fsync = (await this.attempt(['CONFIG', 'GET', 'appendfsync'])) as string[] | undefined;
		const isSafe = settings.get('aof_enabled') === '1' && fsync?.[1] !== 'no';
		if (isSafe && fsync?.[1] === 'always') return;
		if (!isSafe || (await this.attempt(['WAITAOF', '0', '0', '0'])) === undefined) {
			this.warn('store-not-durable');
			return;
		}
		this.syncer = this.createClient();
		await this.syncer.connect();
	}

	private warn(code: ErrorCode): void {
		this.warnings.push(new ProtocolError(code, { address: placeOf(this.options.address) }));
	}

	/** @returns undefined where the server does not know or allow it */
	private async attempt(args: readonly string[]): Promise<unknown> {
		try {
			return await this.main.sendCommand(args);
		} catch (error) {
			if (this.isRefusal(error)) return undefined;
			throw error;
		}
	}

	private async sync(): Promise<void> {
		const { syncer } = this;
		if (syncer === undefined) return;
		const { prefix } = this.options.address;
		// The server waits for what this connection wrote; all that was written before is in the same file, further up.
		const [, reply] = await Promise.all([
			syncer.sendCommand(['SET', `${prefix}synced`, '']),
			syncer.sendCommand(['WAITAOF', '1', '0', String(TIMEOUT)]),
		]);
		if (Number((reply as unknown[])[0]) < 1) throw new Error(NOT_SYNCED);
	}

	private async answerOf(client: Client, args: readonly string[], timeout: number): Promise<unknown> {
		const reply = await within(this.options.timers, timeout, client.sendCommand(args));
		if (reply !== undefined) return reply;
		const error = new Error(NO_ANSWER);
		this.fail(error);
		throw error;
	}

	/** The server refused something: the connection is no use where it takes no changes at all. */
	private probe(): void {
		const args = ['SETNX', `${this.options.address.prefix}format`, FORMAT];
		this.answerOf(this.main, args, TIMEOUT).catch((error) => this.fail(error));
	}

	private fail(error: unknown): void {
		if (this.isClosed) return;
		this.failure = this.errorOf(error);
		this.close();
		this.options.lost(this, this.failure);
	}

	private isRefusal(error: unknown): error is Error {
		return error instanceof this.options.library.ErrorReply;
	}

	private errorOf(error: unknown): ProtocolError {
		if (error instanceof ProtocolError) return error;
		const reason = this.reasonOf(error);
		const code = LOGIN_REFUSED.test(reason) ? 'store-login-refused' : 'store-unreachable';
		return new ProtocolError(code, { address: placeOf(this.options.address), reason });
	}

	private outcomeUnknown(error: unknown): ProtocolError {
		return new ProtocolError('store-outcome-unknown', { reason: this.reasonOf(error) });
	}

	/** An error's text without the password. The error itself may hold more than that, and so is no cause of another one. */
	private reasonOf(error: unknown): string {
		const { message = String(error), code = '' } = error as { message?: string; code?: string };
		const text = (message || code).replace(/, with args.*/s, '');
		const { password } = this.options.address;
		return password === undefined ? text : text.replaceAll(password, '***');
	}
}

const NO_ANSWER = 'it does not answer';
const NOT_SYNCED = 'it has not written it to its disk in time';
const NO_SCRIPT = /^NOSCRIPT/;
const LOGIN_REFUSED = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password|ERR .* 'auth')/;
