import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createClient } from '@redis/client';
import { freePort } from '../../demo/node-red-api.js';
import { findRedisServer, HOW_TO_GET_REDIS } from './find-redis.js';

/** Settings with which the server syncs each change before it answers. */
export const SAFE: Readonly<Record<string, string>> = { appendonly: 'yes', appendfsync: 'always' };

/** Every server that runs, to be ended with this process however that ends. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

/** A Redis or Valkey server of its own, at a free port and with a folder of its own. */
export class RedisServer {
	private process: ChildProcess | undefined;

	private constructor(
		readonly port: number,
		private readonly folder: string,
		private readonly settings: Readonly<Record<string, string>>,
	) {}

	static async start(settings: Readonly<Record<string, string>> = SAFE): Promise<RedisServer> {
		const folder = await mkdtemp(join(tmpdir(), 'wattpost-redis-'));
		const server = new RedisServer(await freePort(), folder, settings);
		await server.begin();
		return server;
	}

	get url(): string {
		return `redis://127.0.0.1:${this.port}`;
	}

	/** Starts the server, also again after it was killed. Resolves once it takes connections. */
	async begin(): Promise<void> {
		const program = findRedisServer();
		if (program === undefined) throw new Error(HOW_TO_GET_REDIS);
		const settings = {
			port: String(this.port),
			bind: '127.0.0.1',
			dir: this.folder,
			save: '',
			...this.settings,
		};
		const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
		const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
		this.process = child;
		running.add(child);
		child.on('exit', () => running.delete(child));
		for await (const line of createInterface(child.stdout))
			if (/Ready to accept connections/.test(line)) break;
		child.stdout.resume();
		if (child.exitCode !== null) throw new Error(`The server ended with code ${child.exitCode}`);
	}

	/** Sends one command over a connection of its own. */
	async ask(...args: readonly string[]): Promise<unknown> {
		const password = this.settings.requirepass;
		const client = createClient({ url: this.url, ...(password === undefined ? {} : { password }) });
		client.on('error', () => {});
		await client.connect();
		try {
			return await client.sendCommand(args);
		} finally {
			client.destroy();
		}
	}

	/** Ends all connections but the one that says so. */
	async cutConnections(): Promise<void> {
		await this.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
	}

	pause(): void {
		this.process?.kill('SIGSTOP');
	}

	resume(): void {
		this.process?.kill('SIGCONT');
	}

	async kill(): Promise<void> {
		const { process } = this;
		this.process = undefined;
		if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
		const gone = once(process, 'exit');
		process.kill('SIGKILL');
		await gone;
	}

	async end(): Promise<void> {
		await this.kill();
		await rm(this.folder, { recursive: true, force: true });
	}
}
