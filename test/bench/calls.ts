/** Processes of a benchmark, and how they are told what to do. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Call {
	readonly call: number;
	readonly name: string;
	readonly argument: unknown;
}

interface Reply {
	readonly call: number;
	readonly error?: string;
	readonly value?: unknown;
}

type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

/** The call number under which a child says that it is ready. */
const READY = 0;

/** In a child: answers the calls of its parent, from now on. The process ends with its parent. */
export function answerCalls(handlers: Handlers, ready: unknown): void {
	const reply = (answer: Reply): void => void process.send?.(answer);
	process.on('disconnect', () => process.exit(1));
	process.on('message', ({ call, name, argument }: Call) => {
		new Promise((resolve) => resolve(handlers[name]?.(argument as never))).then(
			(value) => reply({ call, value }),
			(error: Error) => reply({ call, error: error.stack ?? String(error) }),
		);
	});
	reply({ call: READY, value: ready });
}

/** Processor time so far, in microseconds. */
export interface Usage {
	/** Of the whole process. */
	readonly all: number;
	/** Of the thread that runs JavaScript: what limits a server that has a processor for itself. */
	readonly main: number;
}

/** Missing in the type declarations of the oldest Node.js that the collection supports. */
const { threadCpuUsage } = process as unknown as { threadCpuUsage(): NodeJS.CpuUsage };

const sum = ({ user, system }: NodeJS.CpuUsage): number => user + system;

/** What a server tells about itself. */
export const SELF = {
	usage: (): Usage => ({ all: sum(process.cpuUsage()), main: sum(threadCpuUsage()) }),
	/** Bytes that the process had written to disks so far; on Linux only. */
	written: (): number => Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]),
	/** Bytes after a garbage collection. Needs `--expose-gc`. */
	async memory(): Promise<NodeJS.MemoryUsage> {
		for (let times = 0; times < 4; times++) {
			globalThis.gc?.();
			await new Promise((resolve) => setImmediate(resolve));
		}
		return process.memoryUsage();
	},
} as const;

/** How long a child may take to end before it is killed, in milliseconds. */
const GRACE = 20_000;
const OUTPUT_KEPT = 4000;

/** A process that answers calls. */
export class Child {
	private output = '';
	private calls = READY;
	private readonly open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

	private constructor(
		private readonly script: string,
		private readonly process: ChildProcess,
	) {
		for (const stream of [process.stdout, process.stderr]) {
			stream?.setEncoding('utf8').on('data', (text: string) => {
				this.output = (this.output + text).slice(-OUTPUT_KEPT);
			});
		}
		process.on('message', (reply: Reply) => this.settle(reply));
		process.on('exit', () => {
			for (const { reject } of this.open.values()) reject(new Error(`${script} has ended\n${this.output}`));
			this.open.clear();
		});
	}

	/**
	 * Starts a script of this folder.
	 * @returns the child, and what it says when it is ready
	 */
	static async start<R>(
		script: string,
		args: readonly string[] = [],
		execArgv: readonly string[] = [],
	): Promise<{ child: Child; ready: R }> {
		const child = new Child(
			script,
			fork(join(__dirname, `${script}.js`), args, {
				execArgv: ['--expose-gc', ...execArgv],
				env: { ...process.env, NODE_ENV: 'production' },
				serialization: 'advanced',
				stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
			}),
		);
		return { child, ready: (await child.expect(READY)) as R };
	}

	/** @throws Error with what went wrong there, or with the output of a child that has ended */
	async call<R>(name: string, argument?: unknown): Promise<R> {
		const call = ++this.calls;
		const answer = this.expect(call);
		this.process.send({ call, name, argument } satisfies Call);
		return (await answer) as R;
	}

	/** Ends the process as Ctrl-C does and resolves when it has ended. */
	async stop(): Promise<void> {
		const { process } = this;
		if (process.exitCode !== null || process.signalCode !== null) return;
		const ended = once(process, 'exit');
		const overdue = setTimeout(() => process.kill('SIGKILL'), GRACE);
		process.kill('SIGTERM');
		await ended;
		clearTimeout(overdue);
	}

	private expect(call: number): Promise<unknown> {
		return new Promise((resolve, reject) => this.open.set(call, { resolve, reject }));
	}

	private settle({ call, error, value }: Reply): void {
		const waiting = this.open.get(call);
		this.open.delete(call);
		if (error === undefined) waiting?.resolve(value);
		else waiting?.reject(new Error(`${this.script}: ${error}\n${this.output}`));
	}
}
