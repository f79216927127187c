/** One request at a time to the worker thread, which may be late or end. It never keeps the process from ending while it is idle. */
import { Worker } from 'node:worker_threads';
import type { Clock, TimerHandle, Timers } from '../../protocol/common/time.js';
import type { Reply, Request } from './sqlite-worker.js';

/** How long the disk may take, milliseconds. What waited for the request before has less, so that nobody waits much longer. */
export const PATIENCE = 3_000;
const LEAST_PATIENCE = 1_000;

interface Listener {
	/** Called however late the answer comes. */
	answered(request: Request, reply: Reply): void;
	/** The worker does not answer in time. */
	late(request: Request): void;
	/** The worker has ended; another one takes the next request. */
	crashed(reason: string): void;
}

export class WorkerChannel {
	private worker: Worker | undefined;
	private asked: Request | undefined;
	private timeout: TimerHandle;
	private waitingSince: number | undefined;

	constructor(
		private readonly program: string,
		private readonly directory: string,
		private readonly environment: { readonly clock: Clock; readonly timers: Timers },
		private readonly listener: Listener,
	) {}

	get isBusy(): boolean {
		return this.asked !== undefined;
	}

	get isRunning(): boolean {
		return this.worker !== undefined;
	}

	/** Somebody waits from now on for what is asked next. */
	wait(): void {
		this.waitingSince ??= this.environment.clock.monotonic();
	}

	/** Nobody waits any more. */
	stopWaiting(): void {
		this.waitingSince = undefined;
	}

	ask(request: Request): void {
		const { clock, timers } = this.environment;
		const waited = this.waitingSince === undefined ? 0 : clock.monotonic() - this.waitingSince;
		this.waitingSince = undefined;
		this.asked = request;
		this.timeout = timers.set(() => this.listener.late(request), Math.max(PATIENCE - waited, LEAST_PATIENCE));
		try {
			this.worker ??= this.start();
			this.worker.ref();
			this.worker.postMessage(request);
		} catch (error) {
			this.end(String(error));
		}
	}

	/** Ends the worker, whatever it does. Nothing is called any more. */
	terminate(): void {
		const { worker } = this;
		this.forget();
		worker?.terminate().catch(() => undefined);
	}

	private start(): Worker {
		// Node.js 22 would warn of node:sqlite in the log of somebody who can do nothing about it.
		const execArgv = ['--disable-warning=ExperimentalWarning'];
		const worker = new Worker(this.program, { workerData: { directory: this.directory }, execArgv });
		const end = (reason: string): void => {
			if (worker === this.worker) this.end(reason);
		};
		worker.on('message', (reply: Reply) => {
			if (worker === this.worker) this.answer(reply);
		});
		worker.on('error', (error) => end(String(error)));
		worker.on('exit', (code) => end(`worker ended with ${code}`));
		return worker;
	}

	private answer(reply: Reply): void {
		const { asked } = this;
		this.environment.timers.clear(this.timeout);
		this.worker?.unref();
		this.asked = undefined;
		if (asked !== undefined) this.listener.answered(asked, reply);
	}

	private end(reason: string): void {
		this.forget();
		this.listener.crashed(reason);
	}

	private forget(): void {
		this.environment.timers.clear(this.timeout);
		this.worker = undefined;
		this.asked = undefined;
	}
}
